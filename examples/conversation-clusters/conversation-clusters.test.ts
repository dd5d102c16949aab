import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { type Hits, model, remember } from '@millrace/stages';
import { writeTinyModels } from '@millrace/stages/tiny-models';
import { runsAsExpected } from '../driver/expected.js';
import { Project } from '../driver/project.js';

const ROWS = 300;
let project: Project;

beforeAll(async () => {
  project = Project.of('conversation-clusters');
  await writeTinyModels(project.path('models'));
});

afterAll(() => project.remove());

interface Shown {
  readonly is: { readonly rows: readonly Record<string, unknown>[] };
}

const rowsOf = async (stage: string, ...words: string[]): Promise<readonly Record<string, unknown>[]> =>
  (await project.json<Shown>('show', stage, '--rows', String(ROWS), ...words)).is.rows;

const bits = (vectors: readonly unknown[]): string[] =>
  vectors.map((vector) => Buffer.from(Float32Array.from(vector as number[]).buffer).toString('hex'));

const vectorsIn = async (...words: string[]): Promise<string[]> =>
  bits((await rowsOf('vectors', ...words)).map(({ vector }) => vector));

const tinyEmbed = () => model('local/tiny-embed', {}, { folder: project.path('models/tiny-embed') });

/** Every file of a folder, however deep. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

test('conversations → summaries → vectors → clusters → a labelled report', async () => {
  const { code, did } = await project.run();
  expect(code).toBe(0);
  expect(did['vectors']).toBe(`ran ${ROWS} of ${ROWS}`);
  const report = await rowsOf('report');
  const labels = report.map(({ label }) => String(label));
  for (const word of ['parcel', 'password', 'app', 'card', 'plan'])
    expect(labels.filter((label) => label.includes(word))).toHaveLength(1);
  const clustered = await rowsOf('clusters', '--columns', 'topic,cluster');
  expect(new Set(clustered.map(({ topic, cluster }) => `${topic} ${cluster}`)).size).toBe(5);
});

test('again: everything is reused', async () => {
  const { did } = await project.run();
  expect(new Set(Object.values(did))).toEqual(new Set(['reused']));
});

test('two conversations of 300 edited: two are summarised, two embedded, the hit rate is in the events', async () => {
  project.edit('data/conversations.jsonl', 'Where is my delivery?', 'Where is my long awaited delivery?');
  project.edit('data/conversations.jsonl', 'You charged my card twice.', 'You charged my poor card twice.');
  const { did, stages } = await project.run();
  expect(did['summaries']).toBe(`ran 2 of ${ROWS}`);
  expect(did['vectors']).toBe(`ran 2 of ${ROWS}`);
  expect(stages['vectors']).toMatchObject({ rows: ROWS, ranRows: 2, saved: { rows: ROWS - 2 } });
});

test("the caller's own code: 8 of 10 texts are known from the pipeline, 2 are embedded, in the caller's order", async () => {
  const known = (await rowsOf('summaries')).slice(0, 8).map(({ summary }) => String(summary));
  const texts = [...known.slice(0, 3), 'Customer: Is the shop open on Sunday?', ...known.slice(3), 'Customer: Bye.'];
  const store = openStore(project.path('.millrace'));
  const seen: Hits[] = [];
  const embedding = remember(tinyEmbed(), { store, onHits: (hits) => seen.push(hits) });
  const off = remember(tinyEmbed(), { store: 'off' });
  const vectors = await embedding.embed(texts);
  expect(seen).toEqual([{ known: 8, asked: 2, rate: 0.8 }]);
  expect(bits(vectors)).toEqual(bits(await off.embed(texts)));
  expect(bits(await embedding.embed([...texts].reverse()))).toEqual(bits(vectors).reverse());
  expect(seen[1]).toEqual({ known: 10, asked: 0, rate: 1 });
  await Promise.all([embedding.close(), off.close(), store.close()]);
});

test('extra parameters are part of the key', async () => {
  const store = openStore(project.path('.millrace'));
  const seen: Hits[] = [];
  const embedding = remember(tinyEmbed(), { store, prefix: 'query: ', onHits: (hits) => seen.push(hits) });
  const [known] = await rowsOf('summaries');
  await embedding.embed([String(known?.['summary'])]);
  expect(seen).toEqual([{ known: 0, asked: 1, rate: 0 }]);
  await Promise.all([embedding.close(), store.close()]);
});

test('a model without a name is refused at once, with the reason', () => {
  expect(() => remember('', { store: 'off' })).toThrow(/needs a name/);
});

test('an unreadable entry is embedded afresh, and a store that cannot be written does not stop the work', async () => {
  const folder = project.path('damaged');
  const texts = ['one text', 'another text'];
  const first = openStore(folder);
  const before = remember(tinyEmbed(), { store: first });
  const fresh = bits(await before.embed(texts));
  await Promise.all([before.close(), first.close()]);
  for (const file of filesIn(folder).filter((path) => /objects|journals/.test(path) && statSync(path).size > 200)) {
    const bytes = readFileSync(file);
    const at = bytes.length >> 1;
    bytes[at] = (bytes[at] as number) ^ 1;
    chmodSync(file, 0o644);
    writeFileSync(file, bytes);
  }
  const store = openStore(folder);
  const hits: Hits[] = [];
  const failures: Error[] = [];
  const after = remember(tinyEmbed(), { store, onHits: (h) => hits.push(h), onStoreFailure: (e) => failures.push(e) });
  expect(bits(await after.embed(texts))).toEqual(fresh);
  expect(hits.every(({ known }) => known < 2)).toBe(true);
  await Promise.all([after.close(), store.close().catch(() => undefined)]);

  const broken = { ...openStore(project.path('full')), commit: fail, journal: fail, putRows: fail };
  const going = remember(tinyEmbed(), { store: broken, onStoreFailure: (e) => failures.push(e) });
  expect(bits(await going.embed(texts))).toEqual(fresh);
  expect(failures.map(({ message }) => message)).toContain('no space left on device');
  await going.close();
});

const fail = (): never => {
  throw new Error('no space left on device');
};

/** How the file of the vectors begins. */
async function formOf(folder: string): Promise<string> {
  const store = openStore(folder);
  const tables = [...store.entries()].flatMap(({ parts }) =>
    Object.values(parts).filter((part) => part.is === 'table'),
  );
  const segments = tables.flatMap(({ groups }) => groups.flatMap((group) => group.segments));
  const vectors = segments.find(({ columns }) => 'vector' in columns);
  const bytes = await store.getBytes(vectors?.data as string);
  await store.close();
  return Buffer.from(bytes.subarray(0, 4)).toString();
}

