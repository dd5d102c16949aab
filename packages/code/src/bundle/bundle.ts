import { createRequire } from 'node:module';
import { basename, dirname, extname, resolve } from 'node:path';
import type * as Esbuild from 'esbuild';
import { readText } from '../disk.js';
import { conditionsOfProcess, withEnvironment } from '../process.js';
import { addressed, asksAddress, NAMES, REQUIRE } from '../syntax/address.js';
import type { SourceMap } from '../syntax/origin.js';
import { prepareParser } from '../syntax/syntax.js';
import { edges, type Framework, type Lead } from './edges.js';
import { outOfOrder } from './order.js';

// Started on the first miss only.
export const esbuild = (): typeof Esbuild => createRequire(import.meta.url)('esbuild');

export interface Bundled {
  /** Names and texts of the files to import, and of their source maps. */
  readonly outputs: ReadonlyMap<string, string>;
  /** The source map of each output. */
  readonly maps: ReadonlyMap<string, SourceMap>;
  /** Text of every file that went in. */
  readonly inputs: ReadonlyMap<string, string>;
  /** What each of them asked for. */
  readonly asks: ReadonlyMap<string, readonly Ask[]>;
  /** What the addresses left in the outputs stand for. */
  readonly leads: ReadonlyMap<string, Lead>;
  /** Where the framework was found, by specifier. */
  readonly framework: ReadonlyMap<string, string>;
}

/** What a file imports. */
export interface Ask {
  /** As it is written: `./text`. */
  readonly specifier: string;
  /** The file that it got; an address for what stayed outside. */
  readonly path: string;
  readonly outside: boolean;
}

/** The file to import for each root. */
export const entryName = (at: number) => `${at}.mjs`;

const TEXT = '.txt .md .prompt .html .sql .tmpl .j2 .jinja .hbs .mustache .yaml .yml .csv .graphql'.split(' ');
const isCode = (file: string) => /\.[cm]?[jt]sx?$/.test(file);

/** One pass over the user's files, a second one if some of them ask for their own address, or would run out of their order. Installed packages stay outside. */
export const bundle = async (roots: readonly string[], outdir: string, framework: Framework): Promise<Bundled> => {
  const first = await pass({ roots, outdir, framework, addressed: [], alone: [] });
  const asking = [...first.inputs].filter(([file, text]) => isCode(file) && asksAddress(text)).map(([file]) => file);
  const how = { roots, outdir, framework, addressed: asking };
  const last = (await inOrder(first, how)) ?? (asking.length > 0 ? await pass({ ...how, alone: [] }) : first);
  // Whoever saves a file while it is read is asked to wait: what is hashed must be what runs.
  return last.torn ? bundle(roots, outdir, framework) : last;
};

/** Each file as an output of its own, if files would run out of their order otherwise and do not then. */
const inOrder = async (
  { outOfOrder: files, inputs }: Passed,
  how: Omit<Pass, 'alone'>,
): Promise<Passed | undefined> => {
  if (files.length === 0) return undefined;
  const alone = files.filter((file) => canBeAlone(file, inputs.get(file) ?? ''));
  const passed = await pass({ ...how, alone }).catch(() => undefined);
  return passed?.outOfOrder.length === 0 ? passed : undefined;
};

