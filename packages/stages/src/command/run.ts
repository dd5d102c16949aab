import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestValue, type PartResult, type Secret, timerMs, type WholeContext } from '@millrace/core';
import type { AtOptions } from '../at/at.js';
import { canonicalCopy } from '../functions/given.js';
import { collect, leftIn, refuseIncomplete } from './collect.js';
import type { Parsed } from './config.js';
import { clearBut, freshLook, makeFolder, write } from './disk.js';
import { End } from './end.js';
import { worldOf } from './files.js';
import { placeInput, type Watched, watch } from './inputs.js';
import { Log } from './log.js';
import { placeOf } from './outputs.js';
import { type Ended, endRest, passed, runProgram } from './process.js';
import { wordText } from './words.js';
import { argvOf, type Places } from './words-at-work.js';

/** What changes only how the program is run. */
export interface CommandOptions extends AtOptions {
  /** Patterns in the work folder: files that a killed or failed program leaves for its next attempt to go on from. */
  readonly checkpoints?: readonly string[];
  /** Names of the environment that the program gets too, though they are in no key: `CUDA_VISIBLE_DEVICES`. */
  readonly pass?: readonly string[];
  /** Set for the program, and shown nowhere. */
  readonly secrets?: Readonly<Record<string, Secret>>;
  /** How long it may take to end when it is told to. */
  readonly graceMs?: number;
  readonly timeoutMs?: number;
  /** How often a program that failed is started again. */
  readonly retries?: number;
}

type Context = WholeContext<Parsed, CommandOptions>;

/** Runs the program in its work folder; only what it leaves after exit code 0, and whole, counts. */
export async function runCommand(context: Context): Promise<Readonly<Record<string, PartResult>>> {
  const { config, options } = context;
  const [first = ''] = Object.keys(config.outputs);
  const work = context.folder(first);
  const end = new End(work, context.folder('log'));
  if (await endRest(work, options.graceMs ?? GRACE_MS))
    context.note('A program that an earlier run had started was still alive; it was ended.');
  await unchanged(context, 'since the run began');
  const parts = (await isLeft(end, context)) ? await collect(context, end) : await runAgain(context, end);
  if (context.signal.aborted) return {};
  await refuseIncomplete(config.outputs, work);
  return parts;
}

/** Checkpoints that a failed attempt left are there for the next one. */
async function runAgain(context: Context, end: End): Promise<Record<string, PartResult>> {
  const { retries = 0 } = context.options;
  for (let tries = 1; ; tries++) {
    try {
      return await runInto(context, end);
    } catch (error) {
      if (!(error instanceof ProgramFailed) || tries > retries || context.signal.aborted) throw error;
      context.note(`Attempt ${tries} of ${retries + 1}: ${error.message}`);
      await sleep(FIRST_WAIT_MS * 2 ** (tries - 1), undefined, { signal: context.signal }).catch(() => undefined);
      if (context.signal.aborted) return {};
    }
  }
}

const FIRST_WAIT_MS = 250;

/** Another attempt may end well. */
class ProgramFailed extends Error {}

/** One attempt; after one that ended well there is nothing to go on from. When this returns, the program ended well, and that is written down. */
async function runInto(context: Context, end: End): Promise<Record<string, PartResult>> {
  const { config, options } = context;
  const { work } = end;
  const over = (await end.left()) !== undefined;
  const { mark } = await end.begin();
  if (await clearBut(work, over ? [] : (options.checkpoints ?? [])))
    context.note('Goes on from what an earlier attempt left.');
  const places = await prepare(context, work);
  const inputs = await watched(context, places);
  const started = performance.now();
  const ended = await attempt(context, places);
  await refuseSpoilt(config, inputs);
  if (context.signal.aborted) return {};
  if (ended) throw failure(config, { ended, work, seconds: (performance.now() - started) / 1000 });
  await unchanged(context, 'while the program ran');
  const parts = await collect(context, end);
  await mark(await leftIn(config.outputs, work)).catch(({ message }: Error) =>
    context.note(
      `That the program ended well could not be written down: ${message}. If its output cannot be kept, it runs again.`,
    ),
  );
  return parts;
}

/** An attempt ended well, and its output was not kept: the disk was full, the run was killed, a file was missed that is no longer essential. */
async function isLeft(end: End, { config, again, note }: Context): Promise<boolean> {
  const left = again ? undefined : await end.left();
  if (left === undefined) return false;
  const program = wordText(config.argv[0] ?? '');
  const whole = left === (await leftIn(config.outputs, end.work).catch(() => undefined));
  note(
    whole
      ? `${program} ended well in an earlier run: what it left is taken over, and it does not run again. Force the stage to run it anew.`
      : `${program} ended well in an earlier run, but what it left was changed since then. It runs again.`,
  );
  return whole;
}

