import { type EngineOptions, type Kind, type New, type Ok, type Row, stage, type Table } from '@millrace/core';
import type { Holds, Name, Texts } from '../functions/columns.js';
import { requireText } from '../functions/table.js';
import { checkSettings } from '../registry/check-settings.js';
import type { StageEntry } from '../registry/entry.js';
import { type ChunkSpec, chunk as chunksOf } from './chunk.js';

interface ChunkConfig extends ChunkSpec {
  readonly from: string;
  readonly into: string;
  readonly id: string | undefined;
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly headings: string | undefined;
}

const kind: Kind<ChunkConfig> = {
  name: 'chunk',
  version: 1,
  nature: 'pure',
  config: (given) => parse(given as Partial<ChunkConfig> & { from: string }),
  label: ({ from, by, size }) => `${from} by ${by}, ${size}`,
  work: {
    is: 'rows',
    many: true,
    reads: ({ from }) => ({ text: from }),
    answers: ({ from }, columns) => {
      requireText('chunk', from, columns?.[from]);
      return { text: 'text', id: 'text', start: 'int32', end: 'int32', headings: { list: 'text' } };
    },
    adds: ({ into, id, start, end, headings }) =>
      Object.fromEntries(
        Object.entries({ text: into, id, start, end, headings }).flatMap(([answer, name]) =>
          name === undefined ? [] : [[name, answer]],
        ),
      ),
    call: ({ by, size, overlap }) => ({ version: 1, config: { by, size, overlap } }),
    batch: () => 64,
    run: (rows, { config }) =>
      rows.map(({ text }) => (text === null ? [] : chunksOf(text, config).map((c) => ({ ...c })))),
  },
};

function parse(given: Partial<ChunkConfig> & { readonly from: string }): ChunkConfig {
  const { from, into = 'chunk', by = 'sentences', size = 200, overlap = 0, id, start, end, headings } = given;
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(overlap) || overlap < 0 || overlap >= size)
    throw new Error(
      `chunk was given size ${size} with overlap ${overlap}: sizes are whole numbers from 1 on, and an overlap is smaller than its chunk. Give a size, and an overlap below it.`,
    );
  return { from, into, by, size, overlap, id, start, end, headings };
}

/** The pieces of a text, a row each; the other columns are repeated, without being written again. */
export function chunk<
  R extends Row,
  O extends boolean,
  const F extends Name<R>,
  const I extends string = 'chunk',
  const D extends string = never,
  const S extends string = never,
  const E extends string = never,
  const H extends string = never,
>(
  rows: Table<R, O>,
  config: {
    readonly from: Ok<F, Holds<F, R, O, Texts>>;
    /** The column of the piece. Default: `chunk`. */
    readonly into?: Ok<I, New<I, R>>;
    /** `size` counts characters for `characters`, and tokens for all others. */
    readonly by?: ChunkSpec['by'];
    readonly size?: number;
    readonly overlap?: number;
    /** A column for an id that names the piece by its text, and survives an edit elsewhere in the document. */
    readonly id?: Ok<D, New<D, R>>;
    /** Columns for where it stands in the text, in code units. */
    readonly start?: Ok<S, New<S, R>>;
    readonly end?: Ok<E, New<E, R>>;
    /** A column for the titles above it, for `markdown`. */
    readonly headings?: Ok<H, New<H, R>>;
  },
  options?: EngineOptions,
): Table<R & Record<I | D, string> & Record<S | E, number> & Record<H, string[]>, O> {
  checkSettings(chunkEntry, config, options);
  return stage({ kind, inputs: { rows }, config, options });
}

export const chunkEntry: StageEntry = {
  name: 'chunk',
  describe: 'The pieces of a text, a row each.',
  own: { input: 'rows' },
  inputs: { rows: { is: 'table', describe: 'The rows.' } },
  config: {
    from: { is: 'column', required: true, describe: 'The column of the text.' },
    into: { is: 'new column', default: 'chunk', describe: 'The column of the piece.' },
    by: {
      is: 'text',
      oneOf: ['characters', 'tokens', 'sentences', 'markdown'],
      default: 'sentences',
      describe: 'What is never cut.',
    },
    size: { is: 'int', min: 1, default: 200, describe: 'Characters for characters, tokens for all others.' },
    overlap: { is: 'int', min: 0, default: 0, describe: 'How much a piece repeats of the one before.' },
    id: { is: 'new column', describe: 'A column for an id that survives an edit elsewhere.' },
    start: { is: 'new column', describe: 'A column for where the piece starts.' },
    end: { is: 'new column', describe: 'A column for where it ends.' },
    headings: { is: 'new column', describe: 'markdown: a column for the titles above it.' },
  },
  options: {},
  build: ({ inputs, config, options }) => stage({ kind, inputs: { rows: inputs.rows as never }, config, options }),
};
