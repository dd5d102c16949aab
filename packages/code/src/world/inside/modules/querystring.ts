import type { Realm } from '../realm.js';

/** Query strings as Node has always written them. */
export const querystring = ({ host }: Realm) => {
  type Escape = (text: string) => string;
  const plain = (value: unknown) => {
    if (typeof value === 'string') return value;
    const told =
      typeof value === 'bigint' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
    return told ? `${value}` : '';
  };
  const own = {
    escape: (text: string) => encodeURIComponent(text),
    unescape: (text: string) => host.unescape(text),
    stringify: (given: unknown, sep = '&', eq = '=', options: { encodeURIComponent?: Escape } = {}) => {
      if (typeof given !== 'object' || given === null) return '';
      const write = options?.encodeURIComponent ?? own.escape;
      const pairs = Object.entries(given).flatMap(([key, value]) =>
        (Array.isArray(value) ? value : [value]).map((each) => `${write(key)}${eq}${write(plain(each))}`),
      );
      return pairs.join(sep);
    },
    parse: (given: unknown, sep = '&', eq = '=', options: { maxKeys?: number; decodeURIComponent?: Escape } = {}) => {
      const told: Record<string, unknown> = Object.create(null);
      if (typeof given !== 'string' || given === '') return told;
      const { maxKeys = 1000, decodeURIComponent: read = own.unescape } = options ?? {};
      const parts = given.split(sep || '&');
      for (const part of maxKeys > 0 ? parts.slice(0, maxKeys) : parts) {
        if (part === '') continue;
        const at = part.indexOf(eq || '=');
        const [name, value] = [
          at < 0 ? part : part.slice(0, at),
          at < 0 ? '' : part.slice(at + (eq || '=').length),
        ].map((each) => read(each.replace(/\+/g, ' '))) as [string, string];
        const known = told[name];
        told[name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
      }
      return told;
    },
  };
  return Object.assign(own, { encode: own.stringify, decode: own.parse });
};
