import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import type { Segment } from '@millrace/core';
import { CAMPAIGN, times } from '../campaign.js';
import { chance } from '../chance.js';
import { type Campaign, type Case, filesIn, KINDS, type Outcome } from './damage.js';
import { questionsOf, type Shape } from './graph.js';
import type { Report } from './once.js';
import { callsOf, folders, start, until } from './start.js';

const { at } = folders(existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

const shapeOf = (rows: Shape['rows'], more: Partial<Shape> = {}): Shape => ({
  rows,
  bytes: 300,
  steps: 2,
  concurrency: 2,
  side: at('side'),
  ...more,
});

const run = (shape: Shape, store = at('pristine')): Promise<Report> => start({ act: 'run', store, shape }).report();

const questions = (rows: Shape['rows']): string[] => questionsOf({ rows });

/** In the normal run all cases of journals, one of each object, and a few of all others. */
const some = (cases: readonly Case[], others: number, salt: number): Case[] => {
  if (CAMPAIGN === 'full') return [...cases];
  const random = chance(salt);
  const shuffled = cases.map((of) => ({ of, place: random() })).sort((a, b) => a.place - b.place);
  const rest: Case[] = [];
  const objects = new Map<string, Case>();
  for (const { of } of shuffled) {
    if (/^objects\/.*(?<!\.sum)$/.test(of.file) && !objects.has(of.file)) objects.set(of.file, of);
    else rest.push(of);
  }
  const journals = rest.filter(({ file }) => isJournal(file));
  return [...objects.values(), ...journals, ...rest.filter((of) => !journals.includes(of)).slice(0, others)];
};

/** Journals are the only copy of what they hold: a few more bits of them. */
const kindsOf = (file: string): readonly Case['kind'][] =>
  isJournal(file) ? [...KINDS, 'flip', 'flip', 'flip', 'flip'] : KINDS;

const isJournal = (file: string): boolean => file.startsWith('journals/');

const casesOf = (shapes: readonly Shape[], salt: number): Case[] => {
  const random = chance(salt);
  return filesIn(at('pristine')).flatMap((file) =>
    kindsOf(file).flatMap((kind) =>
      shapes.flatMap((shape) =>
        (['seen', 'unseen'] as const).map((seen) => ({ file, kind, seen, shape, where: random() })),
      ),
    ),
  );
};

async function all(campaign: Omit<Campaign, 'pristine' | 'store'>): Promise<Outcome[]> {
  const file = at('cases');
  writeFileSync(file, JSON.stringify({ ...campaign, pristine: at('pristine'), store: at('damaged') }));
  const process = start({ act: 'damage', file });
  expect([await process.ended, process.lines()]).toEqual([0, []]);
  return readFileSync(`${file}.out`, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Outcome);
}

/** Which answers stand in which object. */
async function segments(): Promise<Segment[]> {
  const store = openStore(at('pristine'));
  const identity = [...store.entries()].find(({ recipe }) => (recipe as { kind: string }).kind === 'answers')?.rows
    ?.identity;
  const found = store.memory(identity ?? '').map(({ segment }) => segment);
  await store.close();
  return found;
}

const holds = (segment: Segment, file: string): boolean =>
  [segment.data, segment.keys, segment.counts].some((object) => object !== undefined && file.includes(object));

/** What is wrong with what came of a case, in words. */
function faults(outcome: Outcome, { as, mayAsk }: { as: Report; mayAsk: readonly string[] }): string[] {
  const found: string[] = [];
  const last = outcome.tries.at(-1) as Report;
  const fault = (holds: boolean, what: string) =>
    holds || found.push(`${outcome.file} ${outcome.kind} ${outcome.seen} ${outcome.limit}: ${what}`);
  for (const [which, report] of Object.entries({ last, checked: outcome.checked })) {
    fault(report.ended === 'done' && report.errors.length === 0, `${which} ended ${report.ended}: ${report.errors}`);
    fault(
      JSON.stringify(report.contents) === JSON.stringify(as.contents),
      `${which} gave ${JSON.stringify(report.contents)}`,
    );
    fault(
      JSON.stringify(report.digests) === JSON.stringify(as.digests),
      `${which} said ${JSON.stringify(report.digests)}`,
    );
  }
  fault(outcome.open.length === 0, `${outcome.open.length} files stay open: ${outcome.open[0]}`);
  fault(outcome.tries.length <= 2, `${outcome.tries.length} runs until all could be read`);
  for (const { plans } of outcome.tries) fault(plans <= 3, `planned ${plans} times`);
  fault(new Set(outcome.answers).size === outcome.answers.length, 'asked twice');
  fault(
    outcome.answers.every((question) => mayAsk.includes(question)),
    `asked ${outcome.answers.length} although they were not lost`,
  );
  return found;
}

/** Nothing was edited: whatever ran, ran because of the damage, and that is said; the broken file is out of the way. */
function unsaid({ file, kind, seen, tries, quarantine }: Outcome): string[] {
  const ran = tries.flatMap(({ did }) => Object.values(did).filter((what) => what.startsWith('ran')));
  const said = tries.flatMap(({ damaged }) => damaged).filter((what) => !/made again|missing/.test(what));
  const name = basename(file);
  const aside = !said.some((what) => what.includes(name)) || quarantine.some((each) => each.endsWith(name));
  return [
    ...(ran.length > 0 && said.length === 0 && kind !== 'delete'
      ? [`${file} ${kind} ${seen}: ran again without a word`]
      : []),
    ...(aside ? [] : [`${file} ${kind} ${seen}: said to be damaged, and not set aside`]),
  ];
}

test('whatever is damaged in a store of finished runs: outputs are those of a run from nothing, only what was lost is asked', async () => {
  const shape = shapeOf([0, 30]);
  const other = { ...shape, limit: 30_000 };
  await run(shapeOf([0, 20]));
  const as = await run(shape);
  const asOther = await run({ ...other, side: at('side of a fresh run') }, at('fresh'));
  const held = await segments();
  expect(held.map(({ rows }) => rows)).toEqual([20, 10]);
  const cases = some(casesOf([shape, other], 1), times(5, 20, 20), 2);
  const outcomes = await all({
    before: shape,
    cases: [{ file: 'format', kind: 'delete', seen: 'seen', shape: other, where: 0 }, ...cases],
  });
  const found = outcomes.flatMap((outcome) => {
    const at = held.findIndex((segment) => holds(segment, outcome.file));
    const mayAsk = questions(at < 0 ? [0, 0] : at === 0 ? [0, 20] : [20, 30]);
    if (outcome.limit !== undefined) return faults(outcome, { as: asOther, mayAsk });
    return [...faults(outcome, { as, mayAsk }), ...unsaid(outcome)];
  });
  expect(found).toEqual([]);
});

test('whatever is damaged in a store of a killed run: only answers whose journal is damaged are asked again', async () => {
  const before = shapeOf([0, 20]);
  const shape = { ...before, rows: [0, 40] } as const;
  await run(before);
  const standing: Shape = { ...shape, held: { stage: 'answers', after: 10 } };
  const process = start({ act: 'run', store: at('pristine'), shape: standing });
  await until(() => callsOf(shape, 'answers').length === 32);
  process.child.kill('SIGKILL');
  await process.ended;
  const as = await run({ ...shape, side: at('side of a fresh run') }, at('fresh'));
  const [control, ...outcomes] = await all({
    before,
    cases: [
      { file: 'README.txt', kind: 'cut', seen: 'unseen', shape, where: 0 },
      ...some(casesOf([shape], 3), times(3, 10, 10), 4),
    ],
  });
  const open = control?.answers ?? [];
  expect(open.length).toBe(10);
  const [held] = await segments();
  const found = outcomes.flatMap((outcome) => {
    const wasJournal = isJournal(outcome.file);
    const isHeld = held !== undefined && holds(held, outcome.file);
    const mayAsk = [...open, ...(isHeld ? questions([0, 20]) : []), ...(wasJournal ? questions([20, 40]) : [])];
    return [
      ...faults(outcome, { as, mayAsk }),
      ...(wasJournal && outcome.kind === 'flip' && outcome.answers.length > open.length + 1
        ? ['a flipped bit lost more than a frame']
        : []),
    ];
  });
  expect(found).toEqual([]);
});
