import { expect, test } from '@jest/globals';
import { requestLines } from '../../src/render/request-lines.js';

const request = (rows: number[], sent: unknown) => ({ rows, sent });

test('each request stands below its row, and an image is not printed', () => {
  const image = `data:image/png;base64,${'A'.repeat(5000)}`;
  expect(requestLines({ stage: 'a', missing: 57, unknown: 0, requests: [request([3], { url: image })] })).toEqual([
    '',
    'a: 57 rows to ask',
    'row 3',
    '  {',
    `    "url": "data:image/png;base64,${'A'.repeat(20)}… (5,022 characters)"`,
    '  }',
  ]);
});

test('what is known already, and what is known later, is said', () => {
  const head = (missing: number, unknown: number, requests = [request([0, 1], 'x')]) =>
    requestLines({ stage: 'a', missing, unknown, requests })[1];
  expect(head(0, 0)).toBe('a: no answer is missing; it was asked');
  expect(head(2, 3)).toBe('a: 2 rows to ask; 3 rows known once the stages above have run');
  expect(head(0, 3, [])).toBe('a: 3 rows known once the stages above have run');
  expect(head(0, 0, [])).toBe('a: no row to ask');
  expect(requestLines({ stage: 'a', missing: 2, unknown: 0, requests: [request([0, 1], 'x')] })[2]).toBe(
    '2 rows from row 0',
  );
});
