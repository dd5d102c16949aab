import { mkdtempSync, readdirSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { Intents } from './intents.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-intents-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  remove(folder);
});

const collected = (intents: Intents): string => {
  const intent = intents.add([{ id: 'one', body: {} }]);
  return `${intents.put({ ...intent, collected: true }).id}.json`;
};

test('what was collected is old by the clock of its disk, not by that of a machine whose clock is ahead', () => {
  const intents = new Intents(folder);
  const [young, old] = [collected(intents), collected(intents)];
  const days = (count: number) => new Date(Date.now() + count * 86_400_000);
  utimesSync(join(folder, young), days(-29), days(-29));
  utimesSync(join(folder, old), days(-31), days(-31));
  const ahead = days(1000).getTime();
  jest.spyOn(Date, 'now').mockReturnValue(ahead);
  intents.forgetOld();
  expect(readdirSync(folder)).toEqual([young]);
});
