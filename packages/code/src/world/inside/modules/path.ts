import type { Realm } from '../realm.js';

/** Paths as on POSIX on every host, and below the root: a working directory is a place, and in no key. */
export const path = ({ host }: Realm) => {
  type Told = Record<string, unknown>;
  const make = (kind: 'posix' | 'win32', root: string): Told => {
    const own: Told = { sep: kind === 'posix' ? '/' : '\\', delimiter: kind === 'posix' ? ':' : ';' };
    const simple = ['join', 'normalize', 'isAbsolute', 'dirname', 'basename', 'extname', 'toNamespacedPath'];
    for (const name of simple) own[name] = (...given: unknown[]) => host.path(kind, name, ...given);
    const resolve = (...given: unknown[]) => host.path(kind, 'resolve', root, ...given);
    return Object.assign(own, {
      resolve,
      relative: (from: unknown, to: unknown) => host.path(kind, 'relative', resolve(from), resolve(to)),
      parse: (given: unknown) => JSON.parse(host.parsePath(kind, given)),
      format: ({ dir, root: base, base: name, name: stem = '', ext = '' }: Record<string, string | undefined>) => {
        const folder = dir || base;
        const dotted = ext && !ext.startsWith('.') ? `.${ext}` : ext;
        const file = name || `${stem}${dotted}`;
        return folder ? (folder === base ? `${folder}${file}` : `${folder}${own['sep']}${file}`) : file;
      },
    });
  };
  const posix = make('posix', '/');
  const win32 = make('win32', 'C:\\');
  for (const each of [posix, win32]) Object.assign(each, { posix, win32 });
  return posix;
};
