import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { engineOptions, type Graph, memoryStore, type RunEvent, runGraph, type Stage } from '@millrace/core';
import { registry } from '@millrace/stages';
import { transformSync } from 'esbuild';
import { remove } from '../../jest/remove.js';
import { loadFile } from '../../packages/millrace/src/file/load.js';
import { built, environment } from '../../packages/millrace/test/command/millrace.js';
import { type Block, blocksOf, pagesIn } from './blocks.js';
import { FILES, PYTHON } from './given.js';
import { fileOf, isProgram, moduleOf } from './module.js';

const here = process.cwd();
const root = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-blocks-')));
afterAll(() => remove(root));

const PAGES = ['README.md', ...pagesIn('docs'), ...pagesIn('docs/stages')];
const blocks = PAGES.flatMap(blocksOf);
const titled = (of: readonly Block[]) => of.map((block) => [`${block.page}:${block.line}`, block] as const);

const folderOf = ({ page }: Block): string => join(root, page.replace(/\W+/g, '-'));
const pathOf = (block: Block): string =>
  join(folderOf(block), block.file ?? `block-${block.line}.${block.language === 'ts' ? 'ts' : 'yaml'}`);

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

const LINKS = {
  millrace: 'packages/millrace',
  '@millrace/core': 'packages/core',
  '@millrace/stages': 'packages/stages',
  '@types/node': 'node_modules/@types/node',
  zod: 'packages/stages/node_modules/zod',
};

/** An AI SDK provider as the compiler and the pipeline see it: a model object that says who it is. */
const PROVIDER = {
  'index.d.ts': `export function createAnthropic(): (name: string) => import('@millrace/stages').AiSdkModel;`,
  'index.js': `const model = (modelId) => ({ specificationVersion: 'v2', provider: 'anthropic.messages', modelId, doGenerate: async () => { throw new Error('no network'); } });
export const createAnthropic = () => model;`,
  'package.json':
    '{ "name": "@ai-sdk/anthropic", "type": "module", "exports": { "types": "./index.d.ts", "default": "./index.js" } }',
};

beforeAll(() => {
  write(join(root, 'package.json'), '{ "name": "docs", "private": true, "type": "module" }');
  for (const [name, folder] of Object.entries(LINKS)) {
    mkdirSync(dirname(join(root, 'node_modules', name)), { recursive: true });
    symlinkSync(join(here, folder), join(root, 'node_modules', name));
  }
  for (const [name, text] of Object.entries(PROVIDER)) write(join(root, 'node_modules/@ai-sdk/anthropic', name), text);
  const config = {
    extends: join(here, 'tsconfig.base.json'),
    compilerOptions: {
      composite: false,
      declaration: false,
      declarationMap: false,
      noEmit: true,
      customConditions: ['@millrace/source'],
    },
    include: ['**/*.ts'],
  };
  write(join(root, 'tsconfig.json'), JSON.stringify(config));
  write(join(root, 'bin/python'), PYTHON);
  chmodSync(join(root, 'bin/python'), 0o755);
  process.env['PATH'] = `${join(root, 'bin')}:${process.env['PATH']}`;
  for (const block of blocks) {
    for (const [name, text] of Object.entries(FILES)) write(join(folderOf(block), name), text);
    if (block.language === 'ts') write(pathOf(block), block.file === undefined ? moduleOf(block) : block.text);
    if (block.language === 'yaml') write(pathOf(block), fileOf(block));
  }
});

const of = (language: string, more: (block: Block) => boolean = () => true): Block[] =>
  blocks.filter((block) => block.language === language && block.marked?.how !== 'not run' && more(block));

