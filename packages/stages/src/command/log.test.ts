import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { secret } from '@millrace/core';
import { remove } from '../../../../jest/remove.js';
import { runOn } from '../testing/run.js';
import { Log } from './log.js';
import { command } from './stage.js';

const BODY = [
  'Q0FOQVJZYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh',
  'Q0FOQVJZYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi',
  'Q0FOQVJZ',
];
const PEM = ['-----BEGIN PRIVATE KEY-----', ...BODY, '-----END PRIVATE KEY-----', ''].join('\n');

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-log-'));
  secret.value(PEM, 'PEM');
});
afterAll(() => remove(root));

let folders = 0;
const fresh = (): string => {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
};

const shown = (text: string): string[] => BODY.filter((line) => text.includes(line.slice(0, 8)));

const bytesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'))
    .join('\n');

describe('a log without secrets', () => {
  test('also where the program writes a byte at a time', () => {
    const folder = fresh();
    const log = new Log(folder);
    const text = Buffer.from(`first é\n${PEM}then ${PEM.replaceAll('\n', '\\n')} last`);
    for (const byte of text) log.heard(Buffer.of(byte), 'stdout');
    log.close();
    const said = readFileSync(join(folder, 'stdout.log'), 'utf8');
    expect([shown(said), shown(log.tail)]).toEqual([[], []]);
    expect(said).toMatch(/^first é\n/);
    expect(said).toMatch(/ last\n$/);
  });

  test('in a line longer than memory is kept for, across every border', () => {
    const folder = fresh();
    const log = new Log(folder);
    const line = `${'x'.repeat(70_000)}${BODY[0]}`.repeat(40);
    for (let at = 0; at < line.length; at += 1000) log.heard(Buffer.from(line.slice(at, at + 1000)), 'stderr');
    log.close();
    const said = readFileSync(join(folder, 'stderr.log'), 'utf8');
    expect(shown(said)).toEqual([]);
    expect(said.replace(/[^x]/g, '')).toHaveLength(40 * 70_000);
    expect(said.split('[secret PEM]')).toHaveLength(41);
  });
});

describe('a program that prints a key of several lines', () => {
  const PRINTS: Readonly<Record<string, string>> = {
    whole: 'echo "using $PEM"',
    indented: `echo "$PEM" | sed 's/^/    | /'`,
    'on one line': `echo "$PEM" | tr '\\n' ' '`,
    'in base64 of more': 'printf "key: %s" "$PEM" | base64',
    'a line at a time, to both': 'echo "$PEM" | while read -r l; do echo "l: $l"; echo "$l" >&2; done',
    wrapped: `echo "$PEM" | grep -v -- '---' | tr -d '\\n' | fold -w 20`,
  };
  test.each(Object.entries(PRINTS))('%s: it stands nowhere, whether it ends well or not', async (_, line) => {
    const place = fresh();
    const store = openStore(place);
    const of = (code: string) => {
      const m = command(
        { argv: ['sh', '-c', { text: `${line}; mkdir -p m; echo w > m/w; exit ${code}` }], outputs: { m: 'folder' } },
        { secrets: { PEM: secret.value(PEM, 'PEM') } },
      );
      return { m, log: m.log };
    };
    await runOn(store, of('0'));
    const failed = await runOn(store, of('3')).catch((error: Error) => error);
    await store.close();
    expect(String(failed)).toMatch(/exit code 3.*\[secret PEM\]/s);
    const all = `${bytesIn(place)}${failed}${(failed as Error).stack}`;
    const base64 = Buffer.from(`key: ${PEM}`).toString('base64');
    expect([shown(all), all.includes(base64.slice(60, 90))]).toEqual([[], false]);
  });
});
