import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Ask, children } from './child.js';
import { questions } from './questions.js';

let ask: Ask;
let reference: string[];
const on = (zone: string, locale: string) => ({ TZ: zone, LC_ALL: `${locale}.UTF-8` });

beforeAll(() => {
  ask = children(questions);
  reference = ask('plain', on('UTC', 'en_US')) as string[];
});

describe('dates and formats are those of a process in UTC and American English', () => {
  test.each([
    ['Europe/Berlin', 'tr_TR'],
    ['America/New_York', 'de_DE'],
    ['Pacific/Apia', 'ar_EG'],
  ])('on a host in %s that speaks %s', (zone, locale) => {
    const answers = ask('inside', on(zone, locale)) as string[];
    expect(answers.length).toBeGreaterThan(10_000);
    expect(answers.filter((each, at) => each !== reference[at])).toEqual([]);
  });

  test('and not those of the host', () => {
    const plain = ask('plain', on('Europe/Berlin', 'tr_TR')) as string[];
    expect(plain.filter((each, at) => each !== reference[at]).length).toBeGreaterThan(1000);
  });
});
