import { writeFileSync } from 'node:fs';
import { mutated } from './mutations.js';
import { READERS } from './readers.js';

/** What came of the files of some seeds. */
export interface Outcome {
  readonly reader: string;
  readonly files: number;
  readonly read: number;
  readonly refused: number;
  /** Seeds whose file gave fewer rows, or others, without a word. */
  readonly shorter: readonly number[];
  /** Seeds whose file took more than ten seconds. */
  readonly slow: readonly number[];
  /** Refusals that are none: broken laws of ours. */
  readonly bugs: readonly string[];
  readonly megabytes: number;
}

const SLOW_MS = 10_000;

const [name = '', folder = '', from = '0', count = '0'] = process.argv.slice(2);
const reader = READERS[name];
if (!reader) throw new Error(`There is no reader ${name}. There are ${Object.keys(READERS).join(', ')}.`);
const good = await reader.good(folder);
const path = `${folder}/bad`;
writeFileSync(path, good);
if (!(await reader.read(path))) throw new Error(`The good file of ${name} is not read.`);

let [read, refused] = [0, 0];
const [shorter, slow, bugs]: [number[], number[], string[]] = [[], [], []];
for (let seed = Number(from); seed < Number(from) + Number(count); seed++) {
  writeFileSync(path, mutated(good, seed));
  const began = performance.now();
  try {
    if (!(await reader.read(path))) shorter.push(seed);
    read++;
  } catch (error) {
    refused++;
    if ((error as Error).message.startsWith('BUG')) bugs.push(`${seed}: ${(error as Error).message}`);
  }
  if (performance.now() - began > SLOW_MS) slow.push(seed);
}
const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
const outcome: Outcome = { reader: name, files: Number(count), read, refused, shorter, slow, bugs, megabytes };
process.stdout.write(`${JSON.stringify(outcome)}\n`);
