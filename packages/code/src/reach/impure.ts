import type { Mention, MethodCall, Reference } from '../syntax/references.js';
import type { Node } from '../syntax/syntax.js';

/** Something outside the text that code reads. */
export interface Read {
  /** The word that declares it: `clock`, `random`, `network`, `locale`, `argv`, `host`, `place`, `env:NAME`, `env`, `file`. */
  readonly word: string;
  /** As the text has it: `Date.now`. */
  readonly name: string;
  readonly node: Node;
}

/** Globals that give the same to everybody. */
const PURE = new Set(
  `AbortController AbortSignal AggregateError Array ArrayBuffer AsyncFunction AsyncGenerator AsyncIterator Atomics BigInt BigInt64Array BigUint64Array Blob
  Boolean Buffer ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy CryptoKey CustomEvent DataView DecompressionStream DOMException
  Error EvalError Event EventTarget File FinalizationRegistry Float16Array Float32Array Float64Array FormData Function Generator Headers Infinity Int16Array
  Int32Array Int8Array Iterator JSON Map Math MessageChannel NaN Number Object Promise Proxy RangeError ReadableStream ReferenceError Reflect RegExp Request Response Set
  SharedArrayBuffer String SuppressedError Symbol SyntaxError TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream TypeError
  URIError URL URLSearchParams Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly WritableStream
  __dirname __filename arguments atob btoa clearImmediate clearInterval clearTimeout console decodeURI decodeURIComponent encodeURI encodeURIComponent escape
  exports global globalThis isFinite isNaN module parseFloat parseInt queueMicrotask require setImmediate setInterval setTimeout structuredClone undefined unescape
  Date Intl process crypto performance navigator`.split(/\s+/),
);

