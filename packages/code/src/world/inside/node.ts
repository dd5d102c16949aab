import type { Inert } from './inert.js';
import type { Random } from './random.js';
import type { Realm } from './realm.js';

/** What packages expect of Node's globals, the same on any host. */
export const node = ({ host, clock, lazy, define }: Realm, { random, inert }: { random: Random; inert: Inert }) => {
  const refuse = (name: string): never => {
    throw new Error(`${name} is not given to a function that runs in a world of its own.`);
  };
  const quiet = (self: object, names: string) => {
    for (const name of names.split(' ')) Object.assign(self, { [name]: () => self });
    return self;
  };
  const stream = (level: string) =>
    quiet(
      {
        isTTY: false,
        columns: 80,
        writable: true,
        write: (text: unknown) => {
          host.log(level, `${text}`.replace(/\n$/, ''));
          return true;
        },
      },
      'on once off removeListener end',
    );
  lazy(['process'], () => {
    const hrtime = Object.assign(() => [0, 0], { bigint: () => 0n });
    const nextTick = (call: (...given: unknown[]) => void, ...given: unknown[]) => queueMicrotask(() => call(...given));
    const process = {
      title: 'node',
      env: {},
      argv: ['node'],
      execArgv: [],
      platform: 'linux',
      arch: 'x64',
      version: 'v20.19.0',
      versions: { node: '20.19.0' },
      release: { name: 'node' },
      features: {},
      config: { variables: {} },
      pid: 1,
      ppid: 0,
      exitCode: undefined,
      stdout: stream('info'),
      stderr: stream('error'),
      stdin: stream('info'),
      cwd: () => '/',
      hrtime,
      nextTick,
      uptime: () => 0,
      memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
      emitWarning: (warning: unknown) => host.log('warn', host.format('%s', warning)),
      exit: () => refuse('process.exit()'),
      abort: () => refuse('process.abort()'),
      kill: () => refuse('process.kill()'),
      chdir: () => refuse('process.chdir()'),
      binding: () => refuse('process.binding()'),
      listeners: () => [],
      listenerCount: () => 0,
    };
    quiet(process, 'on once off addListener removeListener removeAllListeners prependListener setMaxListeners emit');
    Object.defineProperty(process, Symbol.toStringTag, { value: 'process', configurable: true });
    return { process };
  });
  lazy(['performance'], () => ({
    performance: {
      timeOrigin: clock,
      now: () => 0,
      mark: () => {},
      measure: () => {},
      clearMarks: () => {},
      clearMeasures: () => {},
      getEntries: () => [],
      getEntriesByName: () => [],
      getEntriesByType: () => [],
      toJSON: () => ({ timeOrigin: clock }),
    },
  }));
  lazy(['crypto'], () => ({
    crypto: {
      getRandomValues: <T extends Uint8Array>(into: T): T => {
        random.bytes(new Uint8Array(into.buffer, into.byteOffset, into.byteLength));
        return into;
      },
      randomUUID: () => {
        const bytes = new Uint8Array(16);
        random.bytes(bytes);
        bytes[6] = ((bytes[6] as number) & 15) | 64;
        bytes[8] = ((bytes[8] as number) & 63) | 128;
        const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
        return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      },
      subtle: inert('crypto.subtle'),
    },
  }));
  const nothing = `fetch Request Response WebSocket EventSource MessageChannel MessagePort MessageEvent BroadcastChannel ReadableStream
    ReadableStreamDefaultReader WritableStream TransformStream CompressionStream DecompressionStream TextDecoderStream
    TextEncoderStream ByteLengthQueuingStrategy CountQueuingStrategy`;
  for (const name of nothing.split(/\s+/)) lazy([name], () => ({ [name]: inert(name) }));
  define('global', globalThis);
};