/** What it exports of a package is then unknown to the bundler. */
const canBeAlone = (file: string, text: string) => isCode(file) && !/\bexport\s*\*\s*from\s*['"][^./]/.test(text);

interface Pass {
  readonly roots: readonly string[];
  readonly outdir: string;
  readonly framework: Framework;
  /** Files that get their own address. */
  readonly addressed: readonly string[];
  /** Files that are outputs of their own. */
  readonly alone: readonly string[];
}

interface Passed extends Bundled {
  readonly torn: boolean;
  /** Files that would run in another order than by themselves. */
  readonly outOfOrder: readonly string[];
}

const pass = async ({ roots, outdir, framework, addressed: asking, alone }: Pass): Promise<Passed> => {
  const leads = new Map<string, Lead>();
  const found = new Map<string, string>();
  const noted: Framework = (specifier) => {
    const at = framework(specifier);
    if (at) found.set(specifier, at);
    return at;
  };
  const data = new Map<string, string>();
  const folder = dirname(roots[0]!);
  const { build } = esbuild();
  const building = withEnvironment(UNCOLLECTED, () =>
    build({
      ...DIALECT,
      entryPoints: [
        ...roots.map((root, at) => ({ in: root, out: `${at}` })),
        ...alone.filter((file) => !roots.includes(file)).map((file, at) => ({ in: file, out: `file-${at}` })),
      ],
      outdir,
      absWorkingDir: folder,
      conditions: conditionsOfProcess(),
      banner: { js: REQUIRE(roots[0]!) },
      plugins: [edges(leads, noted), sources(data, asking)],
    }),
  );
  prepareParser();
  const { outputFiles, metafile } = await building;
  const outputs = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const files = Object.keys(metafile.inputs).map((name) => resolve(folder, name));
  const inputs = new Map(files.map((file) => [file, data.get(file) ?? readText(file) ?? '']));
  const maps = mapsIn(outputs);
  const asks = asksIn(metafile, folder);
  const torn = isTorn(inputs, { maps, outdir, asking });
  const built = { metafile, outputs, folder };
  return { outputs, maps, inputs, asks, leads, framework: found, torn, outOfOrder: outOfOrder(roots, built) };
};

const asksIn = ({ inputs }: Esbuild.Metafile, folder: string) =>
  new Map(
    Object.entries(inputs).map(([name, { imports }]) => [
      resolve(folder, name),
      imports.map(({ path, original = path, external: outside = false }) => ({
        specifier: original,
        path: outside ? path : resolve(folder, path),
        outside,
      })),
    ]),
  );

/** A third of the bundler's time goes into collecting garbage of a process that ends soon. */
const UNCOLLECTED = { GOGC: 'off', GOMEMLIMIT: '512MiB' };

const DIALECT = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // What is imported later gets a file of its own.
  splitting: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
  sourcemap: 'linked',
  // What nobody needs and has no effect is not parsed again; what the author only claims to have no effect stays.
  treeShaking: true,
  ignoreAnnotations: true,
  loader: Object.fromEntries(TEXT.map((extension) => [extension, 'text'])),
  define: NAMES,
} as const satisfies Esbuild.BuildOptions;

const mapsIn = (outputs: ReadonlyMap<string, string>) =>
  new Map(
    [...outputs].flatMap(([name, text]) =>
      name.endsWith('.map') ? [[name.slice(0, -'.map'.length), JSON.parse(text) as SourceMap] as const] : [],
    ),
  );

interface Made {
  readonly maps: ReadonlyMap<string, SourceMap>;
  readonly outdir: string;
  readonly asking: readonly string[];
}

/** Was a file another one when the bundler read it? */
const isTorn = (inputs: ReadonlyMap<string, string>, { maps, outdir, asking }: Made): boolean =>
  [...maps.values()].some(({ sources: names, sourcesContent }) =>
    names.some((source, at) => {
      const file = resolve(outdir, source);
      const own = inputs.get(file);
      const seen = asking.includes(file) && own !== undefined ? addressed(file, own) : own?.replace(/^\uFEFF/, '');
      return isCode(file) && seen !== undefined && seen !== sourcesContent[at]?.replace(/^\uFEFF/, '');
    }),
  );

/** Data is read here, so that what is hashed is what is bundled; so is code that gets its own address. */
const sources = (data: Map<string, string>, asking: readonly string[]): Esbuild.Plugin => ({
  name: 'sources',
  setup(build) {
    build.onLoad({ filter: DATA, namespace: 'file' }, ({ path }) => {
      const contents = readText(path) ?? '';
      data.set(path, contents);
      return { contents, loader: path.endsWith('.json') ? 'json' : 'text' };
    });
    if (asking.length === 0) return;
    build.onLoad({ filter: anyOf(asking), namespace: 'file' }, ({ path }) => {
      const contents = readText(path) ?? '';
      data.set(path, contents);
      return { contents: addressed(path, contents), loader: loaderOf(path) };
    });
  },
});

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const anyOf = (files: readonly string[]) => new RegExp(`^(${files.map(escaped).join('|')})$`);
const DATA = new RegExp(`(${['.json', ...TEXT].map(escaped).join('|')})$`);

const loaderOf = (file: string) => extname(file).slice(1).replace(/^[cm]/, '') as 'ts' | 'tsx' | 'js' | 'jsx';
