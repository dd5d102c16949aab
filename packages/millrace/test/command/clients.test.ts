import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { project, read, removeProjects, statuses, write } from './millrace.js';
import { beside, type Provider, provider } from './provider.js';

const PACKAGES = ['ai', '@ai-sdk/openai', 'openai', 'zod', 'cheerio'];

let server: Provider;
beforeAll(async () => {
  server = await provider();
});
afterAll(async () => {
  await server.close();
  removeProjects();
});

const pipelineFor = (baseURL: string): string => `import { createOpenAI } from '@ai-sdk/openai';
import { generateText } from 'ai';
import { load } from 'cheerio';
import { map, pipeline, source } from 'millrace';
import OpenAI from 'openai';
import { z } from 'zod';

const baseURL = '${baseURL}';
const client = new OpenAI({ baseURL, apiKey: 'k' });
const Said = z.object({ said: z.string().min(1) });

const pages = source.rows([{ html: '<p>one <b>two</b></p>' }, { html: '<b>three</b>' }]);
const texts = map(pages, { run: ({ html }) => ({ text: z.string().parse(load(html)('b').text()) }) });
const asked = map(texts, {
  nature: 'answered',
  open: () => createOpenAI({ baseURL, apiKey: 'k' }),
  run: async ({ text }, _given, openai) => {
    const answer = await generateText({ model: openai.chat('gpt-x'), prompt: text });
    return Said.parse({ said: answer.text });
  },
});
const again = map(asked, {
  nature: 'answered',
  run: async ({ said }) => {
    const { choices } = await client.chat.completions.create({
      model: 'gpt-x',
      messages: [{ role: 'user', content: \`again \${said}\` }],
    });
    return { again: choices[0]?.message.content ?? '' };
  },
});
export default pipeline({ texts, asked, again });
`;

const installed = (): string => {
  const folder = project({ 'pipeline.ts': pipelineFor(server.baseURL) });
  for (const name of PACKAGES) {
    const at = join(folder, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(resolve('packages/millrace/node_modules', name), at);
  }
  return folder;
};

const run = async (folder: string): Promise<string[]> => {
  const before = server.seen.length;
  const { code, out, err } = await beside(folder, 'run');
  expect([code, err]).toEqual([0, '']);
  return [...statuses(out).filter((line) => !line.endsWith(' rows')), `${server.seen.length - before} calls`];
};

test('clients of models, schemas and parsers work inside of functions, and each call is made once', async () => {
  const folder = installed();
  expect(await run(folder)).toEqual(['ran texts', 'ran asked', 'ran again', '4 calls']);
  await beside(folder, 'export', 'again', '--to', 'again.jsonl');
  const rows = read(folder, 'again.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ text }) => text)).toEqual(['two', 'three']);
  for (const { said, again } of rows) expect([typeof said, typeof again]).toEqual(['string', 'string']);

  expect(await run(folder)).toEqual(['reused texts', 'reused asked', 'reused again', '0 calls']);
  const text = read(folder, 'pipeline.ts');
  write(folder, { 'pipeline.ts': `// Another line.\n${text}` });
  expect(await run(folder)).toEqual(['reused texts', 'reused asked', 'reused again', '0 calls']);
  write(folder, { 'pipeline.ts': text.replace("'user', content: `again", "'user', content: `once more") });
  expect(await run(folder)).toEqual(['reused texts', 'reused asked', 'ran again', '2 calls']);
});
