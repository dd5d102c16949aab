import type { Realm } from './realm.js';

/** Where in its scripts an error was made; for the host, never for the program. */
export type FramesOf = (error: unknown) => string;

interface Site {
  getScriptNameOrSourceURL(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

/** Places in stacks are in no key: the program is told the message alone, and the host the frames. */
export const errors = ({ methods, note }: Realm): FramesOf => {
  const frames = new WeakMap<object, string>();
  const { apply } = Reflect;
  const text = Error.prototype.toString;
  const get = WeakMap.prototype.get;
  let theirs: unknown;

  /** What programs that read call sites find: as many as there are, and all alike. */
  const nowhere = {
    getFileName: () => 'code',
    getScriptNameOrSourceURL: () => 'code',
    getLineNumber: () => 1,
    getColumnNumber: () => 1,
    getFunctionName: () => null,
    getMethodName: () => null,
    getTypeName: () => null,
    getThis: () => undefined,
    getFunction: () => undefined,
    getEvalOrigin: () => undefined,
    isNative: () => false,
    isEval: () => false,
    isToplevel: () => true,
    isConstructor: () => false,
    isAsync: () => false,
    toString: () => 'code:1:1',
  };
  const frame = (site: Site) =>
    `${site.getScriptNameOrSourceURL() ?? ''}:${site.getLineNumber() ?? 0}:${site.getColumnNumber() ?? 0}`;
  const head = (error: object): string => {
    try {
      return apply(text, error, []);
    } catch {
      return 'Error';
    }
  };
  const prepare = (error: object, sites: readonly Site[]): unknown => {
    let told = '';
    for (let at = 0; at < sites.length; at++) told += `${frame(sites[at] as Site)}\n`;
    frames.set(error, told);
    if (typeof theirs !== 'function') return head(error);
    const alike = [];
    for (let at = 0; at < 10; at++) alike[at] = methods({}, nowhere);
    return theirs(error, alike);
  };
  note(prepare);
  Object.defineProperty(Error, 'prepareStackTrace', {
    get: () => prepare,
    set: (given: unknown) => {
      theirs = given === prepare ? undefined : given;
    },
    enumerable: false,
    configurable: false,
  });

  return (error) => {
    if (typeof error !== 'object' || error === null) return '';
    try {
      // Reading the stack is what makes V8 hand over the frames.
      void (error as { stack?: unknown }).stack;
    } catch {
      return '';
    }
    return apply(get, frames, [error]) ?? '';
  };
};
