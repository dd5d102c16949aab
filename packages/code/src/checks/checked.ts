import type { AnyFunction, FunctionUse } from '@millrace/core';
import { sha } from '../digest.js';
import type { Agreements } from './agreements.js';
import { CALLS, compared } from './compared.js';

type Uses = Readonly<Record<string, FunctionUse>>;

export interface Made {
  readonly functions: Readonly<Record<string, AnyFunction>>;
  /** Stands for all that was evaluated. */
  readonly digest: string;
}

/** Functions that answer as the imported ones do, in whatever order and at whatever time, or say that they don't. */
export const checked = async ({ functions, digest }: Made, uses: Uses, { agreements, note, again, here }: Checks) => {
  const names = Object.keys(uses).map((name) => ({ name, digest: sha(`${name} ${digest}`) }));
  if (names.every(({ digest }) => agreements.of(digest) >= CALLS)) return { functions, close: () => undefined };
  const [second, local] = [await again(), await here?.().catch(() => undefined)];
  const all = names.map(({ name, digest }) => {
    const made = functions[name] as AnyFunction;
    const imported = uses[name]?.fn as AnyFunction;
    const ways = {
      again: second.functions[name] as AnyFunction,
      here: local?.functions[name],
      differs: saidOnce(name, note),
    };
    return [name, compared({ name, digest, made, imported, ...ways }, agreements)] as const;
  });
  return {
    functions: Object.fromEntries(all.map(([name, { fn }]) => [name, fn])),
    close: () => {
      for (const [, { close }] of all) close();
    },
  };
};

export interface Checks {
  readonly agreements: Agreements;
  /** Takes what somebody should know who reads what they answer. */
  readonly note: (text: string) => void;
  /** Makes them once more, with state of their own, another clock and other chance. */
  readonly again: () => Promise<Made>;
  /** Makes them with the time zone and the language of this machine, where they are others than those of a world. */
  readonly here: (() => Promise<Made>) | undefined;
}

const saidOnce = (name: string, note: Checks['note']) => {
  let said = false;
  return () => {
    if (!said) note(elsewhere(name));
    said = true;
  };
};

const elsewhere = (name: string) =>
  `The function ${name} depends on the time zone or the language of this machine (${zoneHere()}, ${languageHere()}). It sees UTC and en-US everywhere, so that all machines get the same. Say what you mean in the call: { timeZone: '${zoneHere()}' }, or '${languageHere()}'.`;

/** Whether the machine has others than a world. */
export const isElsewhere = () => zoneHere() !== 'UTC' || languageHere() !== 'en-US';

const zoneHere = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const languageHere = () => Intl.DateTimeFormat().resolvedOptions().locale;
