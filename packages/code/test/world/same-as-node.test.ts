import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { expect, test } from '@jest/globals';
import { called, loaded } from './loaded.js';
import { moduleQuestions } from './module-questions.js';
import { webQuestions } from './web-questions.js';

const MODULES = [
  'path',
  'path/posix',
  'querystring',
  'punycode',
  'url',
  'util',
  'events',
  'buffer',
  'string_decoder',
  'assert',
  'crypto',
  'zlib',
];

/** Not the realm of the tests: that of Node itself. */
const inNode = (ask: (...given: never[]) => Promise<string[]>): Promise<string[]> =>
  new Script(`(${ask})`).runInThisContext()(createRequire(import.meta.url));

const inWorld = async (ask: (...given: never[]) => Promise<string[]>): Promise<string[]> => {
  const require = `(name) => all[${JSON.stringify(MODULES)}.indexOf(name.replace('node:', ''))].default`;
  const text = `(...all) => ({ run: async () => JSON.stringify(await (${ask})(${require})) })`;
  const answer = await called(await loaded(text, { imports: MODULES }), 'run');
  if (answer instanceof Error) throw answer;
  return JSON.parse(`${answer}`);
};

test('what the language lacks answers as in Node', async () => {
  const [here, there] = await Promise.all([inNode(webQuestions), inWorld(webQuestions)]);
  expect(here.length).toBeGreaterThan(250);
  expect(there).toEqual(here);
});

test('pure modules answer as in Node', async () => {
  const [here, there] = await Promise.all([inNode(moduleQuestions), inWorld(moduleQuestions)]);
  expect(here.length).toBeGreaterThan(2500);
  expect(there).toEqual(here);
});
