import { setting } from '@millrace/core';
import { texts } from '../functions/columns.js';
import { requireText } from '../functions/table.js';
import { rows } from '../registry/common.js';
import { defineStage, gives, type MoreColumns } from '../registry/define.js';
import { chunk as chunksOf } from './chunk.js';

/** The pieces of a text, a row each; the other columns are repeated, without being written again. */
export const chunk = defineStage({
  name: 'chunk',
  version: 1,
  nature: 'pure',
  describe: 'The pieces of a text, a row each.',
  inputs: { rows },
  config: {
    from: setting.column('The column of the text.', { holds: texts }),
    into: setting.newColumn<string>()('The column of the piece.', { default: 'chunk' }),
    by: setting.oneOf('What is never cut.', ['characters', 'tokens', 'sentences', 'markdown'], {
      default: 'sentences',
    }),
    size: setting.int('Characters for characters, tokens for all others.', { min: 1, default: 200 }),
    overlap: setting.int('How much a piece repeats of the one before.', { min: 0, default: 0 }),
    id: setting.newColumn<string>()('A column for an id that survives an edit elsewhere.', { optional: true }),
    start: setting.newColumn<number>()('A column for where the piece starts, in code units.', { optional: true }),
    end: setting.newColumn<number>()('A column for where it ends.', { optional: true }),
    headings: setting.newColumn<string[]>()('markdown: a column for the titles above it.', { optional: true }),
  },
  gives: gives<MoreColumns>(),
  parse: (config) => {
    if (config.overlap < config.size) return config;
    throw new Error(
      `overlap of chunk must be smaller than size, which is ${config.size}, not ${config.overlap}. Write a smaller overlap.`,
    );
  },
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
});
