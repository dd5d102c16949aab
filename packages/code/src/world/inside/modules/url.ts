import type { Realm } from '../realm.js';

export const urlModule = ({ host, the }: Realm) => {
  type Parts = Record<string, unknown>;
  const URL =
    the<new (input: string) => { readonly href: string; readonly protocol: string; readonly pathname: string }>('URL');
  class Url {
    parse(text: unknown, query?: unknown, slashes?: unknown) {
      return Object.assign(this, JSON.parse(host.parseUrl(text, Boolean(query), Boolean(slashes))));
    }
    format() {
      return host.formatUrl(JSON.stringify(this));
    }
    resolve(to: unknown) {
      return host.resolveUrl(this.format(), to);
    }
  }
  const parse = (text: unknown, query?: unknown, slashes?: unknown) =>
    text instanceof Url ? text : new Url().parse(text, query, slashes);
  const format = (given: unknown, options?: object) => {
    if (typeof given === 'string') return parse(given).format();
    if (given instanceof URL) return host.formatWhatwg(given.href, JSON.stringify(options ?? {}));
    return host.formatUrl(JSON.stringify(given as Parts));
  };
  const fileURLToPath = (given: unknown) => {
    const { protocol, pathname } = given instanceof URL ? given : new URL(`${given}`);
    if (protocol !== 'file:')
      throw Object.assign(new TypeError('The URL must be of scheme file'), { code: 'ERR_INVALID_URL_SCHEME' });
    return decodeURIComponent(pathname);
  };
  const pathToFileURL = (path: unknown) => new URL(host.fileUrl(host.path('posix', 'resolve', '/', path) as string));
  return {
    Url,
    URL,
    URLSearchParams: the('URLSearchParams'),
    parse,
    format,
    resolve: (from: unknown, to: unknown) => host.resolveUrl(from, to),
    resolveObject: (from: unknown, to: unknown) =>
      parse(host.resolveUrl(typeof from === 'string' ? from : format(from), to)),
    fileURLToPath,
    pathToFileURL,
    domainToASCII: (name: unknown) => host.domain(`${name}`, true),
    domainToUnicode: (name: unknown) => host.domain(`${name}`, false),
  };
};