/** Code and data that were edited meanwhile are not those that the key names. */
async function unchanged({ config, base, world }: Context, when: string): Promise<void> {
  const now = await worldOf(config, freshLook(base));
  if (digestValue(now) === digestValue(world)) return;
  const { argv, uses } = world as unknown as typeof now;
  const words = config.argv.filter((_, at) => digestValue(now.argv[at]) !== digestValue(argv[at])).map(wordText);
  const used = Object.keys({ ...uses, ...now.uses }).filter((path) => uses[path] !== now.uses[path]);
  throw new Error(
    `${[...words, ...used].join(', ')} changed ${when}, so nobody knows which version made what. Nothing of it counts; run again.`,
  );
}

async function prepare({ config, inputs, base }: Context, work: string): Promise<Places> {
  const outputs: Record<string, string> = {};
  const given: Record<string, string> = {};
  await makeFolder(join(work, 'log'));
  for (const [part, spec] of Object.entries(config.outputs)) {
    const { is, path } = placeOf(part, spec);
    outputs[part] = join(work, path);
    await makeFolder(is === 'folder' ? join(work, path) : join(work, path, '..'));
  }
  for (const role of config.roles) {
    const input = inputs[role];
    if (input) given[role] = await placeInput(input, join(work, 'inputs', role));
  }
  const params = join(work, 'params.json');
  // In one order, here and in the environment: a program can see it, and the key does not tell.
  await write(params, JSON.stringify(canonicalCopy(config.params), undefined, 2));
  return { base, work, outputs, inputs: given, params };
}

async function watched({ config, inputs }: Context, places: Places): Promise<ReadonlyMap<string, Watched>> {
  const all = new Map<string, Watched>();
  for (const role of config.roles) {
    const input = inputs[role];
    if (input?.is === 'folder') all.set(role, await watch(input, places.inputs[role] as string));
  }
  return all;
}

async function refuseSpoilt({ argv }: Parsed, inputs: ReadonlyMap<string, Watched>): Promise<void> {
  for (const [role, input] of inputs) {
    const spoilt = await input.spoilt();
    if (spoilt.length)
      throw new Error(
        `${wordText(argv[0] ?? '')} wrote into its input ${role}: ${spoilt.slice(0, 5).join(', ')}. Such files are read-only and the store's own, which root may break all the same. Nothing of it counts, and what was broken is noticed and made again by the next run; let the program write to an { output }, or to a copy in { work }.`,
      );
  }
}

interface Failed {
  readonly ended: Ended;
  readonly tail: string;
  readonly late: boolean;
}

async function attempt(context: Context, places: Places): Promise<Failed | undefined> {
  const { config, options } = context;
  const secrets = options.secrets ?? {};
  const timeout = options.timeoutMs ? AbortSignal.timeout(timerMs(options.timeoutMs)) : undefined;
  const signal = timeout ? AbortSignal.any([context.signal, timeout]) : context.signal;
  const env = { ...DEFAULTS, ...passed(options.pass ?? []), ...canonicalCopy(config.env ?? {}), ...revealed(secrets) };
  const log = new Log(join(places.work, 'log'));
  const program = { argv: await argvOf(config, places), cwd: places.work, env };
  const watching = { signal, graceMs: options.graceMs ?? GRACE_MS, heard: log.heard };
  const ended = await runProgram(program, watching).finally(() => log.close());
  const late = timeout?.aborted === true;
  if (log.lost) context.note(`Some of what the program said is in no log: ${log.lost}.`);
  return ended.is === 'exited' && ended.code === 0 && !late ? undefined : { ended, tail: log.tail, late };
}

const GRACE_MS = 10_000;

/** Language and clock of a program are no host's affair. */
const DEFAULTS = { LANG: 'C.UTF-8', TZ: 'UTC' };

const revealed = (secrets: Readonly<Record<string, Secret>>): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));

function failure(config: Parsed, { ended, work, seconds }: { ended: Failed; work: string; seconds: number }): Error {
  const program = wordText(config.argv[0] ?? '');
  const tail = ended.tail ? `Its last lines:\n${ended.tail}\n` : 'It said nothing. ';
  if (ended.ended.is === 'not started')
    return new Error(
      `${program} cannot be started: ${ended.ended.why}. Install it, or correct the first word of argv.`,
    );
  return new ProgramFailed(
    `${program} ${endOf(ended)} after ${seconds.toFixed(1)} s. ${tail}Nothing of its output counts. The whole log is in ${join(work, 'log')}; what the option checkpoints names is there for the next attempt.`,
  );
}

function endOf({ ended, late }: Failed): string {
  if (late) return 'took longer than timeoutMs and was ended';
  if (ended.is === 'killed') return `was killed by ${ended.signal}`;
  return ended.is === 'exited' ? `ended with exit code ${ended.code}` : '';
}
