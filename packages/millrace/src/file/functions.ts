import type { AnyFunction, CodeReader, FunctionUse, MakeHow } from '@millrace/core';
import { isFile } from '../disk.js';
import { type CodeTrust, loadCode } from '../load-code.js';
import { spelled } from '../render/spelling.js';
import { FunctionRef } from './checking.js';

export interface Functions {
  readonly of: (ref: FunctionRef) => AnyFunction | undefined;
  readonly reader: CodeReader;
  readonly inputs: readonly string[];
}

export interface Refused {
  readonly ref: FunctionRef;
  readonly says: string;
}

/** Loads the modules that a file names; what is imported is what the reader reads. */
export async function loadFunctions(
  refs: readonly FunctionRef[],
  { refuse, trust }: { readonly refuse: (refused: Refused) => void; readonly trust: CodeTrust },
): Promise<Functions> {
  const readers = new Map<AnyFunction, CodeReader>();
  const found = new Map<FunctionRef, AnyFunction>();
  const inputs = new Set<string>();
  for (const file of new Set(refs.map((ref) => ref.file))) {
    const mine = refs.filter((ref) => ref.file === file);
    const loaded = await load(file, trust).catch((error: Error) => {
      for (const ref of mine) refuse({ ref, says: error.message });
      return undefined;
    });
    if (!loaded) continue;
    for (const input of loaded.inputs) inputs.add(input);
    for (const ref of mine) {
      const value = loaded.module[ref.name];
      if (typeof value === 'function') found.set(ref, value as AnyFunction);
      else refuse({ ref, says: noFunction(ref, loaded.module) });
      if (typeof value === 'function') readers.set(value as AnyFunction, loaded.reader);
    }
  }
  return { of: (ref) => found.get(ref), reader: readerOver(readers), inputs: [...inputs] };
}

async function load(file: string, trust: CodeTrust) {
  if (!isFile(file)) throw new Error(`There is no file ${file}. Check the path; it starts at this file.`);
  return loadCode(file, trust);
}

function noFunction({ name, file }: FunctionRef, module: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(module).filter((key) => typeof module[key] === 'function');
  const what = name in module ? `${name} in ${file} is no function.` : `${file} exports no function ${name}.`;
  return `${what} ${spelled(name, names, 'It exports')}`;
}

/** Asks the reader of the module that the function came from. */
const readerOver = (readers: ReadonlyMap<AnyFunction, CodeReader>): CodeReader => ({
  make: (uses, how) => madeBy(readers, uses, how),
  read: (fn, declared, site) => {
    const reader = readers.get(fn);
    if (reader) return reader.read(fn, declared);
    const [any] = readers.values();
    return any
      ? any.read(fn, declared, site)
      : {
          refused: {
            why: 'not found',
            detail: `${fn.name || 'the function'} is in no module that the pipeline file names`,
          },
        };
  },
});

/** The functions of one module in one world. */
async function madeBy(
  readers: ReadonlyMap<AnyFunction, CodeReader>,
  uses: Readonly<Record<string, FunctionUse>>,
  how: MakeHow,
) {
  const modules = new Map<CodeReader | undefined, Record<string, FunctionUse>>();
  for (const [name, use] of Object.entries(uses)) {
    const reader = readers.get(use.fn);
    modules.set(reader, { ...modules.get(reader), [name]: use });
  }
  const made = await Promise.all([...modules].map(([reader, its]) => reader?.make?.(its, how)));
  const asTheyAre = Object.entries(uses).map(([name, { fn }]) => [name, fn]);
  return {
    functions: Object.assign(Object.fromEntries(asTheyAre), ...made.map((each) => each?.functions)),
    texts: made.flatMap((each) => each?.texts ?? []),
    close: () => {
      for (const each of made) each?.close();
    },
  };
}

/** The functions in their places. */
export function placed(value: unknown, functions: Functions): unknown {
  if (value instanceof FunctionRef) return functions.of(value);
  if (Array.isArray(value)) return value.map((each) => placed(each, functions));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  if (Object.isFrozen(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, placed(each, functions)]));
}
