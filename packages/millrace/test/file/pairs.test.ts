import { afterAll, describe, expect, test } from '@jest/globals';
import { type AnyHandle, graphOf, type Handle } from '@millrace/core';
import { registry } from '@millrace/stages';
import * as millrace from '../../src/index.js';
import { defaultGraph, fingerprints, load, removeFolders } from './kit.js';
import { PAIRS } from './pairs.js';

afterAll(removeFolders);

const DATA = '{"id":1,"text":"a 3","gold":"3"}\n';

/** A stage whose function is all there is to it cannot be written without one. */
const needsFunction = (name: string): boolean => {
  const entry = registry.find((each) => each.name === name);
  return Object.values(entry?.config ?? {}).some((field) => field.required && field.is === 'function');
};

describe('the same fingerprints from YAML and from code', () => {
  test.each(Object.entries(PAIRS))('%s', async (_, { yaml, code }) => {
    const loaded = await load({ 'pipeline.yaml': yaml, 'data.jsonl': DATA });
    const inCode = graphOf({ it: code(millrace) as AnyHandle });
    const inFile = await fingerprints(defaultGraph(loaded), loaded);
    expect(inFile['it']).toBe((await fingerprints(inCode, loaded))['it']);
    expect(inFile['it']).toMatch(/^[0-9a-f]{32}$/);
  });

  test('every stage without a function has a pair', () => {
    const without = registry
      .map(({ name }) => name)
      .filter((name) => !needsFunction(name) && !Object.hasOwn(PAIRS, name));
    expect(without).toEqual([]);
  });

  test('a part that is a stage of its own', async () => {
    const loaded = await load({ 'pipeline.yaml': PAIRS['evaluate']?.yaml ?? '', 'data.jsonl': DATA });
    const it = PAIRS['evaluate']?.code(millrace) as Handle & { summary: AnyHandle };
    const inCode = await fingerprints(graphOf({ it: it as unknown as AnyHandle, 'it.summary': it.summary }), loaded);
    expect((await fingerprints(defaultGraph(loaded), loaded))['it.summary']).toBe(inCode['it.summary']);
  });

  test('a function of a module', async () => {
    const clean = 'export const clean = ({ text }: { text: string }) => ({ clean: text.trim() });\n';
    const files = { 'text.ts': clean, 'data.jsonl': DATA };
    const yaml = await load({
      'pipeline.yaml': 'stages: { rows: { source: data.jsonl }, it: { map: rows, with: ./text.ts#clean } }\n',
      ...files,
    });
    const longer = await load({
      'pipeline.yaml': 'stages: { rows: { source: data.jsonl }, it: { map: rows, run: ./text.ts#clean } }\n',
      ...files,
    });
    const edited = await load({
      'pipeline.yaml': 'stages: { rows: { source: data.jsonl }, it: { map: rows, run: ./text.ts#clean } }\n',
      ...files,
      'text.ts': clean.replace('trim', 'trimEnd'),
    });
    const printOf = async (loaded: typeof yaml) => (await fingerprints(defaultGraph(loaded), loaded))['it'];
    expect(await printOf(longer)).toBe(await printOf(yaml));
    expect(await printOf(edited)).not.toBe(await printOf(yaml));
  });
});
