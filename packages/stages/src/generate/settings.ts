import type { SamplingDefaults } from '../models/config.js';

export const ENDINGS = ['refusal', 'length', 'filter', 'empty'] as const;

interface Asked extends SamplingDefaults {
  readonly samples?: number;
  readonly logprobs?: number;
  readonly accept?: readonly string[];
}

/** Settings that no model could obey, said where they are written and not once for each row. */
export function requireSettings({ temperature, topP, maxTokens, seed, samples, logprobs, accept = [] }: Asked): void {
  if (!(isAbsent(temperature) || (temperature >= 0 && Number.isFinite(temperature))))
    refuse({ temperature }, 'a number from 0 on');
  if (!(isAbsent(topP) || (topP > 0 && topP <= 1))) refuse({ topP }, 'a share above 0 and up to 1');
  for (const count of [{ maxTokens }, { samples }]) if (!isWhole(count, 1)) refuse(count, 'a whole number from 1 on');
  if (!isWhole({ logprobs }, 0)) refuse({ logprobs }, 'a whole number from 0 on');
  if (!isWhole({ seed }, Number.MIN_SAFE_INTEGER)) refuse({ seed }, 'a whole number');
  const other = accept.find((ending) => !ENDINGS.includes(ending as never));
  if (other !== undefined) refuse({ accept: other }, `any of ${ENDINGS.join(', ')}`);
}

const isAbsent = (value: unknown): value is undefined => value === undefined;

const isWhole = (of: Readonly<Record<string, number | undefined>>, least: number): boolean =>
  Object.values(of).every((value) => isAbsent(value) || (Number.isSafeInteger(value) && value >= least));

function refuse(setting: Readonly<Record<string, unknown>>, wanted: string): never {
  const [[name, value] = []] = Object.entries(setting);
  throw new Error(
    `generate was given ${name} ${String(value)}: it is ${wanted}. Correct it here or at the model, or leave it out.`,
  );
}
