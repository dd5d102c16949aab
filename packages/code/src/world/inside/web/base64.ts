import type { Realm } from '../realm.js';

export const base64 = ({ host, the }: Realm) => {
  const refuse = (): never => {
    throw new (the<new (message: string, name: string) => Error>('DOMException'))(
      'Invalid character',
      'InvalidCharacterError',
    );
  };
  return {
    atob: (given: unknown) => {
      const text = `${given}`.replace(/[\t\n\f\r ]+/g, '');
      const bare = text.length % 4 === 0 ? text.replace(/={1,2}$/, '') : text;
      if (bare.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(bare)) refuse();
      return host.atob(bare);
    },
    btoa: (given: unknown) => {
      const text = `${given}`;
      for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 255) refuse();
      return host.btoa(text);
    },
  };
};
