import { cpSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { codeReader } from '../src/index.js';
import { mutantsOf } from './mutants.js';
import { projectOf, removeFolders, said, write } from './project.js';

afterAll(removeFolders);

const store = new URL('../../../node_modules/.pnpm/', import.meta.url).pathname;

/** Published sources, taken over as if the user had written them. */
interface Subject {
  readonly name: string;
  readonly package: string;
  readonly major: string;
  readonly folder: string;
  readonly file: string;
  readonly import: string;
}

const subject = (name: string, at: string, file: string, spelled = `{ ${name} as subject }`): Subject => {
  const [, pkg = '', major = '', folder = ''] = /^(@?[^@]+)@(\d+):(.*)$/.exec(at) ?? [];
  return { name, package: pkg, major, folder, file, import: spelled };
};

const SUBJECTS: readonly Subject[] = [
  subject('distance', 'fastest-levenshtein@1:esm', 'mod.js'),
  subject('closest', 'fastest-levenshtein@1:esm', 'mod.js'),
  subject('escape', 'html-escaper@2:esm', 'index.js'),
  subject('unescape', 'html-escaper@2:esm', 'index.js'),
  subject('balanced', 'balanced-match@4:dist/esm', 'index.js'),
  subject('expand', 'brace-expansion@5:dist/esm', 'index.js'),
  subject('parseClass', 'minimatch@10:dist/esm', 'brace-expressions.js'),
  subject('resolve', '@jridgewell/resolve-uri@3:dist', 'resolve-uri.mjs', 'subject'),
  subject('decode', '@jridgewell/sourcemap-codec@1:dist', 'sourcemap-codec.mjs'),
  subject('JSONParse', 'json-with-bigint@3:.', 'json-with-bigint.js'),
];

const ROUNDS = 30;

const folderOf = ({ package: name, major, folder }: Subject) => {
  const entry = readdirSync(store).find((each) => each.startsWith(`${name.replace('/', '+')}@${major}.`));
  return realpathSync(join(store, entry!, 'node_modules', name, folder));
};

const projectFor = (each: Subject) => {
  const project = projectOf({
    'pipeline.js': `import { map, pipeline } from 'millrace';\nimport ${each.import} from './lib/${each.file}';\nexport default pipeline({ it: map(1, { run: (row) => subject(row) }) });\n`,
    'alone.js': `import ${each.import} from './lib/${each.file}';\nexport { subject };\n`,
  });
  cpSync(folderOf(each), join(project, 'lib'), {
    recursive: true,
    filter: (name) => !/\.(map|ts|cjs)$/.test(name),
  });
  cpSync(folderOf(subject('balanced', 'balanced-match@4:.', '')), join(project, 'node_modules/balanced-match'), {
    recursive: true,
  });
  return project;
};

/** Another's opinion of what can be reached: what is left when all else is shaken off. */
const reachable = async (project: string) => {
  const { outputFiles } = await build({
    entryPoints: [join(project, 'alone.js')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
};

const wrapper = new Function('subject', 'return (row) => subject(row)')(() => undefined) as () => unknown;

const digest = async (project: string) => {
  const site = join(project, 'pipeline.js');
  return said(
    (await codeReader({ sites: [site], cache: join(project, '../cache') })).read(
      wrapper,
      { reads: ['locale', 'clock', 'random'] },
      site,
    ),
  );
};

const spread = <T>(all: readonly T[], count: number): T[] => {
  const step = Math.max(1, all.length / count);
  return Array.from({ length: Math.min(count, all.length) }, (_, at) => all[Math.floor(at * step)]!);
};

const campaign = async (each: Subject) => {
  const project = projectFor(each);
  const file = join('lib', each.file);
  const text = readFileSync(join(project, file), 'utf8');
  const [own, others] = [await digest(project), await reachable(project)];
  expect(own).not.toMatch(/^refused/);
  const seen = { reached: 0, aside: 0, escaped: [] as string[], alarmed: [] as string[] };
  for (const mutant of spread(mutantsOf(text), ROUNDS)) {
    write(project, { [file]: mutant.text });
    const [changed, matters] = [(await digest(project)) !== own, (await reachable(project)) !== others];
    matters ? seen.reached++ : seen.aside++;
    if (matters && !changed) seen.escaped.push(mutant.what);
    if (!matters && changed) seen.alarmed.push(mutant.what);
  }
  return seen;
};

const totals = { reached: 0, aside: 0 };

test.each(SUBJECTS.map((each) => [`${each.name} of ${each.package}`, each] as const))(
  'no mutant escapes: %s',
  async (_, each) => {
    const { reached, aside, escaped, alarmed } = await campaign(each);
    expect({ escaped, alarmed }).toEqual({ escaped: [], alarmed: [] });
    expect(reached).toBeGreaterThan(0);
    totals.reached += reached;
    totals.aside += aside;
  },
);

test('the count', () => {
  process.stdout.write(
    `mutants: ${totals.reached} of reachable code, each changed the fingerprint; ${totals.aside} of other code, none did\n`,
  );
  expect(totals.reached).toBeGreaterThan(150);
  expect(totals.aside).toBeGreaterThan(30);
});
