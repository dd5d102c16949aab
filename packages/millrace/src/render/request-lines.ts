import type { StageRequests } from '../command/requests.js';
import { count, many } from './words.js';

/** The first requests of a stage, one below the other. */
export function requestLines({ stage, requests, missing, unknown }: StageRequests): string[] {
  const known = missing
    ? `${many(missing, 'row')} to ask`
    : requests.length
      ? 'no answer is missing; it was asked'
      : '';
  const later = unknown ? `${many(unknown, 'row')} known once the stages above have run` : '';
  return ['', `${stage}: ${[known, later].filter(Boolean).join('; ') || 'no row to ask'}`, ...sentLines(requests)];
}

/** What is sent, each below its rows. */
export const sentLines = (requests: StageRequests['requests']): string[] =>
  requests.flatMap(({ rows, sent }) => [rowsText(rows), ...jsonLines(sent).map((line) => `  ${line}`)]);

function rowsText(rows: readonly number[]): string {
  const [first = 0] = rows;
  return rows.length === 1 ? `row ${count(first)}` : `${many(rows.length, 'row')} from row ${count(first)}`;
}

const jsonLines = (value: unknown): string[] => JSON.stringify(value, shortened, 2).split('\n');

/** An image is sent whole, and is nothing to read. */
const shortened = (_key: string, value: unknown): unknown =>
  typeof value === 'string'
    ? value.replace(
        /^(data:[^,]{0,100}base64,.{20}).{200,}$/s,
        (whole, start) => `${start}… (${count(whole.length)} characters)`,
      )
    : value;
