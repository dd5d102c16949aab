import type { LoadOptions } from '@millrace/code';
import { isPrivate } from '@millrace/core/private';
import { privateCache } from '@millrace/stages/process';
import { paramsSet } from './params.js';

const ENTRIES: Readonly<Record<string, string>> = {
  millrace: './index.mjs',
  'millrace/command': './command.mjs',
  '@millrace/core': './core.mjs',
};

/**
 * A user's file gets the copy of the framework that runs: two copies would not know each other's stages. The built
 * command stands beside the entry points; read from source, the package's own name leads there.
 */
const ours = (specifier: string): string | undefined => {
  const entry = ENTRIES[specifier];
  if (entry && import.meta.url.endsWith('/engine.js')) return new URL(entry, import.meta.url).href;
  try {
    return import.meta.resolve(specifier);
  } catch {
    return undefined;
  }
};

/** How the code of users is loaded. Kept in the user's own cache, if nobody else can put code there. */
export const codeOptions = (): LoadOptions => ({
  cache: privateCache('code'),
  framework: ours,
  isPrivate,
  params: paramsSet,
  makeFunctions: async (uses, making) => (await import('@millrace/code')).makeFunctions(uses, making),
});
