import type { Batch, Kind, Nature, Row, With } from '@millrace/core';
import { asDeclared, givenKey } from '../functions/given.js';
import { handedOnce } from '../functions/handed.js';
import { type FunctionSaid, functionUse, isPaid } from '../functions/user-function.js';
import type { Resolved } from './declared.js';
import { jsonTexts } from './json-texts.js';

export interface GeneratorContext {
  readonly signal: AbortSignal;
  /** Where relative paths start. */
  readonly base: string;
}

/** Gives rows, one by one or many at once. */
export type Generate<W, R> = (
  given: W,
  context: GeneratorContext,
) => AsyncIterable<R | readonly R[]> | Iterable<R | readonly R[]>;

export interface GeneratorKindConfig extends FunctionSaid {
  readonly run: Generate<never, Row>;
  readonly declared: Resolved;
  readonly with: With | undefined;
  readonly nature: Nature;
}

/** Rows that a function of the user's makes; its code is in the key. */
export const generatorKind: Kind<GeneratorKindConfig> = {
  name: 'generator',
  version: 1,
  nature: ({ nature }) => nature,
  config: asDeclared,
  label: ({ run }) => run.name || 'function',
  code: (config) => ({ run: functionUse(config.run, config) }),
  semantic: ({ declared, nature, with: given }) => ({ ...givenKey({ with: given, nature }), ...declared, nature }),
  formerly: ({ declared, nature, with: given }) =>
    isPaid({ nature }) ? { with: given, ...declared, nature } : undefined,
  work: {
    is: 'whole',
    parts: () => ({ main: 'table' }),
    columns: ({ declared }) => ({ main: declared.columns }),
    run: async ({ config, signal, base }) => ({
      main: {
        rows: gathered(config.run(handedOnce(config.with) as never, { signal, base }), config.declared),
        columns: config.declared.columns,
      },
    }),
  },
};

const AT_ONCE = 1024;

async function* gathered(
  made: ReturnType<Generate<never, Row>>,
  { json = [] }: Resolved,
): AsyncGenerator<Batch | readonly Row[]> {
  if (!gives(made))
    throw new Error(
      `The function of this generator returned ${told(made)}, which gives no rows. Make it a generator (function*) or return an array of rows.`,
    );
  let rows: Row[] = [];
  for await (const some of made) {
    for (const row of Array.isArray(some) ? some : [some]) rows.push(jsonTexts(rowOf(row), json));
    if (rows.length < AT_ONCE) continue;
    yield rows;
    rows = [];
  }
  yield rows;
}

const gives = (made: unknown): boolean =>
  typeof made === 'object' && made !== null && (Symbol.asyncIterator in made || Symbol.iterator in made);

function rowOf(given: unknown): Row {
  if (typeof given === 'object' && given !== null) return given as Row;
  throw new Error(
    `The function of this generator gave ${told(given)}, which is no row. Give objects with a field for each column, or arrays of them.`,
  );
}

const told = (given: unknown): string => (given === undefined ? 'nothing' : String(given));
