import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { type Folder, type FolderInput, type Kind, memoryStore, type Store, stage, type Value } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { runOn } from '../testing/run.js';
import { command } from './stage.js';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'millrace-own-copy-'));
});
afterEach(() => remove(base));

type Act = (folder: string) => void;
let act: Act = () => undefined;
let seen: string[] = [];

/** Sees the files of a folder, then does something to them. */
const kind: Kind<{ readonly turn: number }, object> = {
  name: 'sees',
  version: 1,
  nature: 'pure',
  work: {
    is: 'whole',
    parts: () => ({ main: 'value' }),
    run: async ({ inputs }) => {
      const input = inputs.folder as FolderInput;
      const [folder, again] = [await input.path(), await input.path()];
      expect(again).toBe(folder);
      seen.push(folder);
      const said = readdirSync(folder).map((name) => `${name}: ${readFileSync(join(folder, name), 'utf8')}`);
      act(folder);
      return { main: { value: said } };
    },
  },
};

const sees = (folder: Folder, turn: number) =>
  stage<Value, { turn: number }, object>({ kind, inputs: { folder }, config: { turn } });

const text =
  "const fs = require('fs'); for (const name of ['a', 'b']) fs.writeFileSync('out/' + name, 'of the stage'); fs.writeFileSync('out/log', String(Math.random()))";
const made = () =>
  command({ argv: ['node', '-e', { text }], outputs: { out: { folder: true, notContent: ['log'] } } }).out;

const whole = ['a: of the stage', 'b: of the stage'];

const written: Act = (folder) => {
  chmodSync(join(folder, 'a'), 0o644);
  writeFileSync(join(folder, 'a'), 'of the program');
};
const acts: readonly (readonly [string, Act])[] = [
  ['wrote into a file', written],
  ['removed a file', (folder) => rmSync(join(folder, 'a'))],
  ['put a file there', (folder) => writeFileSync(join(folder, 'c'), '')],
  ['removed the folder', (folder) => rmSync(folder, { recursive: true })],
];
const stores: readonly (readonly [string, () => Store])[] = [
  ['memory', memoryStore],
  ['files', () => openStore(join(base, 'store'))],
];
const all = stores.flatMap(([kept, open]) => acts.map(([what, does]) => [kept, what, open, does] as const));

test.each(all)(
  '%s: a stage %s in its input, and the next one in the process is given what was made',
  async (_kept, _what, open, does) => {
    const store = open();
    act = does;
    seen = [];
    expect((await runOn(store, { first: sees(made(), 1) }, { base })).out.first.value).toEqual(whole);
    act = () => undefined;
    expect((await runOn(store, { second: sees(made(), 2) }, { base })).out.second.value).toEqual(whole);
    expect(new Set(seen).size).toBe(2);
    for (const folder of seen) expect(() => statSync(folder)).toThrow('ENOENT');
    await store.close();
  },
);
