import { isBuiltin } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Esbuild from 'esbuild';
import { findPackage, isFrameworkName, isInstalled, packageOf } from './packages.js';

/** Where the copy of the framework that runs is found, so that a pipeline never gets a second one. */
export type Framework = (specifier: string) => string | undefined;

/** What an address in the bundle stands for. */
export type Lead = { readonly output: string } | PackageLead | { readonly builtin: string };

export interface PackageLead {
  readonly package: string;
  readonly folder: string;
  /** The package, or a file of it, as it is written: `kit/extra.js`. */
  readonly specifier: string;
  /** Where its file lies, by which the bundle imports it. */
  readonly address: string;
}

/** Decides for each bare import whether it is the user's code (bundled) or a package (left outside, by its full address). */
export const edges = (leads: Map<string, Lead>, framework: Framework): Esbuild.Plugin => ({
  name: 'edges',
  setup(build) {
    build.onResolve({ filter: /^[^./#]/ }, async (args) => {
      if (args.kind === 'entry-point' || args.pluginData === SEEN) return undefined;
      if (args.path.startsWith('file:')) {
        const path = fileURLToPath(args.path);
        return isInstalled(path) ? { path: args.path, external: true } : { path };
      }
      const found = leadOf(args);
      if (!found) return undefined;
      const path = 'builtin' in found ? args.path : await address(args, build, framework);
      leads.set(path, sameFile(at(path, found), leads.get(path)));
      return { path, external: true };
    });
    build.onResolve({ filter: /^#/ }, async (args) => {
      if (args.pluginData === SEEN) return undefined;
      const path = await resolved(args, build);
      const found = path === undefined ? undefined : leadBehind(path, args);
      if (path === undefined || !found) return undefined;
      const address = 'builtin' in found ? path : addressOf(path, args);
      leads.set(address, sameFile(at(address, found), leads.get(address)));
      return { path: address, external: true };
    });
  },
});

const SEEN = { seen: true };

type FoundLead = { readonly builtin: string } | Omit<PackageLead, 'address'>;

const at = (address: string, found: FoundLead): Lead => ('builtin' in found ? found : { ...found, address });

/** Of two spellings of one file always the same one, whichever was met first. */
const sameFile = (lead: Lead, known: Lead | undefined): Lead =>
  known && 'package' in known && 'package' in lead && known.specifier < lead.specifier ? known : lead;

const leadOf = ({ path, resolveDir }: Esbuild.OnResolveArgs): FoundLead | undefined => {
  if (isBuiltin(path)) return { builtin: path.replace(/^node:/, '') };
  const name = packageOf(path);
  if (isFrameworkName(name)) return { package: name, folder: resolveDir, specifier: path };
  const found = findPackage(name, resolveDir);
  return found && isInstalled(found) ? { package: name, folder: resolveDir, specifier: path } : undefined;
};

/** `imports` in a package.json may lead to a package or to Node itself. */
const leadBehind = (path: string, { resolveDir }: Esbuild.OnResolveArgs): FoundLead | undefined => {
  if (isBuiltin(path)) return { builtin: path.replace(/^node:/, '') };
  const [, inside] = /^.*[\\/]node_modules[\\/](.+)$/.exec(path) ?? [];
  const specifier = inside?.replaceAll('\\', '/');
  return specifier === undefined ? undefined : { package: packageOf(specifier), folder: resolveDir, specifier };
};

const address = async (
  args: Esbuild.OnResolveArgs,
  build: Esbuild.PluginBuild,
  framework: Framework,
): Promise<string> => {
  const ours = isFrameworkName(packageOf(args.path)) ? framework(args.path) : undefined;
  if (ours) return ours;
  const path = await resolved(args, build);
  return path ? addressOf(path, args) : args.path;
};

const resolved = async (
  { path: asked, importer, resolveDir, kind }: Esbuild.OnResolveArgs,
  build: Esbuild.PluginBuild,
): Promise<string | undefined> => {
  const { path, errors } = await build.resolve(asked, { importer, resolveDir, kind, pluginData: SEEN });
  return errors.length === 0 && path ? path : undefined;
};

const addressOf = (path: string, { kind }: Esbuild.OnResolveArgs) =>
  kind === 'require-call' || kind === 'require-resolve' ? path : pathToFileURL(path).href;
