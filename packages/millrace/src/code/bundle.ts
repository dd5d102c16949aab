import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Esbuild from 'esbuild';
import { addressed, NAMES, REQUIRE } from './address.js';
import { conditionsOfProcess, readText } from './disk.js';
import { isFrameworkName, type Lead } from './module.js';
import { findPackage, isInstalled, packageOf } from './packages.js';

// Started on the first miss only.
const esbuild = (): typeof Esbuild => createRequire(import.meta.url)('esbuild');

/** Where the copy of the framework that runs is found, so that a pipeline never gets a second one. */
export type Framework = (specifier: string) => string | undefined;

export interface Bundled {
  /** Names and texts of the files to import, and of their source maps. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Text of every file that went in. */
  readonly inputs: ReadonlyMap<string, string>;
  /** What the addresses left in the outputs stand for. */
  readonly leads: ReadonlyMap<string, Lead>;
  /** Where the framework was found, by specifier. */
  readonly framework: ReadonlyMap<string, string>;
}

/** The file to import for each root. */
export const entryName = (at: number) => `${at}.mjs`;

const TEXT = '.txt .md .prompt .html .sql .tmpl .j2 .jinja .hbs .mustache .yaml .yml .csv .graphql'.split(' ');
export const isCode = (file: string) => /\.[cm]?[jt]sx?$/.test(file);

/** One pass over the user's files; installed packages stay outside. What is imported later gets a file of its own. */
export const bundle = async (roots: readonly string[], outdir: string, framework: Framework): Promise<Bundled> => {
  const inputs = new Map<string, string>();
  const leads = new Map<string, Lead>();
  const found = new Map<string, string>();
  const noted: Framework = (specifier) => {
    const at = framework(specifier);
    if (at) found.set(specifier, at);
    return at;
  };
  const result = await esbuild().build({
    entryPoints: roots.map((root, at) => ({ in: root, out: `${at}` })),
    outdir,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: dirname(roots[0]!),
    bundle: true,
    splitting: true,
    write: false,
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
    conditions: conditionsOfProcess(),
    loader: Object.fromEntries(TEXT.map((extension) => [extension, 'text'])),
    define: NAMES,
    banner: { js: REQUIRE(roots[0]!) },
    plugins: [edges(leads, noted), sources(inputs)],
  });
  return {
    outputs: new Map(result.outputFiles.map(({ path, text }) => [basename(path), text])),
    inputs,
    leads,
    framework: found,
  };
};

/** Decides for each bare import whether it is the user's code (bundled) or a package (left outside, by its full address). */
const edges = (leads: Map<string, Lead>, framework: Framework): Esbuild.Plugin => ({
  name: 'edges',
  setup(build) {
    build.onResolve({ filter: /^[^./#]/ }, async (args) => {
      if (args.kind === 'entry-point' || args.pluginData === SEEN) return undefined;
      if (args.path.startsWith('file:')) {
        const path = fileURLToPath(args.path);
        return isInstalled(path) ? { path: args.path, external: true } : { path };
      }
      const lead = leadOf(args);
      if (!lead) return undefined;
      const path = 'builtin' in lead ? args.path : await address(args, build, framework);
      leads.set(path, lead);
      return { path, external: true };
    });
  },
});

const SEEN = { seen: true };

const leadOf = ({ path, resolveDir }: Esbuild.OnResolveArgs): Lead | undefined => {
  if (isBuiltin(path)) return { builtin: path.replace(/^node:/, '') };
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

/** Reads every file itself, so that what is hashed is what is bundled, and gives each its own address. */
const sources = (inputs: Map<string, string>): Esbuild.Plugin => ({
  name: 'sources',
  setup(build) {
    build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
      const text = readText(path) ?? '';
      inputs.set(path, text);
      return isCode(path) ? { contents: addressed(path, text), loader: loaderOf(path) } : undefined;
    });
  },
});

const loaderOf = (file: string) => extname(file).slice(1).replace(/^[cm]/, '') as 'ts' | 'tsx' | 'js' | 'jsx';
