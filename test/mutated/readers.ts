import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { streamBytes } from '../../packages/arrow-store/src/formats/frame.js';
import { readArrowFile, readParquetFile, writeRows } from '../../packages/arrow-store/src/formats/index.js';
import { framesOf } from '../../packages/arrow-store/src/journal.js';
import { sign, unsign } from '../../packages/arrow-store/src/signed.js';
import { buildBatch } from '../../packages/core/src/columns/index.js';
import { parseYaml } from '../../packages/millrace/src/file/yaml.js';
import { BadRows } from '../../packages/stages/src/source/bad-rows.js';
import { MOST_LINE } from '../../packages/stages/src/source/bounds.js';
import { type FormatName, formatOf, readAs } from '../../packages/stages/src/source/formats.js';

/** A reader with a good file of its kind. */
export interface Reader {
  readonly good: (folder: string) => Promise<Uint8Array>;
  /** False where it gave fewer rows than the file has, or others, without a word. Throws where it refuses. */
  readonly read: (path: string) => Promise<boolean>;
}

const ROWS = 40;
const COLUMNS = { id: 'float64', text: 'text', list: { list: 'int32' }, flag: 'bool' } as const;
const rows = Array.from({ length: ROWS }, (_, id) => ({
  id,
  text: id % 5 === 0 ? null : `text ${id} é`,
  list: [id, 1],
  flag: id % 3 === 0,
}));
const jsonl = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const csv = rows.map(({ id, text }) => `${id},"${text ?? ''}, ""q"""\r\n`).join('');
const stages = rows.map(
  ({ id, text }) => `  s${id}: &a${id} { source: "d${id}.csv", into: [a, ${id}], text: '${text}' }\n`,
);

async function countOf(batches: AsyncIterable<{ readonly rows: number }>): Promise<number> {
  let count = 0;
  for await (const batch of batches) count += batch.rows;
  return count;
}

const parts = [rows.slice(0, 13), rows.slice(13)].map((part) => buildBatch(part, COLUMNS));

const stored = (format: 'arrow' | 'parquet') => async (folder: string) => {
  const path = `${folder}/good`;
  await writeRows(path, parts, COLUMNS, format);
  return readFileSync(path);
};

const foreign =
  (read: typeof readArrowFile): Reader['read'] =>
  async (path) =>
    (await countOf((await read(path)).batches())) === ROWS;

/** A line that is gone leaves no trace in a text: these are asked to end, and in order. */
const text =
  (name: FormatName): Reader['read'] =>
  async (path) => {
    const bad = new BadRows('file', false);
    const reading = { path, declared: undefined, bad, keep: 1 << 20, most: MOST_LINE };
    await countOf((await readAs(formatOf(name, {}), reading)).batches);
    return true;
  };

const frameOf = (content: string): Buffer => {
  const bytes = Buffer.from(content);
  const head = Buffer.alloc(12);
  head.write('MRJ1');
  head.writeUInt32LE(bytes.length, 4);
  head.writeUInt32LE(crc32(bytes), 8);
  return Buffer.concat([head, bytes]);
};
const answers = new Set(rows.map((row) => JSON.stringify(row)));
const record = sign({ fingerprint: 'ab'.repeat(16), parts: rows });

export const READERS: Readonly<Record<string, Reader>> = {
  arrow: { good: stored('arrow'), read: foreign(readArrowFile) },
  'arrow-stream': { good: async () => streamBytes(COLUMNS, parts), read: foreign(readArrowFile) },
  parquet: { good: stored('parquet'), read: foreign(readParquetFile) },
  jsonl: { good: async () => Buffer.from(jsonl), read: text('jsonl') },
  json: { good: async () => Buffer.from(JSON.stringify(rows)), read: text('json') },
  csv: { good: async () => Buffer.from(`id,text\r\n${csv}`), read: text('csv') },
  yaml: {
    good: async () => Buffer.from(`params: { n: 3 }\nstages:\n${stages.join('')}`),
    read: async (path) => parseYaml('file', readFileSync(path, 'utf8')).problems.length >= 0,
  },
  journal: {
    good: async () => Buffer.concat([...answers].map(frameOf)),
    read: async (path) =>
      framesOf(readFileSync(path)).frames.every((frame) => answers.has(Buffer.from(frame).toString('utf8'))),
  },
  record: {
    good: async () => Buffer.from(record),
    read: async (path) => {
      const said = unsign(readFileSync(path, 'utf8'));
      return said === undefined || sign(said.is) === record;
    },
  },
};
