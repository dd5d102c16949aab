import { TextDecoder, TextEncoder } from 'node:util';

/** Texts, bytes and addresses by Node's own code. What has several parts crosses as JSON. */
export interface TextHost {
  readonly url: (input: string, base: string | undefined) => string;
  /** An address with one part set. */
  readonly urlWith: (href: string, name: string, value: string) => string;
  readonly params: (text: string) => string;
  readonly paramsText: (pairs: string) => string;
  readonly utf8Length: (text: string) => number;
  readonly utf8Into: (text: string, into: Uint8Array) => string;
  readonly encodingOf: (label: string) => string;
  readonly decode: (decoder: string, bytes: Uint8Array) => string;
  readonly openDecoder: (decoder: string) => number;
  readonly decodeMore: (id: number, bytes: Uint8Array, more: boolean) => string;
  readonly atob: (text: string) => string;
  readonly btoa: (text: string) => string;
}

export const textHost = (): TextHost => {
  const encoder = new TextEncoder();
  const kept = new Map<string, TextDecoder>();
  const open = new Map<number, TextDecoder>();
  let ids = 0;
  const decoderFor = (name: string) => {
    const [label, fatal, ignoreBOM] = name.split(',');
    return new TextDecoder(label, { fatal: fatal === 'true', ignoreBOM: ignoreBOM === 'true' });
  };
  return {
    url: (input, base) => partsOf(new URL(input, base)),
    urlWith: (href, name, value) => {
      const url = new URL(href);
      Reflect.set(url, name, value);
      return partsOf(url);
    },
    params: (text) => JSON.stringify([...new URLSearchParams(text)]),
    paramsText: (pairs) => new URLSearchParams(JSON.parse(pairs)).toString(),
    utf8Length: (text) => Buffer.byteLength(text),
    utf8Into: (text, into) => JSON.stringify(encoder.encodeInto(text, into)),
    encodingOf: (label) => new TextDecoder(label).encoding,
    decode: (name, bytes) => {
      const decoder = kept.get(name) ?? decoderFor(name);
      kept.set(name, decoder);
      return decoder.decode(bytes);
    },
    openDecoder: (name) => {
      open.set(++ids, decoderFor(name));
      return ids;
    },
    decodeMore: (id, bytes, more) => {
      const decoder = open.get(id);
      if (!more) open.delete(id);
      return decoder?.decode(bytes, { stream: more }) ?? '';
    },
    atob: (text) => atob(text),
    btoa: (text) => btoa(text),
  };
};

const PARTS = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;

const partsOf = (url: URL) => JSON.stringify(Object.fromEntries(PARTS.map((name) => [name, url[name]])));