test.each(['parquet', 'jsonl'])(
  'vectors stored as %s are equal to the bit to those stored as Arrow',
  async (format) => {
    const expected = await vectorsIn();
    project.edit('pipeline.ts', "format: 'arrow'", `format: '${format}'`);
    const { did } = await project.run('--store', format);
    expect(did['vectors']).toBe(`ran ${ROWS} of ${ROWS}`);
    expect(await vectorsIn('--store', format)).toEqual(expected);
    expect(await formOf(project.path(format))).toBe({ parquet: 'PAR1', jsonl: '{"ve' }[format]);
    expect((await project.run()).did['vectors']).toBe('reused');
    project.edit('pipeline.ts', `format: '${format}'`, "format: 'arrow'");
  },
);

test('without a cache everything runs, and nothing is left', async () => {
  const { did, code } = await project.run('--no-cache', '--store', 'nowhere');
  expect(code).toBe(0);
  expect(did['vectors']).toBe(`ran ${ROWS} of ${ROWS}`);
  expect(existsSync(project.path('nowhere'))).toBe(false);
});

const { MILLRACE_MILLION } = process.env;
const MANY = MILLRACE_MILLION ? 1_000_000 : 50_000;
const WIDTH = 64;

describe(`${MANY} vectors`, () => {
  const pipeline = `
import { embed, model, pipeline, source } from 'millrace';
const texts = source.generator({
  columns: { text: 'text' },
  with: { many: ${MANY} },
  *run({ many }: { many: number }) {
    for (let i = 0; i < many; i++) yield { text: 'conversation number ' + i };
  },
});
const vectors = embed(texts, { from: 'text', model: model('test/ngram', { dimensions: ${WIDTH} }), dimensions: ${WIDTH} });
export default pipeline({ texts, vectors });
`;

  test('stay in bounded memory, in few files, and near the size of the numbers themselves', async () => {
    await project.write('many/package.json', '{ "type": "module" }');
    await project.write('many/pipeline.ts', pipeline);
    const child = project.start('run', '--quiet', '--file', 'many/pipeline.ts');
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, residentOf(child.pid));
    }, 20);
    const code = await new Promise((resolve) => child.on('exit', resolve));
    clearInterval(watch);
    expect(code).toBe(0);
    const files = filesIn(project.path('many/.millrace/objects'));
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    expect(files.length).toBeLessThan(12 + MANY / 2000);
    expect(bytes).toBeLessThan(MANY * (WIDTH * 4 + 100) * 1.2);
    expect(peak).toBeLessThan(700e6 + MANY * WIDTH * 4);
  });
});

/** Bytes of a process that are in memory; 0 where the system does not say. */
function residentOf(pid: number | undefined): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return 0;
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] ?? 0);
}

test('a run, and again, as the page of expected output has them', () =>
  runsAsExpected('conversation-clusters', (into) => writeTinyModels(into.path('models'))));
