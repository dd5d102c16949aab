import { createRequire, isBuiltin } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Esbuild from 'esbuild';
import { conditionsOfProcess, readText } from './disk.js';
import { isFrameworkName, type Lead } from './module.js';
import { findPackage, isInstalled, packageOf } from './packages.js';

// Started on the first miss only.
export const esbuild = (): typeof Esbuild => createRequire(import.meta.url)('esbuild');

/** Where the copy of the framework that runs is found, so that a pipeline never gets a second one. */
export type Framework = (specifier: string) => string | undefined;

export interface Bundled {
  readonly code: string;
  readonly map: string;
  /** Text of every file that went in. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly leads: ReadonlyMap<string, ReadonlyMap<string, Lead>>;
  readonly order: readonly string[];
}

const TEXT = [
  '.txt',
  '.md',
  '.prompt',
  '.html',
  '.sql',
  '.tmpl',
  '.j2',
  '.jinja',
  '.hbs',
  '.mustache',
  '.yaml',
  '.yml',
  '.csv',
  '.graphql',
];
export const isCode = (file: string) => /\.[cm]?[jt]sx?$/.test(file);

/** What holds for the code that runs and for the code that is read. */
export const DIALECT = {
  platform: 'node',
  target: 'node20.19',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
  sourcemap: 'external',
  write: false,
} as const satisfies Esbuild.BuildOptions;

const NAMES = {
  url: '__millrace_url',
  folder: '__millrace_dirname',
  file: '__millrace_filename',
  load: '__millrace_import',
  find: '__millrace_resolve',
};

/** One pass over the user's files; installed packages stay outside. */
export const bundle = async (roots: readonly string[], outfile: string, framework: Framework): Promise<Bundled> => {
  const inputs = new Map<string, string>();
  const leads = new Map<string, Map<string, Lead>>();
  const folder = dirname(roots[0]!);
  const result = await esbuild().build({
    ...DIALECT,
    ...(roots.length === 1 ? { outfile } : { outdir: dirname(outfile) }),
    entryPoints: [...roots],
    absWorkingDir: folder,
    bundle: true,
    format: 'esm',
    treeShaking: false,
    ignoreAnnotations: true,
    metafile: true,
    conditions: conditionsOfProcess(),
    loader: Object.fromEntries(TEXT.map((extension) => [extension, 'text'])),
    define: {
      'import.meta.url': NAMES.url,
      'import.meta.dirname': NAMES.folder,
      'import.meta.filename': NAMES.file,
      'import.meta.resolve': NAMES.find,
      __dirname: NAMES.folder,
      __filename: NAMES.file,
    },
    banner: { js: REQUIRE(roots[0]!) },
    plugins: [edges(leads, framework), sources(inputs)],
  });
  const texts = result.outputFiles.map(({ text }) => text);
  const linked = link(result.metafile, folder, leads);
  return { map: texts[0] ?? '', code: texts[1] ?? '', inputs, leads, order: orderOf(linked, roots) };
};

const REQUIRE = (root: string) =>
  `import { createRequire as __millrace_require } from 'node:module'; const require = __millrace_require(${JSON.stringify(pathToFileURL(root).href)});`;

/** Decides for each bare import whether it is the user's code (bundled) or a package (left outside, by its full address). */
const edges = (leads: Map<string, Map<string, Lead>>, framework: Framework): Esbuild.Plugin => ({
  name: 'edges',
  setup(build) {
    build.onResolve({ filter: /^[^./#]/ }, async (args) => {
      if (args.kind === 'entry-point' || args.pluginData === SEEN || args.path.startsWith('/')) return undefined;
      const lead = leadOf(args);
      if (!lead) return undefined;
      note(leads, args.importer, args.path, lead);
      return { path: 'builtin' in lead ? args.path : await address(args, build, framework), external: true };
    });
  },
});

const SEEN = { seen: true };

const leadOf = ({ path, resolveDir }: Esbuild.OnResolveArgs): Lead | undefined => {
  if (isBuiltin(path)) return { builtin: path };
  const name = packageOf(path);
  if (isFrameworkName(name)) return { package: name, folder: resolveDir };
  const found = findPackage(name, resolveDir);
  return found && isInstalled(found) ? { package: name, folder: resolveDir } : undefined;
};

const address = async (
  args: Esbuild.OnResolveArgs,
  build: Esbuild.PluginBuild,
  framework: Framework,
): Promise<string> => {
  const ours = isFrameworkName(packageOf(args.path)) ? framework(args.path) : undefined;
  if (ours) return ours;
  const { importer, resolveDir, kind } = args;
  const { path, errors } = await build.resolve(args.path, { importer, resolveDir, kind, pluginData: SEEN });
  if (errors.length > 0 || !path) return args.path;
  return kind === 'require-call' || kind === 'require-resolve' ? path : pathToFileURL(path).href;
};

const note = (leads: Map<string, Map<string, Lead>>, importer: string, specifier: string, lead: Lead) => {
  const of = leads.get(importer) ?? new Map<string, Lead>();
  leads.set(importer, of.set(specifier, lead));
};

/** Reads every file itself, so that what is hashed is what is bundled, and gives each its own address. */
const sources = (inputs: Map<string, string>): Esbuild.Plugin => ({
  name: 'sources',
  setup(build) {
    build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
      const text = readText(path) ?? '';
      inputs.set(path, text);
      return isCode(path) ? { contents: prefixOf(path, text) + rewritten(text), loader: loaderOf(path) } : undefined;
    });
  },
});

