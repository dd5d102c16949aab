import { afterAll, describe, expect, test } from '@jest/globals';
import { type Files, millrace, project, read, removeProjects, write } from './millrace.js';

afterAll(removeProjects);

/** Clears the screen, sets the title, turns the direction of text, begins a sequence with one character, forges a line. */
const EVIL = '\x1b[2J\x1b]0;PWNED\x07\x9b2J\x7f\u202eevil\u2066\u2069\r\nran      forged\x1b[31m';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what a colour begins with.
const OWN_COLORS = /\x1b\[(1|2|22|31|32|33|36|39)m/g;

const data = (last: string): string =>
  ['one', 'two', last].map((text) => `${JSON.stringify({ [`text${EVIL}`]: text + EVIL, text })}\n`).join('');

const pipeline = `
import { evaluate, exactMatch, map, pipeline, source } from 'millrace';
const EVIL = ${JSON.stringify(EVIL)};
const rows = source.jsonl('data.jsonl');
const failing = map(rows, { reads: ['text'], with: { EVIL }, run: ({ text }, { EVIL }) => {
  if (text === 'two') throw new Error('no\\n' + EVIL + '\\nfurther ' + EVIL);
  return { out: text + EVIL };
} });
const broken = map(rows, { reads: ['text'], with: { EVIL }, run: ({ text }, { EVIL }) => {
  throw new Error('no\\n' + EVIL + '\\nfurther ' + EVIL);
} }, { onRowFailure: 'stop' });
const scores = evaluate(rows, { prediction: 'text', reference: 'text' + EVIL, metrics: { ['em' + EVIL]: exactMatch() } });
export default pipeline({ rows, failing, ['stage' + EVIL]: map(rows, { reads: ['text'], run: ({ text }) => ({ n: text.length }) }), scores: scores.summary });
export const broke = pipeline({ rows, broken });
`;

const evilNamed = `stages:\n  ${JSON.stringify(`rows${EVIL}`)}: { source: data.jsonl }\n`;

const files: Files = { 'pipeline.ts': pipeline, 'data.jsonl': data('three'), 'evil.yaml': evilNamed };

const COMMANDS: readonly (readonly string[])[] = [
  ['run', '--name', `exp${EVIL}`],
  ['run', '--pipeline', 'broke'],
  ['run', '--pipeline', `other${EVIL}`],
  ['run', '--file', 'evil.yaml'],
  ['run', '--set', `failing.x${EVIL}=1`],
  ['run', `stage${EVIL}`],
  ['plan'],
  ['plan', '--force', `stage${EVIL}`],
  ['why', 'failing'],
  ['why', `stage${EVIL}`],
  ['show', 'rows'],
  ['show', 'failing', '--failed'],
  ['show', `stage${EVIL}`],
  ['show', `nowhere${EVIL}`],
  ['show', 'rows', '--columns', `nothing${EVIL}`],
  ['ls'],
  ['ls', '--all'],
  ['runs'],
  ['diff', `exp${EVIL}`, 'last'],
  ['diff', `nothing${EVIL}`],
  ['graph'],
  ['graph', '--as', 'dot'],
  ['graph', '--as', 'svg', '--status'],
  ['check', '--min', `em${EVIL}=0.1`],
  ['verify', '--deep'],
  ['clear', `stage${EVIL}`, '--dry-run'],
  ['export', 'rows', '--as', `odd${EVIL}`],
  [`no such${EVIL}`],
];

describe('nothing that data holds moves the cursor, sets a title or begins a line of its own', () => {
  const folder = project(files);
  millrace(folder, ['run', '--name', `exp${EVIL}`]);
  write(folder, { 'data.jsonl': data('four') });

  test.each(COMMANDS.map((words) => [words.join(' ').replaceAll(EVIL, '…'), words] as const))('%s', (_, words) => {
    for (const env of [{}, { FORCE_COLOR: '1' }] as Files[]) {
      const { out, err } = millrace(folder, words, env);
      const said = (out + err).replace(OWN_COLORS, 'FORCE_COLOR' in env ? '' : '$&');
      expect(said.trim()).not.toBe('');
      expect(CONTROL.exec(said)?.input.slice(0, 400)).toBeUndefined();
      expect(/^ran {6}forged/m.test(said)).toBe(false);
    }
  });

  test('colours of our own are still there', () => {
    expect(millrace(folder, ['plan'], { FORCE_COLOR: '1' }).out).toMatch(OWN_COLORS);
  });

  test('--json has the same data, and its lines are as harmless', () => {
    const { out } = millrace(folder, ['show', 'rows', '--json']);
    expect(CONTROL.test(out)).toBe(false);
    expect(JSON.parse(out).is.rows[0][`text${EVIL}`]).toBe(`one${EVIL}`);
    for (const words of [
      ['run', '--json'],
      ['plan', '--json'],
      ['runs', '--json'],
      ['ls', '--json'],
    ])
      expect(CONTROL.test(millrace(folder, words).out)).toBe(false);
  });

  test('a report has none, and an export to a file keeps each character', () => {
    millrace(folder, ['export', 'rows', '--as', 'report', '--to', 'page.html', '--overwrite']);
    expect(CONTROL.test(read(folder, 'page.html'))).toBe(false);
    millrace(folder, ['export', 'rows', '--to', 'rows.jsonl', '--overwrite']);
    expect(JSON.parse(read(folder, 'rows.jsonl').split('\n')[0] as string)[`text${EVIL}`]).toBe(`one${EVIL}`);
  });
});
