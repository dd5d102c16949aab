import type { Host } from './host.js';
import { type Calls, calls } from './inside/calls.js';
import { makeConsole } from './inside/console.js';
import { dates } from './inside/dates.js';
import { errors } from './inside/errors.js';
import { functions } from './inside/functions.js';
import { inert } from './inside/inert.js';
import { intl } from './inside/intl.js';
import { type Loading, loading } from './inside/loading.js';
import { assert } from './inside/modules/assert.js';
import { buffer } from './inside/modules/buffer.js';
import { crypto } from './inside/modules/crypto.js';
import { eventsModule } from './inside/modules/events.js';
import { modules } from './inside/modules/index.js';
import { path } from './inside/modules/path.js';
import { punycode } from './inside/modules/punycode.js';
import { querystring } from './inside/modules/querystring.js';
import { stringDecoder } from './inside/modules/string-decoder.js';
import { urlModule } from './inside/modules/url.js';
import { util } from './inside/modules/util.js';
import { zlib } from './inside/modules/zlib.js';
import { node } from './inside/node.js';
import { random } from './inside/random.js';
import { readOnly } from './inside/read-only.js';
import { realm } from './inside/realm.js';
import { type Timers, timers } from './inside/timers.js';
import { values } from './inside/values.js';
import { weak } from './inside/weak.js';
import { base64 } from './inside/web/base64.js';
import { clone } from './inside/web/clone.js';
import { encoding } from './inside/web/encoding.js';
import { events } from './inside/web/events.js';
import { exception } from './inside/web/exception.js';
import { files } from './inside/web/files.js';
import { headers } from './inside/web/headers.js';
import { url } from './inside/web/url.js';
import { zone } from './inside/zone.js';

/** What chance and the clock give in a world. */
export interface Moment {
  /** The instant at which the clock stands. */
  readonly clock: number;
  readonly seed: number;
}

/** That of every made world. Part of the scheme: another one is another key. */
export const MOMENT: Moment = { clock: Date.UTC(2020, 0, 1), seed: 0 };
/** That of a world in which answers are looked at. */
export const OTHER_MOMENT: Moment = { clock: Date.UTC(2031, 6, 15, 13, 47, 11, 303), seed: 1 };

export interface Inside {
  readonly tools: Calls & Loading;
  readonly timers: Timers;
}
export type Prelude = (host: Host, moment: Moment) => Inside;

/** What the language lacks, made when it is first named. */
const WEB = [
  { names: ['DOMException'], make: exception },
  { names: ['URL', 'URLSearchParams'], make: url },
  { names: ['TextEncoder', 'TextDecoder'], make: encoding },
  { names: ['atob', 'btoa'], make: base64 },
  { names: ['structuredClone'], make: clone },
  { names: ['Event', 'CustomEvent', 'EventTarget', 'AbortSignal', 'AbortController'], make: events },
  { names: ['Blob', 'File'], make: files },
  { names: ['Headers', 'FormData'], make: headers },
];

/** The parts by their text, as one function that is evaluated first in each world. */
export const preludeText = (): string => `(host, moment) => {
  'use strict';
  const { clock, seed } = moment;
  const realm = (${realm})(host, clock);
  const framesOf = (${errors})(realm);
  (${functions})(realm);
  (${dates})(realm, (${zone})());
  (${intl})(realm);
  (${weak})(realm);
  (${makeConsole})(realm);
  const random = (${random})(realm, seed);
  const timers = (${timers})(realm);
  const inert = (${inert})(realm);
  (${node})(realm, { random, inert });
  ${WEB.map(({ names, make }) => `realm.lazy(${JSON.stringify(names)}, () => (${make})(realm));`).join('\n  ')}
  const given = {
    assert: () => (${assert})(realm),
    'assert/strict': () => require('assert').strict,
    buffer: () => (${buffer})(realm),
    crypto: () => (${crypto})(realm, require('buffer').Buffer, random),
    events: () => (${eventsModule})(realm),
    path: () => (${path})(realm),
    'path/posix': () => require('path').posix,
    'path/win32': () => require('path').win32,
    process: () => globalThis.process,
    punycode: () => (${punycode})(realm),
    querystring: () => (${querystring})(realm),
    string_decoder: () => (${stringDecoder})(require('buffer').Buffer),
    url: () => (${urlModule})(realm),
    util: () => (${util})(realm),
    'util/types': () => require('util').types,
    zlib: () => (${zlib})(realm, require('buffer').Buffer),
  };
  const { require, namespace } = (${modules})(realm, { inert, given });
  const readOnly = (${readOnly})();
  const { make, given: makeGiven } = (${values})(readOnly);
  const tools = (${calls})(realm, { framesOf, timers, make, makeGiven });
  return { timers, tools: { ...tools, ...(${loading})(realm, { later: tools.later, require, namespace }) } };
}`;
