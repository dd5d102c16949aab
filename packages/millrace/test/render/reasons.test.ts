import { describe, expect, test } from '@jest/globals';
import type { Reason } from '@millrace/core';
import { reasonsText, reasonText } from '../../src/render/reasons.js';

const DIGEST = 'ab'.repeat(16);

describe('why, in words', () => {
  test.each<[Reason, string]>([
    [{ is: 'new' }, 'new'],
    [{ is: 'changed', path: 'config.temperature', before: 0.7, after: 0 }, 'temperature 0.7 → 0'],
    [{ is: 'changed', path: 'config.seed', after: 7 }, 'seed 7 is new'],
    [{ is: 'changed', path: 'config.seed', before: 7 }, 'seed 7 is gone'],
    [{ is: 'changed', path: 'version', before: 1, after: 2 }, "the stage's own version 1 → 2"],
    [{ is: 'changed', path: 'rows', before: null, after: 20 }, 'rows all → 20'],
    [{ is: 'changed', path: 'data.digest', before: DIGEST, after: `${DIGEST}0` }, 'its data changed'],
    [{ is: 'changed', path: 'data.digest', what: 'q.jsonl', before: DIGEST, after: `${DIGEST}0` }, 'q.jsonl changed'],
    [{ is: 'changed', path: 'data.uses.a.py', what: 'a.py', after: DIGEST }, 'a.py is new'],
    [{ is: 'changed', path: 'data.uses.a.py', what: 'a.py', before: DIGEST }, 'a.py is gone'],
    [
      { is: 'changed', path: 'data.weights', before: DIGEST, after: `${DIGEST}0` },
      "the files of the model's folder changed",
    ],
    [{ is: 'changed', path: 'data.runtime', before: 'a@1', after: 'a@2' }, 'runtime a@1 → a@2'],
    [{ is: 'code', fn: 'run', units: [] }, 'code: run changed'],
    [
      {
        is: 'code',
        fn: 'run',
        units: [
          { name: 'clean', place: 'text.ts', change: 'changed' },
          { name: 'b', place: '', change: 'added' },
        ],
      },
      'code: clean in text.ts changed and 1 more',
    ],
    [{ is: 'upstream', role: 'rows', stage: 'answers' }, 'answers changed'],
    [{ is: 'content', role: 'rows' }, 'rows has other content'],
    [{ is: 'forced' }, 'forced'],
    [{ is: 'failed rows', rows: 2 }, '2 rows failed before'],
    [{ is: 'lost', how: 'swept' }, 'its data was swept'],
    [{ is: 'lost', how: 'damaged' }, 'its data was damaged'],
    [{ is: 'lost', how: 'gone' }, 'its data is gone'],
    [{ is: 'not remembered' }, 'remember: false'],
  ])('%j', (reason, text) => {
    expect(reasonText(reason)).toBe(text);
  });

  test('of two long texts the part where they begin to differ', () => {
    const long = 'The same beginning of a long prompt that goes on and on, ';
    const text = reasonText({ is: 'changed', path: 'config.prompt', before: `${long}a`, after: `${long}b` });
    expect(text).toBe('prompt … on and on, a → … on and on, b');
  });

  test('the first two, each once; the others are counted', () => {
    const of = (stage: string): Reason => ({ is: 'upstream', role: 'rows', stage });
    expect(reasonsText([])).toBe('');
    expect(reasonsText([of('a'), of('a'), of('b')])).toBe('a changed, b changed');
    expect(reasonsText([of('a'), of('b'), of('c'), of('d')])).toBe('a changed, b changed and 2 other reasons');
  });
});