test('every block of TypeScript is right by its types', () => {
  const tsc = join(here, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', root, '--pretty', 'false'], { encoding: 'utf8' });
  expect(stdout).toBe('');
});

/** Loads a block as a pipeline file, and runs all of it. */
async function tryBlock(block: Block): Promise<void> {
  const folder = folderOf(block);
  const store = memoryStore();
  const loaded = await loadFile(pathOf(block), { set: [], files: [] }, { root: folder, facts: () => store });
  if (block.marked) return expect(loaded.pipelines.size).toBeGreaterThan(0);
  const ports = { store, code: await loaded.code(), base: folder };
  for (const graph of loaded.pipelines.values()) {
    const events: RunEvent[] = [];
    await new Promise<void>((complete, error) =>
      runGraph(graph, {}, ports).subscribe({ next: (event) => events.push(event), complete, error }),
    );
    const failed = events.flatMap((event) =>
      event.is === 'stage-failed' ? [`${event.stage}: ${event.error.message}`] : [],
    );
    const end = events.find((event) => event.is === 'run-finished');
    expect([failed, end?.outcome.ended]).toEqual([[], 'done']);
  }
}

describe('TypeScript does what it says', () => {
  test.each(titled(of('ts', ({ text, file }) => !isProgram(text) && file === undefined)))('%s', (_, block) =>
    tryBlock(block),
  );
});

describe('YAML does what it says', () => {
  test.each(titled(of('yaml')))('%s', (_, block) => tryBlock(block));
});

describe('programs end well', () => {
  test.each(titled(of('ts', ({ text }) => isProgram(text))))('%s', (_, block) => {
    built();
    const program = join(folderOf(block), `program-${block.line}.mjs`);
    write(program, transformSync(moduleOf(block), { loader: 'ts', format: 'esm' }).code);
    const { status, stderr } = spawnSync(process.execPath, [program], {
      cwd: folderOf(block),
      encoding: 'utf8',
      env: environment(),
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

/** All stages that lead to one. */
const above = (stage: Stage): Stage[] => stage.inputs.flatMap(({ ref }) => [ref.stage, ...above(ref.stage)]);

describe('the first page', () => {
  const [first] = of('ts', ({ page }) => page === 'README.md') as [Block];
  const text = (language: string): string =>
    blocks.find((b) => b.page === 'README.md' && b.language === language)?.text ?? '';

  test('shows a run that the quickstart proves', () => {
    const proven = readFileSync(join(here, 'examples/quickstart/expected/demo.txt'), 'utf8').split('\n');
    const lines = text('').split('\n').filter(Boolean);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !proven.includes(line))).toEqual([]);
  });

  test('draws the graph of its pipeline', async () => {
    const loaded = await loadFile(pathOf(first), { set: [], files: [] }, { root: folderOf(first), facts: memoryStore });
    const graph = loaded.pipelines.get('default') as Graph;
    const edges = text('mermaid')
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const names = line.trim().split(' --> ');
        return names.slice(1).map((name, i) => [names[i] as string, name] as const);
      });
    expect(edges.length).toBe(5);
    for (const [from, to] of edges)
      expect(above(graph.outputs.get(to)?.stage as Stage)).toContain(graph.outputs.get(from)?.stage);
  });
});

test('what is not run is listed, with its reason', () => {
  const marked = blocks.flatMap(({ page, language, marked }) =>
    marked ? [`${page} ${language}, ${marked.how}: ${marked.why}`] : [],
  );
  expect(marked.sort()).toEqual([
    'README.md sh, not run: these are the demo and all tests',
    'README.md ts, built, not run: it needs a key',
    ...Array.from({ length: 3 }, () => 'docs/campaigns.md sh, not run: it takes hours'),
    'docs/models.md sh, not run: it downloads',
    'docs/secrets.md sh, not run: it needs a key',
    'docs/secrets.md ts, built, not run: it needs a key',
    'docs/secrets.md yaml, built, not run: it downloads',
    'docs/stages/batch.md ts, built, not run: it needs a key',
    'docs/stages/batch.md yaml, built, not run: it needs a key',
    'docs/stages/download.md ts, built, not run: it downloads',
    'docs/stages/download.md yaml, built, not run: it downloads',
  ]);
  const other = blocks.filter(({ language, marked }) => !marked && !['ts', 'yaml'].includes(language));
  expect(other.map(({ page, language }) => `${page} ${language}`)).toEqual([
    'README.md ',
    'README.md mermaid',
    'docs/design.md ',
  ]);
});

test('each stage has its page, with an example in both ways of writing it', () => {
  const pages = pagesIn('docs/stages').map(
    (page) => [page, new Set(blocksOf(page).map(({ language }) => language))] as const,
  );
  expect(pages.filter(([, has]) => !has.has('ts') || !has.has('yaml')).map(([page]) => page)).toEqual([]);
  const told = new Set(pages.map(([page]) => page.slice('docs/stages/'.length, -'.md'.length)));
  const ON_ANOTHER: Readonly<Record<string, string>> = { rows: 'source', dataset: 'download' };
  expect(registry.map(({ name }) => ON_ANOTHER[name] ?? name).filter((name) => !told.has(name))).toEqual([]);
});

test('each setting of a stage is named on its page', () => {
  const ON_ANOTHER: Readonly<Record<string, string>> = { rows: 'source', dataset: 'download' };
  const absent = registry.flatMap(({ name, config, options }) => {
    const page = readFileSync(join(here, `docs/stages/${ON_ANOTHER[name] ?? name}.md`), 'utf8');
    const settings = [...Object.keys(config), ...Object.keys(options)];
    return settings
      .filter((setting) => !new RegExp(`\\b${setting}\\b`).test(page))
      .map((setting) => `${name}.${setting}`);
  });
  expect(absent).toEqual([]);
});

test('each option of every stage is on its page', () => {
  const page = readFileSync(join(here, 'docs/options.md'), 'utf8');
  expect(Object.keys(engineOptions).filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});

test('a link to a file or a heading of these pages leads there', () => {
  const headings = (page: string): string[] =>
    [...readFileSync(join(here, page), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/ /g, '-'),
    );
  const broken = PAGES.flatMap((page) =>
    [...readFileSync(join(here, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)/g)].flatMap(
      ([link, to, anchor]) => {
        const path = to ? join(dirname(page), to) : page;
        const there = existsSync(join(here, path)) && (anchor === undefined || headings(path).includes(anchor));
        return there ? [] : [`${page}: ${link}`];
      },
    ),
  );
  expect(broken).toEqual([]);
});

test('a word has one heading', () => {
  const text = readFileSync(join(here, 'docs/words.md'), 'utf8');
  const words = [...text.matchAll(/^## (.+)$/gm)].map(([, word]) => word as string);
  expect(words.length).toBeGreaterThan(20);
  expect(words).toEqual([...new Set(words)]);
});
