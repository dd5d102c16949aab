/** Address of the server → files of a project. */
type FilesAt = (url: string) => Readonly<Record<string, string>>;

/** A command on a project, and what has to be so afterwards. */
export interface Scenario {
  readonly name: string;
  readonly files: FilesAt;
  /** Commands that make what is there before. */
  readonly before?: readonly (readonly string[])[];
  /** Edits between them and the command. */
  readonly edit?: FilesAt;
  /** What the disk fails under. */
  readonly act: readonly string[];
  /** Its exit code on a good disk; 0 if nothing is said. */
  readonly exit?: number;
  /** Commands afterwards on a good disk; the command itself if nothing is said. */
  readonly settle?: readonly (readonly string[])[];
  readonly outputs: readonly string[];
  /** How many prompts or texts may be in flight; 2 if nothing is said. One request may hold several texts. */
  readonly inFlight?: number;
  /** Paths in the project that the command may write, apart from the store; `*` is a number of a process. */
  readonly writes?: readonly string[];
  /** The server answers so many calls of the commands before, and the next one never: they are killed there. */
  readonly killedAfter?: number;
}

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const sums = (from: number, to: number): string =>
  lines(Array.from({ length: to - from }, (_, i) => ({ a: from + i, b: 3 * (from + i) })));

const TEXT = `export const sized = ({ value }) => ({ size: value > 12 ? 'large' : 'small' });\n`;

const yaml = (url: string, more = ''): string => `stages:
  sums: { source: data/sums.jsonl }
  answers:
    generate: sums
    model: { name: clerk, baseURL: "${url}" }
    prompt: "{{a}} + {{b}}"
    into: answer
    options: { concurrency: 2, retries: 0 }
  values: { extract: answers, from: answer, with: number, into: value }
  sized: { map: values, with: ./text.ts#sized }
  sorted: { sort: sized, by: [size, value] }
${more}`;

const project: FilesAt = (url) => ({
  'pipeline.yaml': yaml(url),
  'data/sums.jsonl': sums(0, 6),
  'text.ts': TEXT,
  'notes.txt': 'my own\n',
  'tmp/mine.txt': 'my own, too\n',
});

const stage =
  (name: string, text: string, files: Readonly<Record<string, string>> = {}): FilesAt =>
  (url) => ({
    'pipeline.yaml': `stages:\n  ${name}:\n${text.replaceAll('SERVER', url)}`,
    ...files,
  });

const OUTPUTS = ['answers', 'sized', 'sorted'];
const more: FilesAt = () => ({ 'data/sums.jsonl': sums(1, 8) });

const REPORT = `import { mkdirSync, writeFileSync } from 'node:fs';
const [out] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
for (const n of [1, 2, 3]) writeFileSync(out + '/' + n + '.txt', 'page ' + n + '\\n');
`;

export const SCENARIOS: readonly Scenario[] = [
  { name: 'a first run', files: project, act: ['run'], outputs: OUTPUTS },
  { name: 'a run after an edit', files: project, before: [['run']], edit: more, act: ['run'], outputs: OUTPUTS },
  {
    name: 'a run that goes on with a journal',
    files: project,
    before: [['run']],
    killedAfter: 3,
    act: ['run'],
    outputs: OUTPUTS,
  },
  {
    name: 'a redraw',
    files: project,
    before: [['run']],
    act: ['run', '--force', 'answers'],
    settle: [['run']],
    outputs: OUTPUTS,
  },
  {
    name: 'gc',
    files: project,
    before: [['run'], ['run', '--set', 'sized.with=./text.ts#sized', '--rows', '3']],
    edit: more,
    act: ['gc', '--grace', '0s', '--max-size', '1kB'],
    settle: [['run']],
    outputs: OUTPUTS,
  },
  {
    name: 'clear',
    files: project,
    before: [['run']],
    act: ['clear', 'values', '--below', '--all-versions'],
    settle: [['run', '--force', 'values', 'sized', 'sorted']],
    outputs: OUTPUTS,
  },
  {
    name: 'verify',
    files: project,
    before: [['run']],
    act: ['verify', '--deep'],
    settle: [['run']],
    outputs: OUTPUTS,
  },
  {
    name: 'export',
    files: project,
    before: [['run']],
    act: ['export', 'sorted', '--to', 'out.csv', '--overwrite'],
    settle: [['run'], ['export', 'sorted', '--to', 'out.csv', '--overwrite']],
    outputs: OUTPUTS,
    writes: ['out.csv', 'out.csv.*.part'],
  },
  {
    name: 'plan',
    files: project,
    before: [['run']],
    edit: more,
    act: ['plan'],
    exit: 4,
    settle: [['run']],
    outputs: OUTPUTS,
  },
  {
    name: 'import',
    files: (url) => ({
      ...project(url),
      'old.jsonl': lines([0, 1, 2, 3, 4, 5].map((a) => ({ a, b: 3 * a, answer: `${a}` }))),
    }),
    before: [['run', 'sums']],
    act: ['import', 'answers', 'old.jsonl'],
    // An input that the disk cannot read is lost: it is made again before its rows can be imported for.
    settle: [['run', 'sums'], ['import', 'answers', 'old.jsonl'], ['run']],
    outputs: OUTPUTS,
  },
  {
    name: 'accept',
    files: project,
    before: [['run']],
    edit: () => ({ 'text.ts': TEXT.replace('value > 12', '12 < value') }),
    act: ['accept', 'sized'],
    settle: [['run']],
    outputs: OUTPUTS,
  },
  {
    name: 'a folder with a place',
    files: stage(
      'report',
      '    command: [node, report.mjs, { output: report }]\n    version: "1"\n    outputs: { report: { folder: true } }\n    options: { at: ./report }\n',
      { 'report.mjs': REPORT },
    ),
    act: ['run'],
    outputs: ['report/1.txt', 'report/2.txt', 'report/3.txt'],
    writes: ['report', '.report.millrace'],
  },
  {
    name: 'a batch',
    files: stage(
      'totals',
      '    generate: sums\n    model: { name: clerk, baseURL: "SERVER" }\n    prompt: "{{a}} + {{b}}"\n    into: total\n    options: { via: batch, batch: { pollMs: 5, graceMs: 30 } }\n  sums: { source: data/sums.jsonl }\n',
      { 'data/sums.jsonl': sums(0, 4) },
    ),
    act: ['run'],
    outputs: ['totals'],
  },
  {
    name: 'embeddings',
    files: stage(
      'vectors',
      '    embed: sums\n    from: text\n    model: { name: vectorist, baseURL: "SERVER" }\n    into: vector\n    options: { concurrency: 1, retries: 0 }\n  sums: { source: data/texts.jsonl }\n',
      { 'data/texts.jsonl': lines(['one', 'two', 'three'].map((text) => ({ text }))) },
    ),
    act: ['run'],
    outputs: ['vectors'],
    inFlight: 3,
  },
  {
    name: 'a source behind a URL',
    files: stage('table', '    source: "SERVER/table.jsonl"\n    options: { keep: .kept }\n'),
    act: ['run'],
    outputs: ['table'],
    writes: ['.kept'],
  },
  {
    name: 'a download with a place',
    files: stage('lists', '    download: [{ url: "SERVER/table.jsonl" }]\n    options: { at: ./lists }\n'),
    act: ['run'],
    outputs: ['lists/table.jsonl'],
    writes: ['lists', '.lists.millrace'],
  },
];
