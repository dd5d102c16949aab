import { checkSettings } from '../settings/check.js';
import { engineOptions } from '../settings/engine.js';
import { nearest } from './nearest.js';

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
const RUN: Readonly<Record<string, Rule>> = {
  rows: whole(0),
  stages: whole(1),
  concurrency: whole(1),
  maxCalls: amount,
  maxCost: amount,
};

/** Rejects options that the engine cannot obey where they are written, not when a stage has begun. */
export function checkStageOptions(kind: string, options: object): void {
  const own = Object.entries(options).filter(([name]) => Object.hasOwn(engineOptions, name));
  const checked = checkSettings(
    { name: kind, config: {}, options: engineOptions },
    { config: {}, options: Object.fromEntries(own) },
  );
  if ('wrong' in checked) throw new Error(checked.wrong.map(({ text }) => text).join('\n'));
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
