import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { remove } from '../../../../jest/remove.js';
import { CAMPAIGN, figures } from '../../../../test/campaign.js';
import { environment, millrace } from '../command/millrace.js';
import { PACKAGES, type UsedPackage } from './used-packages.js';

const room = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-packages-')));
const folder = join(room, 'project');
afterAll(() => remove(room));

const ROWS = [
  { t: 'Hello World foo_bar', n: 1234.5, d: '2024-02-28T12:30:00Z' },
  { t: 'short', n: 2, d: '2023-12-31T23:59:59Z' },
];

/** Each package is called in a file of its own; `pipeline.js` has a stage for each. */
const FILES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    PACKAGES.map(({ imports, call }, at) => [
      `stages/${at}.js`,
      `${imports}\nexport const run = ({ t, n, d }) => ({ y: JSON.stringify(${call}) });\n`,
    ]),
  ),
  'pipeline.js': `import { map, pipeline, source } from 'millrace';
${PACKAGES.map((_, at) => `import { run as run${at} } from './stages/${at}.js';\n`).join('')}
const rows = source.rows(${JSON.stringify(ROWS)});
export default pipeline({
${PACKAGES.map((_, at) => `  s${at}: map(rows, { run: run${at} }),\n`).join('')}});
`,
  'stored.js': `import pipeline from './pipeline.js';
const last = await pipeline.last();
const stages = Object.keys(last).sort((a, b) => a.slice(1) - b.slice(1));
console.log(JSON.stringify(await Promise.all(stages.map(async (stage) => last[stage].column('y')))));
`,
  'plain.js': `const rows = ${JSON.stringify(ROWS)};
const all = await Promise.all(Array.from({ length: ${PACKAGES.length} }, (_, at) => import(\`./stages/\${at}.js\`)));
console.log(JSON.stringify(all.map(({ run }) => rows.map((row) => run(row).y))));
`,
};

/** Either form has a store of its own, so that none finds what the other has stored. */
const storeOf = (form: string) => ({ MILLRACE_STORE: join(room, form) });

const start = (folder: string, command: string, words: readonly string[], env = {}) =>
  spawnSync(command, words, { cwd: folder, env: environment(env), encoding: 'utf8', maxBuffer: 1 << 28 });

/** A project that has all of them from the registry; why not, where it cannot be asked. */
const install = (): string | undefined => {
  mkdirSync(join(folder, 'stages'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const wanted = PACKAGES.map(({ name, version }) => `${name}@${version}`);
  const { status, stderr } = start(folder, 'npm', [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    ...wanted,
  ]);
  if (status !== 0) return `the packages cannot be installed: ${stderr.trim().split('\n')[0]}`;
  symlinkSync(resolve('packages/millrace'), join(folder, 'node_modules/millrace'));
  return undefined;
};

/** Each package lies in the folder of another project, and `node_modules` leads there. */
const link = () => {
  mkdirSync(join(folder, 'other/node_modules'), { recursive: true });
  for (const { name } of PACKAGES) {
    renameSync(join(folder, 'node_modules', name), join(folder, 'other/node_modules', name));
    symlinkSync(join('../other/node_modules', name), join(folder, 'node_modules', name));
  }
};

const answersOf = (form: string, script: string): string[][] => {
  const { stdout, stderr } = start(folder, process.execPath, [script], storeOf(form));
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout);
};

/** What each stage did: `ran`, `reused`. */
const run = (form: string): Readonly<Record<string, string>> => {
  const { out, err } = millrace(folder, ['run', '--file', 'pipeline.js', '--json'], storeOf(form));
  const events = out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const finished = events.filter(({ event }) => event === 'stage-finished');
  if (finished.length === 0) throw new Error(out + err);
  return Object.fromEntries(finished.map(({ stage, status }) => [stage, status]));
};

/** Edits a file of a package in place, and gives back what takes the edit back. */
const edited = ({ name, edit: { file, from, to } }: UsedPackage) => {
  const path = join(folder, 'node_modules', name, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${name}: ${file} does not have this just once: ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  return () => writeFileSync(path, text);
};

const why = CAMPAIGN === 'short' ? 'only with MILLRACE_CAMPAIGN' : install();
if (why && CAMPAIGN !== 'short') process.stdout.write(`campaign: packages are not looked at: ${why}\n`);

/** Two halves: what is not edited is there to stay. */
const halves = [0, 1].map((half) => PACKAGES.map((_, at) => at).filter((at) => at % 2 === half));

interface Seen {
  readonly first: { readonly answers: string[][]; readonly plain: string[][] };
  readonly edits: readonly {
    readonly own: readonly number[];
    readonly did: Readonly<Record<string, string>>;
    readonly answers: string[][];
    readonly plain: string[][];
    readonly back: Readonly<Record<string, string>>;
    readonly restored: string[][];
  }[];
}

const look = (form: string): Seen => {
  run(form);
  const first = { answers: answersOf(form, 'stored.js'), plain: answersOf(form, 'plain.js') };
  const edits = halves.map((own) => {
    const undo = own.map((at) => edited(PACKAGES[at]!));
    const did = run(form);
    const [answers, plain] = [answersOf(form, 'stored.js'), answersOf(form, 'plain.js')];
    for (const each of undo) each();
    const back = run(form);
    return { own, did, answers, plain, back, restored: answersOf(form, 'stored.js') };
  });
  return { first, edits };
};

(why ? describe.skip : describe).each(['installed', 'linked'])('%s packages', (form) => {
  let seen: Seen;
  beforeAll(() => {
    if (form === 'linked') link();
    seen = look(form);
    const good = PACKAGES.filter((_, at) => seen.first.answers[at]?.join() === seen.first.plain[at]?.join());
    figures(`${good.length} of ${PACKAGES.length} ${form} packages answer as in Node`);
  });

  test.each(PACKAGES.map(({ name }, at) => [name, at] as const))(
    '%s answers as in Node, again when it is edited in place, and is reused when that is taken back',
    (_, at) => {
      const { first, edits } = seen;
      const { did, answers, plain, back, restored } = edits.find(({ own }) => own.includes(at))!;
      expect(first.answers[at]).toEqual(first.plain[at]);
      expect(plain[at]).not.toEqual(first.plain[at]);
      expect([did[`s${at}`], answers[at]]).toEqual(['ran', plain[at]]);
      expect([back[`s${at}`], restored[at]]).toEqual(['reused', first.plain[at]]);
    },
  );
});
