import { dirname, relative, resolve } from 'node:path';
import { isFile, type Places } from '../disk.js';
import { endNow, INTERRUPTED, workingFolder } from '../process.js';
import { outcomeLines, runLines } from '../render/run-lines.js';
import { many } from '../render/words.js';
import { namedOnly, runAsked } from './asked.js';
import { errorLines } from './errors.js';
import { type Interrupts, interruptsOf } from './interrupts.js';
import { type Opened, openProject, type ProjectAsked } from './opened.js';
import type { Line } from './parse.js';
import { run } from './run.js';
import { type Screen, screenOn } from './screen.js';
import { projectFor, type Run, type Session } from './session.js';
import { allBelow, Changes, watchedPlaces } from './watch.js';

export const command: Run = async (line, session) => {
  let screen: Screen | undefined;
  const interrupts = interruptsOf(session, { note: (line) => screen?.note(line) });
  const changes = new Changes();
  const asked = projectFor(namedOnly(line), line);
  let known: Places | undefined;
  const anywhere = allBelow(folderOf(asked));
  changes.watch(anywhere);
  while (!interrupts.drain.aborted) {
    let isLoaded = false;
    try {
      interrupts.rest();
      const opened = await openProject(asked);
      isLoaded = true;
      known = watchedPlaces(opened);
      changes.watch(known);
      screen = screenOn(session);
      await runOnce(opened, { line, session, interrupts, screen });
    } catch (error) {
      session.say(errorLines(error, line.has('verbose')));
      if (!isLoaded) changes.watch(together(known, anywhere));
    }
    screen = undefined;
    if (interrupts.drain.aborted) break;
    session.say([session.paint('dim', `watching ${watchedText(known)}; Ctrl-C ends`)]);
    interrupts.listen();
    const changed = await changes.next(interrupts.drain);
    if (changed.length)
      session.say(['', `changed: ${changed.map((file) => relative(workingFolder(), file)).join(', ')}`]);
  }
  changes.close();
  await interrupts.release();
  return 0;
};

/** Where a pipeline is looked for. */
const folderOf = ({ folder, file }: ProjectAsked): string => {
  const from = resolve(folder ?? workingFolder());
  return file === undefined ? from : dirname(resolve(from, file));
};

const together = (one: Places | undefined, other: Places): Places => ({
  files: new Set([...(one?.files ?? []), ...other.files]),
  trees: [...(one?.trees ?? []), ...other.trees],
});

function watchedText(known: Places | undefined): string {
  if (!known) return 'the folder until its pipeline can be loaded';
  const files = [...known.files].filter(isFile).length;
  const folders = known.trees.length;
  return [many(files, 'file'), ...(folders > 0 ? [many(folders, 'folder')] : [])].join(' and ');
}

interface Once {
  readonly line: Line;
  readonly session: Session;
  readonly interrupts: Interrupts;
  readonly screen: Screen;
}

async function runOnce(opened: Opened, { line, session, interrupts, screen }: Once): Promise<void> {
  const lines = runLines({ paint: session.paint, ...(session.terminal.live && { columns: session.terminal.columns }) });
  const outcome = await run(
    { ...runAsked(line, opened), drain: interrupts.drain },
    {
      ...opened,
      abort: interrupts.abort,
      onEvent: (event) => {
        interrupts.see(event);
        screen.event(event, lines(event));
      },
    },
  );
  screen.close(outcome ? outcomeLines(outcome, session.paint) : []);
  if (!outcome) await endNow(INTERRUPTED);
}
