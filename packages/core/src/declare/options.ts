import { nearest } from './nearest.js';

/** Options that the engine itself obeys. None is in a key. */
export interface EngineOptions {
  /** Calls at once within the stage. */
  readonly concurrency?: number;
  readonly retries?: number;
  readonly timeoutMs?: number;
  /** A limit shared by name with other stages. */
  readonly limit?: Limit;
  /** Stop the stage after so many failed rows: a number, or a share as `'5%'`. */
  readonly stopAfter?: number | `${number}%`;
  /** `stop`: the first failed row ends the stage. */
  readonly onRowFailure?: 'keep' | 'stop';
  /** `false`: nothing of this stage is remembered. */
  readonly remember?: boolean;
  readonly format?: 'auto' | 'arrow' | 'parquet' | 'jsonl';
  /** Worker threads for a CPU-bound function. */
  readonly threads?: number;
}

export interface Limit {
  readonly name: string;
  readonly atOnce?: number;
  readonly callsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

interface Rule {
  readonly holds: (value: unknown) => boolean;
  readonly says: string;
}

const whole = (least: number): Rule => ({
  holds: (value) => Number.isInteger(value) && (value as number) >= least,
  says: `a whole number of at least ${least}`,
});
const amount: Rule = {
  holds: (value) => typeof value === 'number' && value >= 0,
  says: 'a number of at least 0',
};
const rate: Rule = {
  holds: (value) => typeof value === 'number' && value > 0,
  says: 'a number above 0',
};
const name: Rule = {
  holds: (value) => typeof value === 'string' && value !== '',
  says: 'a name',
};
const oneOf = (...values: readonly unknown[]): Rule => ({
  holds: (value) => values.includes(value),
  says: `one of ${values.join(', ')}`,
});
const share: Rule = {
  holds: (value) => whole(0).holds(value) || /^(100|\d{1,2}(\.\d+)?)%$/.test(String(value)),
  says: "a number of rows, or a share such as '5%'",
};

const STAGE: Readonly<Record<string, Rule>> = {
  concurrency: whole(1),
  threads: whole(0),
  retries: whole(0),
  timeoutMs: amount,
  stopAfter: share,
  onRowFailure: oneOf('keep', 'stop'),
  remember: oneOf(true, false),
  format: oneOf('auto', 'arrow', 'parquet', 'jsonl'),
};

/** A limit that lets nothing through would be waited for without end. */
const LIMIT: Readonly<Record<keyof Limit, Rule>> = {
  name,
  atOnce: whole(1),
  callsPerMinute: rate,
  tokensPerMinute: rate,
};

const RUN: Readonly<Record<string, Rule>> = {
  rows: whole(0),
  stages: whole(1),
  concurrency: whole(1),
  maxCalls: amount,
  maxCost: amount,
};

/** Rejects invalid options where they are written, not when a stage has begun. */
export function checkStageOptions(kind: string, options: object): void {
  check(`The stage ${kind} is given`, options, STAGE);
  const { limit } = options as { readonly limit?: unknown };
  if (limit !== undefined) checkLimit(`The stage ${kind} is given the option limit`, limit);
}

function checkLimit(who: string, limit: unknown): void {
  if (typeof limit !== 'object' || limit === null || Array.isArray(limit))
    throw new Error(`${who}: ${String(limit)}, which is no object. Write { name, atOnce }, or leave it out.`);
  checkNames(`${who} with`, limit, Object.keys(LIMIT));
  check(`${who} with`, limit, LIMIT);
  if (!('name' in limit) || limit.name === undefined)
    throw new Error(`${who} without a name. Stages that name the same limit share it: add name, or leave limit out.`);
}

export function checkRunOptions(asked: object, known: readonly string[]): void {
  checkNames('The run is asked for', asked, known);
  check('The run is asked for', asked, RUN);
}

/** A name misspelt would change nothing, without a word. */
export function checkNames(what: string, given: object, known: readonly string[]): void {
  const other = Object.entries(given).find(([name, value]) => value !== undefined && !known.includes(name))?.[0];
  if (other === undefined) return;
  const close = nearest(other, known);
  throw new Error(
    `${what} ${other}, which nobody knows there. ${close ? `Did you mean ${close}? ` : ''}There are: ${known.join(', ')}.`,
  );
}

function check(who: string, options: object, rules: Readonly<Record<string, Rule>>): void {
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule || value === undefined || rule.holds(value)) continue;
    throw new Error(`${who} ${name}: ${String(value)}, which is not ${rule.says}. Give that, or leave it out.`);
  }
}
