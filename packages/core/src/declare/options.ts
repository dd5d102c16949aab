import { requireSettings } from '../settings/check.js';
import { engineOptions } from '../settings/engine.js';
import { any, int, number } from '../settings/make.js';
import { nearest } from './nearest.js';

const optional = { optional: true } as const;

const RUN = {
  rows: int('Only the first rows of each source.', { min: 0, ...optional }),
  stages: int('Stages at once.', { min: 1, ...optional }),
  concurrency: int('Calls at once.', { min: 1, ...optional }),
  maxCalls: number('Calls that may be made.', { min: 0, ...optional }),
  maxCost: number('Money that may be spent.', { min: 0, ...optional }),
};

/** Rejects options that the engine cannot obey where they are written, not when a stage has begun. */
export function checkStageOptions(kind: string, options: object): void {
  const own = Object.entries(options).filter(([name]) => Object.hasOwn(engineOptions, name));
  requireSettings({ name: kind, config: {}, options: engineOptions }, {}, Object.fromEntries(own));
}

export function checkRunOptions(asked: object, known: readonly string[]): void {
  const others = Object.fromEntries(known.map((name) => [name, any()(name, optional)]));
  requireSettings({ name: 'the run', config: {}, options: { ...others, ...RUN } }, {}, asked);
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
