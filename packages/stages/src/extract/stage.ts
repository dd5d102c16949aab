import {
  type ColOf,
  type Columns,
  type EngineOptions,
  type Handle,
  type Kind,
  type New,
  type Ok,
  type Row,
  stage,
  type Table,
  type Type,
  type Within,
} from '@millrace/core';
import { eachRow } from '../functions/rows.js';
import { type FunctionSaid, functionUse } from '../functions/user-function.js';
import { typeOfSchema, valueAs } from '../generate/output.js';
import type { PlainObject } from '../models/port.js';
import { checkSettings } from '../registry/check-settings.js';
import type { ChoiceExtraction } from './choice.js';
import type { Extracted } from './extracted.js';
import { type Extraction, extractionVersion } from './extractor.js';
import { extractSettings } from './fields.js';
import type { NumberExtraction } from './number.js';
import type { RegexExtraction } from './regex.js';
import { limitsRows, openTimed, type Timed } from './timed.js';

/** A function of the text: what it returns is the value; `null` or `undefined`: nothing was found. */
export type ExtractFunction = (text: string) => string | number | boolean | null | undefined;

export interface ExtractConfig<I extends string = string> extends FunctionSaid {
  readonly with: Extraction | ExtractFunction;
  /** The column of the value. A regex with named groups gives one column a group, and no other. */
  readonly into?: I;
  /** The column that says why nothing was found. Default: `<into>_reason`. */
  readonly reason?: string;
  /** Type of the value that a function returns. */
  readonly type?: Type;
}

interface Parsed extends ExtractConfig {
  readonly from: string;
}

const groupsOf = ({ with: given }: Parsed): readonly string[] | undefined =>
  typeof given !== 'function' && given.kind === 'regex' && Array.isArray(given.take) ? given.take : undefined;

const intoOf = (config: Parsed): string => config.into ?? 'value';

function valueType({ with: given, type = 'text' }: Parsed): Type {
  if (typeof given === 'function') return type;
  const one = oneType(given);
  return 'match' in given && given.match === 'all' ? { list: one } : one;
}

function oneType(given: Extraction): Type {
  if (given.kind === 'number') return 'float64';
  return given.kind === 'json' ? typeOfSchema(given.schema as PlainObject) : 'text';
}

const columnsOf = (config: Parsed): Columns => {
  const groups = groupsOf(config);
  return {
    ...(groups
      ? Object.fromEntries(groups.map((name) => [`group ${name}`, 'text' as const]))
      : { value: valueType(config) }),
    reason: 'text',
  };
};

const kind: Kind<Parsed> = {
  name: 'extract',
  version: 1,
  nature: 'pure',
  label: ({ with: given, from }) => `${typeof given === 'function' ? given.name || 'function' : given.kind} of ${from}`,
  code: (config) => (typeof config.with === 'function' ? { with: functionUse(config.with, config) } : {}),
  semantic: ({ with: given, from, into, reason, type }) => ({
    from,
    into,
    reason,
    type,
    ...(typeof given !== 'function' && { with: given, version: extractionVersion(given) }),
  }),
  work: {
    is: 'rows',
    reads: ({ from }) => ({ from }),
    answers: columnsOf,
    adds: (config): Record<string, string> => {
      const groups = groupsOf(config);
      const reason = config.reason ?? `${groups ? (config.into ?? config.from) : intoOf(config)}_reason`;
      return {
        ...(groups ? Object.fromEntries(groups.map((name) => [name, `group ${name}`])) : { [intoOf(config)]: 'value' }),
        [reason]: 'reason',
      };
    },
    call: ({ with: given, type }) => ({
      version: 1,
      config: typeof given === 'function' ? { type } : { with: given, version: extractionVersion(given) },
    }),
    batch: () => 1024,
    open: ({ with: given }) => (typeof given === 'function' ? undefined : openTimed(given)),
    close: (timed: Timed | undefined) => timed?.close(),
    limitsRows: ({ with: given }) => typeof given !== 'function' && limitsRows(given),
    run: (rows, context) => {
      const { config, handle } = context;
      const { with: given } = config;
      if (typeof given === 'function') return eachRow(rows, ({ from }) => asRow(byFunction(given, from), config));
      return (handle as Timed).extract(rows, { asRow: (extracted) => asRow(extracted, config), context });
    },
  },
};

function byFunction(extract: ExtractFunction, text: unknown): Extracted {
  if (typeof text !== 'string') return { reason: text === null ? 'null' : 'not-text' };
  const value = extract(text);
  return value === null || value === undefined ? { reason: 'no-match' } : { value };
}

function asRow(extracted: Extracted, config: Parsed): Row {
  if ('reason' in extracted)
    return { reason: [extracted.reason, extracted.detail].filter(Boolean).join(': ').toWellFormed() };
  const groups = groupsOf(config);
  if (!groups) return { value: valueAs(valueType(config), extracted.value) };
  const values = extracted.value as Record<string, string | null>;
  return Object.fromEntries(groups.map((name) => [`group ${name}`, values[name]?.toWellFormed()]));
}

/** What an extraction gives, for the types. */
export type ValueOf<W> = W extends NumberExtraction
  ? number
  : W extends ChoiceExtraction
    ? string
    : W extends (text: string) => infer V
      ? NonNullable<V>
      : W extends RegexExtraction
        ? string
        : unknown;

/** Takes a value out of text. What can't be taken out is null, with the reason beside it. */
export function extract<
  R extends Row,
  O extends boolean,
  const W extends Extraction | ExtractFunction,
  const I extends string = 'value',
>(
  rows: Table<R, O>,
  config: Omit<ExtractConfig, 'with' | 'into'> & {
    readonly from: ColOf<R, O, unknown>;
    readonly with: W;
    readonly into?: Ok<I, New<I, R>>;
  },
  options?: EngineOptions,
): Table<R & Record<I, ValueOf<W> | null>, O> {
  checkSettings(extractSettings, config, options);
  return extractStage({ rows }, config, options);
}

export const extractStage = <H extends Handle>(
  inputs: { readonly rows: Handle; readonly within?: Within },
  config: object,
  options?: EngineOptions,
): H =>
  stage({ kind, inputs: { rows: inputs.rows }, config, options, ...(inputs.within && { within: inputs.within }) });