const NETWORK = new Set(['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'BroadcastChannel']);
const NETWORK_MODULES = new Set(['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns', 'dns/promises']);
const FILE_MODULES = new Set(['fs', 'fs/promises', 'sqlite']);
const HOST_MODULES = new Set([
  'os',
  'child_process',
  'cluster',
  'worker_threads',
  'v8',
  'inspector',
  'readline',
  'readline/promises',
  'repl',
  'tty',
  'wasi',
]);
const QUIET_PROCESS = new Set(['stdout', 'stderr', 'nextTick', 'emitWarning', 'exitCode', 'exit', 'on', 'once', 'off']);

export const isKnownGlobal = (name: string) => PURE.has(name) || NETWORK.has(name) || CODE.has(name);

const CODE = new Set(['eval']);

/** Code that is made while it runs cannot be read. */
export const makesCode = ({ node, use, path }: Reference): boolean =>
  node.name === 'eval' || (node.name === 'Function' && path.length === 0 && (use === 'call' || use === 'new'));

/** What a mention of a global reads, if it reads anything. */
export const readOfGlobal = (reference: Reference): Read | undefined => {
  const through = reference.node.name === 'globalThis' || reference.node.name === 'global';
  for (const path of pathsOf(reference)) {
    const [name = '', ...rest] = toConstructor(through ? path : [reference.node.name, ...path]);
    const word = NETWORK.has(name) ? 'network' : wordOf(name, rest, reference);
    if (word) return { word, name: spoken([name, ...rest]) || reference.node.name, node: reference.node };
  }
  return undefined;
};

/** Each member that is taken apart on the spot is a mention of its own. */
const pathsOf = ({ path, takes }: Mention): readonly (readonly string[])[] =>
  takes ? takes.map((member) => [...path, member]) : [path];

/** `Date.prototype.constructor` is `Date`. */
const toConstructor = (path: readonly string[]) =>
  path.filter((part, at) =>
    part === 'prototype' ? path[at + 1] !== 'constructor' : part !== 'constructor' || path[at - 1] !== 'prototype',
  );

/** The thing itself, or an unknown member of it, goes where nobody can follow. */
const escapes = ([member]: readonly string[], { goes, use }: Mention) =>
  member === undefined ? use === 'read' && goes !== 'nowhere' : member === '*' && use !== 'write';

/** `process.argv[2]` is told as `process.argv`. */
const spoken = (path: readonly string[]) => path.filter((part) => !/^(\*|\d+)$/.test(part)).join('.');

const wordOf = (name: string, path: readonly string[], reference: Mention): string | undefined => {
  switch (name) {
    case 'Date':
      return wordOfDate(path, reference);
    case 'performance':
      return 'clock';
    case 'Math':
      return path[0] === 'random' || escapes(path, reference) ? 'random' : undefined;
    case '':
    case '*':
      return escapes(name === '' ? [] : [name], reference) ? 'host' : undefined;
    case 'crypto':
      return path[0] === 'subtle' ? wordOfSubtle(path.slice(1), reference) : 'random';
    case 'URL':
      return path[0] === 'createObjectURL' ? 'random' : undefined;
    case 'Error':
      return path[0] === 'captureStackTrace' ? 'place' : undefined;
    case 'navigator':
      return 'host';
    case 'Intl':
      return reference.given > 0 || path[0] === 'getCanonicalLocales' ? undefined : 'locale';
    case 'process':
      return wordOfProcess(path);
    default:
      return undefined;
  }
};

const wordOfSubtle = (path: readonly string[], mention: Mention) =>
  path[0] === 'generateKey' || escapes(path, mention) ? 'random' : undefined;

const wordOfDate = (path: readonly string[], reference: Mention): string | undefined => {
  const [method] = path;
  const { use, given } = reference;
  if (method === 'now' || escapes(path, reference)) return 'clock';
  if (method !== undefined) return undefined;
  if (use === 'call' || (use === 'new' && given === 0)) return 'clock';
  // The parts of a date are read in the time zone of the host.
  return use === 'new' && given > 1 ? 'locale' : undefined;
};

const wordOfProcess = ([member = '', variable]: readonly string[]): string | undefined => {
  if (member === 'env') return variable && variable !== '*' ? `env:${variable}` : 'env';
  if (member === 'argv' || member === 'execArgv' || member === 'argv0') return 'argv';
  if (member === 'hrtime' || member === 'uptime') return 'clock';
  return QUIET_PROCESS.has(member) ? undefined : 'host';
};

/** What a mention of something from one of Node's own modules reads. */
export const readOfBuiltin = (
  builtin: string,
  name: string,
  mention: Mention & { readonly node: Node },
): Read | undefined => {
  const module = builtin.replace(/^node:/, '');
  for (const path of pathsOf(mention)) {
    const parts = [...name.split('.'), ...path].filter((part) => part !== 'default' && part !== '');
    const word = wordOfModule(module, parts[0] === '*' ? parts.slice(1) : parts, mention);
    const said = spoken(parts);
    if (word) return { word, name: said ? `${module}.${said}` : module, node: mention.node };
  }
  return undefined;
};

const wordOfModule = (module: string, parts: readonly string[], mention: Mention): string | undefined => {
  if (FILE_MODULES.has(module)) return 'file';
  if (NETWORK_MODULES.has(module)) return 'network';
  if (HOST_MODULES.has(module)) return 'host';
  if (module === 'perf_hooks') return 'clock';
  if (module === 'crypto')
    return escapes(parts, mention) || parts.some((part) => DRAWS.test(part)) ? 'random' : undefined;
  if (module === 'util') return parts[0] === 'parseArgs' && !namesArgs(mention) ? 'argv' : undefined;
  if (module === 'url') return parts[0] === 'URL' ? wordOf('URL', parts.slice(1), mention) : undefined;
  if (module === 'process') return wordOfProcess(parts);
  return undefined;
};

/** What of `node:crypto` makes keys, primes and padding of chance. */
const DRAWS =
  /^(random|getRandom|generate|webcrypto|subtle|createECDH|(create|get)?DiffieHellman|publicEncrypt|encapsulate)/;

/** `parseArgs({ args })` looks at what it is given. */
const namesArgs = ({ use, says = [] }: Mention) => use === 'call' && says.includes('args');

/** Number of arguments from which on the locale is said. */
const LOCALES: Readonly<Record<string, number>> = {
  toLocaleString: 1,
  toLocaleDateString: 1,
  toLocaleTimeString: 1,
  toLocaleUpperCase: 1,
  toLocaleLowerCase: 1,
  localeCompare: 2,
};

const ZONED = new Set(
  `getFullYear getYear getMonth getDate getDay getHours getMinutes getTimezoneOffset toDateString toTimeString
  setFullYear setYear setMonth setDate setHours setMinutes`.split(/\s+/),
);

export const readOfMethod = ({ node, name, given }: MethodCall): Read | undefined => {
  const said = LOCALES[name];
  const reads = ZONED.has(name) || (said !== undefined && given < said);
  return reads ? { word: 'locale', name, node } : undefined;
};

/** Something that a global made, and a member that is read off it. */
export interface Result {
  /** `Intl.DateTimeFormat` */
  readonly made: string;
  /** Number of arguments that it was made with. */
  readonly given: number;
  readonly member: string;
  /** Number of arguments, where the member is called. */
  readonly called?: number;
}

/** What a member of something that was just made reads: no other members are worth a look. */
export const RESULTS = /\b(stack|timeStamp|lastModified|format|formatToParts|constructor)\b/;

export const wordOfResult = ({ made, given, member, called }: Result): string | undefined => {
  switch (member) {
    case 'stack':
      return /^(\w*Error|DOMException)$/.test(made) ? 'place' : undefined;
    case 'timeStamp':
      return /^\w*Event$/.test(made) ? 'clock' : undefined;
    case 'lastModified':
      return made === 'File' && given < 3 ? 'clock' : undefined;
    case 'format':
    case 'formatToParts':
      return made === 'Intl.DateTimeFormat' && called === 0 ? 'clock' : undefined;
    case 'now':
      return made === 'Date' ? 'clock' : undefined;
    default:
      return undefined;
  }
};

const WORDS = /^(clock|random|network|locale|argv|host|place|env:.+|file:.+)$/;
export const isReadWord = (word: string) => WORDS.test(word);

/** Computed names are covered by any declaration of their kind: the author has looked. A file beside the function is found by its place. */
export const isDeclaredRead = (word: string, declared: readonly string[]) =>
  declared.includes(word) || declared.some((each) => each.startsWith(`${KIND_OF[word] ?? word}:`));

const KIND_OF: Readonly<Record<string, string>> = { place: 'file' };
