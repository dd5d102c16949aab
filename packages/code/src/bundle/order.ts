import { basename, relative, resolve } from 'node:path';
import type * as Esbuild from 'esbuild';

interface Built {
  readonly metafile: Esbuild.Metafile;
  readonly outputs: ReadonlyMap<string, string>;
  /** The folder that files are named from. */
  readonly folder: string;
}

/**
 * The files of a bundle, as they are met from its roots on, if they would run in another order than as modules of their
 * own: what is imported later takes files with it that run first.
 */
export const outOfOrder = (roots: readonly string[], built: Built): readonly string[] => {
  if ([...built.outputs.keys()].filter((name) => !name.endsWith('.map')).length === roots.length) return [];
  const files = inputsIn(built);
  const outputs = outputsIn(built);
  const isReordered = roots.some((root, at) => {
    const bundled = walkFrom([`${at}.mjs`], outputs).ran.flatMap((output) => filesOf(output, built));
    const own = walkFrom([root], files).ran;
    const known = new Set(bundled);
    return own.filter((file) => known.has(file)).join('\n') !== bundled.filter((file) => own.includes(file)).join('\n');
  });
  return isReordered ? walkFrom([...roots, ...files.keys()], files).met : [];
};

type Graph = ReadonlyMap<string, readonly string[]>;

/** Depth first, as modules run. */
const walkFrom = (first: readonly string[], graph: Graph): { readonly met: string[]; readonly ran: string[] } => {
  const ran = new Set<string>();
  const met = new Set<string>();
  const visit = (name: string) => {
    if (met.has(name)) return;
    met.add(name);
    for (const next of graph.get(name) ?? []) visit(next);
    ran.add(name);
  };
  for (const name of first) visit(name);
  return { met: [...met], ran: [...ran] };
};

const inputsIn = ({ metafile: { inputs }, folder }: Built): Graph =>
  new Map(
    Object.entries(inputs).map(([name, { imports }]) => [
      resolve(folder, name),
      imports.flatMap(({ kind, path, external }) =>
        external || kind === 'dynamic-import' ? [] : [resolve(folder, path)],
      ),
    ]),
  );

const outputsIn = ({ metafile: { outputs } }: Built): Graph =>
  new Map(
    Object.entries(outputs).map(([name, { imports }]) => [
      basename(name),
      imports.flatMap(({ kind, path, external }) => (external || kind === 'dynamic-import' ? [] : [basename(path)])),
    ]),
  );

/** In the order of their code; what a file imports may stand further up. */
const filesOf = (output: string, { outputs, metafile, folder }: Built): string[] => {
  const text = outputs.get(output) ?? '';
  const own = Object.entries(metafile.outputs).find(([name]) => basename(name) === output)?.[1].inputs ?? {};
  return Object.keys(own)
    .map((name) => resolve(folder, name))
    .map((file) => ({ file, at: text.lastIndexOf(`\n// ${relative(folder, file)}\n`) }))
    .sort((a, b) => a.at - b.at)
    .flatMap(({ file, at }) => (at < 0 ? [] : [file]));
};