const loaderOf = (file: string): Esbuild.Loader => {
  const extension = extname(file).slice(1).replace(/^[cm]/, '');
  return extension as 'ts' | 'tsx' | 'js' | 'jsx';
};

const NEEDS_ADDRESS = /import\.meta|__dirname|__filename/;
const COMPUTED_IMPORT = /(?<![\w$.])import(?=\s*\(\s*[^'"`\s)])/g;

const rewritten = (text: string) => text.replace(/^#!/, '//').replace(COMPUTED_IMPORT, NAMES.load);

/** Stands on the first line, so that lines stay what they are. */
export const prefixOf = (file: string, text: string): string => {
  const url = JSON.stringify(pathToFileURL(file).href);
  const address = NEEDS_ADDRESS.test(text)
    ? `const ${NAMES.url} = ${url}, ${NAMES.folder} = ${JSON.stringify(dirname(file))}, ${NAMES.file} = ${JSON.stringify(file)}, ` +
      `${NAMES.find} = (to) => /^[./]/.test(to) ? new URL(to, ${url}).href : /^[a-z]+:/.test(to) ? to : 'file://' + require('node:module').createRequire(${url}).resolve(to);`
    : '';
  const load =
    text.search(COMPUTED_IMPORT) < 0
      ? ''
      : `const ${NAMES.load} = (to) => import(/^[./]/.test(to) ? new URL(to, ${url}).href : to);`;
  return address + load;
};

interface Link {
  readonly file: string;
  readonly later: boolean;
}

const link = (
  { inputs }: Esbuild.Metafile,
  folder: string,
  leads: Map<string, Map<string, Lead>>,
): Map<string, Link[]> => {
  const links = new Map<string, Link[]>();
  for (const [name, { imports }] of Object.entries(inputs)) {
    const from = join(folder, name);
    const inside = imports.filter(({ external, path }) => !external && path in inputs);
    links.set(
      from,
      inside.map(({ path, kind }) => ({ file: join(folder, path), later: kind === 'dynamic-import' })),
    );
    for (const { path, original } of inside) note(leads, from, original ?? path, { file: join(folder, path) });
  }
  return links;
};

/** Depth first, as modules are evaluated; what is imported later comes last. */
const orderOf = (links: Map<string, Link[]>, roots: readonly string[]): string[] => {
  const order: string[] = [];
  const seen = new Set<string>();
  const later: string[] = [];
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const each of links.get(file) ?? []) each.later ? later.push(each.file) : visit(each.file);
    order.push(file);
  };
  roots.forEach(visit);
  for (let next = later.shift(); next; next = later.shift()) visit(next);
  return order;
};

/** The same files one by one, without types: what is parsed. */
export const plainOptions = (files: readonly string[]): Esbuild.BuildOptions & { write: false } => ({
  ...DIALECT,
  entryPoints: files.map((file, at) => ({ in: file, out: `${at}` })),
  absWorkingDir: dirname(files[0] ?? '/'),
  outdir: join(dirname(files[0] ?? '/'), '.millrace-nowhere'),
  bundle: false,
});

export interface Plain {
  readonly text: string;
  readonly map: string;
}

export const plainTexts = (files: readonly string[], outputs: readonly Esbuild.OutputFile[]): Map<string, Plain> => {
  const byName = new Map(outputs.map((output) => [output.path.slice(output.path.search(/[^\\/]+$/)), output]));
  return new Map(
    files.map((file, at) => [
      file,
      { text: byName.get(`${at}.js`)?.text ?? '', map: byName.get(`${at}.js.map`)?.text ?? '' },
    ]),
  );
};
