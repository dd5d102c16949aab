import type { FileStore } from '@millrace/arrow-store';
import { Mistake } from '../mistake.js';
import { notice } from '../notice.js';
import { factsText } from '../render/facts.js';
import { aligned, cut } from '../render/lines.js';
import { costWords } from '../render/run-lines.js';
import { suggested } from '../render/suggested.js';
import { ago, bytes, many } from '../render/words.js';
import { type ListedEntry, ls } from './ls.js';
import { ForeignFile, openProject, openStoreOf } from './opened.js';
import { columnsOf, projectAsked, type Run } from './session.js';

export const command: Run = async (line, session) => {
  const asked = projectAsked(line);
  const opened = line.has('all') ? await openStoreOf(asked) : await openProject(asked).catch(orStore(asked));
  const listed = await ls({ all: line.has('all') }, opened);
  if (session.json) session.tell({ store: opened.store.where, entries: listed });
  const columns = columnsOf(session);
  const lines = aligned(listed.map(cellsOf), new Set([2, 3]));
  session.say(lines.map((text) => (columns === undefined ? text : cut(text, columns - 1))));
  session.say([summary(listed, opened.store)]);
  return 0;
};

/** Without a pipeline there is still a store to look into. */
const orStore = (asked: Parameters<typeof openStoreOf>[0]) => (error: unknown) => {
  if (error instanceof ForeignFile) notice(error.message);
  if (error instanceof ForeignFile) return openStoreOf(asked);
  if (error instanceof Mistake && asked.file === undefined && error.message.startsWith('There is no pipeline in'))
    return openStoreOf(asked);
  throw error;
};

const cellsOf = ({
  stage,
  fingerprint,
  rows,
  parts,
  bytes: size,
  swept,
  at,
  worth,
  status,
  origin,
  label,
}: ListedEntry): string[] => [
  fingerprint.slice(0, 8),
  stage || '?',
  rows === undefined ? factsText(parts ?? {}) : many(rows, 'row'),
  swept ? 'swept' : bytes(size),
  ago(at, Date.now()),
  costWords(worth),
  [label, status === 'incomplete' ? 'some rows failed' : '', origin === 'ran' ? '' : origin]
    .filter(Boolean)
    .join(' · '),
];

function summary(listed: readonly ListedEntry[], store: FileStore): string {
  if (listed.length) return `${many(listed.length, 'entry', 'entries')} in ${store.where}`;
  const all = store.ls().length;
  return all
    ? `no stage of this pipeline is stored as it is now; ${store.where} has ${many(all, 'entry', 'entries')} of earlier versions or other pipelines: ${suggested('ls', '--all')}`
    : `nothing is stored in ${store.where}`;
}
