import { constants, Script } from 'node:vm';
import { hasImport } from './imports.js';

export interface ScriptOptions {
  /** What stacks call it. */
  readonly name: string;
  /** Stand around the text and move none of its places. */
  readonly head?: string;
  readonly tail?: string;
  /** What people call the text, where it is not ours: it may not import while it runs. */
  readonly foreign?: string;
  /** In the real world a text may import like any other. */
  readonly real?: boolean;
}

/** More texts than a pipeline has; what is loaded again and again in a long watch must end somewhere. */
const MOST = 1024;
const scripts = new Map<string, Script>();

/** One script for each text in a process: the next world that runs it need not compile it. */
export const scriptOf = (
  text: string,
  { name, head = '', tail = '', foreign, real = false }: ScriptOptions,
): Script => {
  const key = `${name}\0${head}\0${text}`;
  const known = scripts.get(key);
  if (known) return known;
  if (foreign !== undefined && !real) checkImports(`${head}${text}${tail}`, foreign);
  if (scripts.size >= MOST) scripts.delete(scripts.keys().next().value as string);
  const imports = real ? { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER } : {};
  const made = new Script(`${head}${text}${tail}`, { filename: name, columnOffset: -head.length, ...imports });
  scripts.set(key, made);
  return made;
};

/** `import()` would give errors of the outer realm, and load what is in no key. */
const checkImports = (text: string, name: string) => {
  if (!hasImport(text)) return;
  throw new Error(
    `${name} loads a module by import() while it runs, and in a world of its own there is nothing to load from. Import it at the top of the file, or load it in \`open\`.`,
  );
};
