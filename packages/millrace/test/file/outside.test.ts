import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { memoryStore, type RunEvent, runGraph } from '@millrace/core';
import { lastValueFrom, tap, toArray } from 'rxjs';
import { startBatchServer } from '../../../stages/src/models/testing/batch-server.js';
import { defaultGraph, type Files, load, removeFolders } from './kit.js';

afterAll(removeFolders);

const run = async (files: Files) => {
  const loaded = await load(files);
  const seen: RunEvent[] = [];
  const ports = { store: memoryStore(), code: await loaded.code(), base: loaded.base };
  await lastValueFrom(
    runGraph(defaultGraph(loaded), {}, ports).pipe(
      tap((event) => seen.push(event)),
      toArray(),
    ),
  );
  return { base: loaded.base, notices: seen.flatMap((event) => (event.is === 'notice' ? [event.text] : [])) };
};

const DATA = '{"q":"a"}\n{"q":"b"}\n{"q":"c"}\n';

test('a command in a file reads several stages, each by the name it gives it', async () => {
  const yaml = `
stages:
  rows: { source: data.jsonl }
  base: { command: [node, base.mjs, { output: model }], outputs: { model: folder } }
  it:
    command: [node, it.mjs, { input: questions }, { input: model }, { output: out }]
    inputs: { questions: rows, model: base.model }
    outputs: { out: folder }
    options: { at: ./out }
`;
  const { base } = await run({
    'pipeline.yaml': yaml,
    'data.jsonl': DATA,
    'base.mjs': "import fs from 'node:fs'; fs.writeFileSync(process.argv[2] + '/weights', 'w');",
    'it.mjs':
      "import fs from 'node:fs'; const [, , q, m, out] = process.argv; fs.writeFileSync(out + '/seen', fs.readFileSync(q, 'utf8') + fs.readFileSync(m + '/weights', 'utf8'));",
  });
  expect(readFileSync(join(base, 'out/seen'), 'utf8')).toBe(`${DATA}w`);
});

test("via: batch in a file asks the provider's batch service, with its settings", async () => {
  const server = await startBatchServer();
  try {
    const yaml = `
stages:
  rows: { source: data.jsonl }
  it: { generate: rows, model: { name: mini, baseURL: '${server.baseURL}' }, temperature: 0, prompt: '{{q}}', into: answer, options: { via: batch, batch: { pollMs: 5, most: 2 } } }
`;
    const { notices } = await run({ 'pipeline.yaml': yaml, 'data.jsonl': DATA });
    expect(server.batches.map(({ ids }) => ids.length)).toEqual([2, 1]);
    expect(notices).toContainEqual(expect.stringMatching(/batch_1 was submitted with 2 requests/));
  } finally {
    await server.close();
  }
});
