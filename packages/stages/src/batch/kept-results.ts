import { digestText } from '@millrace/core';
import { isPrivate } from '@millrace/core/private';
import { sealOf } from '../process.js';
import { draft, read, there } from './disk.js';
import type { BatchResult } from './service.js';

const SEALED = 'batch result';

/** A line binds a result to its batch, so that a disk that changed it, or who else can write there, is noticed. */
function lineOf(batch: string, result: BatchResult): string {
  const text = JSON.stringify(result);
  return `${sealOf(SEALED, `${batch} ${text}`) ?? sumOf(batch, text)} ${text}`;
}

/** Where this user has no key: against accidents. */
const sumOf = (batch: string, text: string): string => `sum-${digestText(`${batch} ${text}`)}`;

/** Keeps results of a batch: all of them, then they count. Gives how many lines that were. */
export async function keepResults(path: string, batch: string, results: AsyncIterable<BatchResult>): Promise<number> {
  const lines = draft(path);
  let count = 0;
  try {
    for await (const result of results) {
      lines.add(lineOf(batch, result));
      count++;
    }
  } catch (error) {
    lines.drop();
    throw error;
  }
  lines.keep();
  return count;
}

/** Those of its lines that are as this user wrote them. */
export function* keptResults(path: string, batch: string): Generator<BatchResult> {
  if (!there(path)) return;
  const alone = isPrivate(path);
  for (const line of read(path).split('\n')) {
    const at = line.indexOf(' ');
    const [seal, text] = [line.slice(0, at), line.slice(at + 1)];
    const own = seal !== '' && seal === sealOf(SEALED, `${batch} ${text}`);
    if (own || (alone && seal === sumOf(batch, text))) yield JSON.parse(text) as BatchResult;
  }
}
