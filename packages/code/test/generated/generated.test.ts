import { afterAll, expect, test } from '@jest/globals';
import { figures, times } from '../../../../test/campaign.js';
import { type Files, removeFolders } from '../project.js';
import { keyOf, madeAnswers, plainAnswers, type Told } from './answers.js';
import { mutantOf, neutralEdits } from './edits.js';
import { programOf } from './program.js';

afterAll(removeFolders);

const COUNT = Number(process.env['MILLRACE_PROGRAMS'] ?? times(20, 200, 1000));
const FIRST = Number(process.env['MILLRACE_SEED'] ?? 1);
const AT_ONCE = 40;
/** Ends what hangs, however many there are. */
const TIMEOUT = 600_000 + COUNT * 6_000;

interface Program {
  readonly seed: number;
  readonly files: Files;
  /** What it answers that is imported as it is written. */
  readonly plain: Told;
}

/** Some at a time: one process imports them all, and their folders go before the next are made. */
const eachProgram = async (make: (seed: number) => Files | undefined, look: (program: Program) => Promise<void>) => {
  for (let from = FIRST; from < FIRST + COUNT; from += AT_ONCE) {
    const seeds = Array.from({ length: Math.min(AT_ONCE, FIRST + COUNT - from) }, (_, at) => from + at);
    const made = seeds.flatMap((seed) => {
      const files = make(seed);
      return files ? [{ seed, files }] : [];
    });
    const plain = plainAnswers(made.map(({ files }) => files));
    for (const [at, { seed, files }] of made.entries()) await look({ seed, files, plain: plain[at] as Told });
    removeFolders();
  }
};

/** Of a program that its seed makes again: `MILLRACE_PROGRAMS=1 MILLRACE_SEED=…`. */
type Wrong = { readonly seed: number } & Readonly<Record<string, unknown>>;

test(
  'a generated program answers as the plain import does, or is refused',
  async () => {
    const seen = { equal: 0, refused: 0, 'load nowhere': 0 };
    const different: Wrong[] = [];
    await eachProgram(programOf, async ({ seed, files, plain }) => {
      if ('fails' in plain) seen['load nowhere']++;
      else {
        const { told } = await madeAnswers(files);
        if ('refused' in told) seen.refused++;
        else if ('answers' in told && `${told.answers}` === `${plain.answers}`) seen.equal++;
        else different.push({ seed, plain, told });
      }
    });
    figures(`${COUNT} generated programs: ${counted(seen)}, ${different.length} different`);
    expect(different).toEqual([]);
    expect(seen.equal).toBeGreaterThan(COUNT / 2);
  },
  TIMEOUT,
);

test(
  'a mutant that answers otherwise has another key',
  async () => {
    const seen = {
      'another answer, another key': 0,
      'same answer, another key': 0,
      'same answer, same key': 0,
      refused: 0,
    };
    const wrong: Wrong[] = [];
    const before = new Map<number, Told>();
    await eachProgram(programOf, async ({ seed, plain }) => void before.set(seed, plain));
    await eachProgram(mutantOf, async ({ seed, files, plain }) => {
      const first = before.get(seed) as Told;
      if ('fails' in first || 'fails' in plain) return;
      const [own, key] = [await keyOf(programOf(seed)), await keyOf(files)];
      const isSame = `${first.answers}` === `${plain.answers}`;
      if (own.startsWith('refused') || key.startsWith('refused')) seen.refused++;
      else if (own === key && !isSame) wrong.push({ seed, first, plain });
      else
        seen[
          `${isSame ? 'same answer' : 'another answer'}, ${own === key ? 'same' : 'another'} key` as keyof typeof seen
        ]++;
    });
    figures(`a mutant of each: ${counted(seen)}, ${wrong.length} wrong hits`);
    expect(wrong).toEqual([]);
    expect(seen['another answer, another key']).toBeGreaterThan(COUNT / 20);
  },
  TIMEOUT,
);

test(
  'comments, layout, types, unrelated code, names and places change neither key nor answer',
  async () => {
    const seen: Record<string, number> = {};
    const wrong: Wrong[] = [];
    await eachProgram(programOf, async ({ seed, files, plain }) => {
      if ('fails' in plain) return;
      const own = await madeAnswers(files);
      if (!('answers' in own.told)) return;
      const { name, edited } = neutralEdits(files, seed);
      const now = await madeAnswers(edited);
      if (now.key === own.key && JSON.stringify(now.told) === JSON.stringify(own.told))
        seen[name] = (seen[name] ?? 0) + 1;
      else wrong.push({ seed, name, own, now });
    });
    figures(`a neutral edit of each: ${counted(seen)}, ${wrong.length} others`);
    expect(wrong).toEqual([]);
  },
  TIMEOUT,
);

const counted = (seen: Readonly<Record<string, number>>) =>
  Object.entries(seen)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
