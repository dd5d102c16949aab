import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { load, projectOf, removeFolders } from './project.js';

afterAll(removeFolders);

const TOP = `import { map, pipeline } from 'millrace';
import fs from 'node:fs';
import crypto, { randomUUID, createHash } from 'node:crypto';
import * as everything from 'node:crypto';
import { performance as timer } from 'node:perf_hooks';
import { env } from 'node:process';
import { EOL, hostname } from 'node:os';
import vm from 'node:vm';
import Module, { createRequire, isBuiltin } from 'node:module';
import { parseArgs } from 'node:util';
const { now } = Date;
const { parse } = Date;
const { random } = Math;
const { floor, max } = Math;
const Numbers = Math;
const Time = Date;
const World: any = globalThis;
const { env: environment } = process;
const { randomBytes } = everything;
const { createHmac } = everything;
const kept = { Numbers: Math };
const files = { fs };
const later = Math.random;
const bound = Math.random.bind(Math);
const started = Date.now();
const random2 = (x: any) => x.randomUUID();
const secrets = crypto;
class Clock extends Date {}
const r = require;
const { subtle } = globalThis.crypto;
const { values } = parseArgs({ strict: false });
const event = new Event('x');
const stamp = new Intl.DateTimeFormat('en', { timeZone: 'UTC' });
const record = { stack: 'a', timeStamp: 1, lastModified: 2, format: () => 'b' };
const Dates = { format: () => 'c' };
`;

const REFUSED =
  `Date.now() | new(Date) | [Date].map((D:any)=>new(D)()) | Reflect.construct(Date,[]) | (globalThis as any)['Date'].now() |
  (Date as any)[row.k]() | (globalThis as any)[row.k] | Math['random']() | [1].map(Math.random) | Math.random.call(null) |
  ((M)=>M.random())(Math) | Object.values(Math) | Reflect.get(Math,'random')() | (Math as any)[row.k]() | process['env'].X | process.cwd() |
  (process as any).getBuiltinModule('fs') | performance.now() | crypto.randomUUID() | crypto['randomBytes'](3) | row.d.toLocaleString() |
  row.d['toLocaleString']() | row.a.localeCompare(row.b) | row.d.getHours() | row.d.setHours(1) | row.d.getMinutes() |
  new(Intl.NumberFormat)().format(1) | fetch('x') | globalThis.fetch('x') | eval('1') | (0,eval)('1') | Function('return 1')() |
  (()=>1).constructor('return 1')() | require('fs') | require('node:os').cpus() | import('node:fs') | import('node:crypto') |
  (await(import('node:crypto'))).randomUUID() | import(row.x) | now() | random() | Numbers.random() | new(Time)() | World.Date.now() |
  environment.X | randomBytes(3) | kept.Numbers.random() | files.fs.readFileSync('x') | later() | bound() | started | random2(crypto) |
  secrets.randomUUID() | new(Clock)() | randomUUID() | everything.randomBytes(3) | (everything as any)[row.k] | timer.now() | env.X | EOL |
  hostname() | vm.runInThisContext('1') | createRequire(import.meta.url)('fs') | fs['readFileSync']('x') | fs.promises.readFile('x') |
  r('fs') | require.cache | (Module as any)._load('fs') | (Module as any).prototype.require('fs') | new(Object.getPrototypeOf(async () => {}).constructor)('return 1')() | (async () => {}).constructor('return 1')() |
  (function* () {}).constructor | (Date.prototype.constructor as any).now() | new(Date.prototype.constructor as any)() | (new Date(0).constructor as any).now() |
  new Error('x').stack | Error('x').stack | new RangeError('x')?.stack | (() => { const { stack } = new Error('x'); return stack; })() |
  (() => { const error = new Error('x'); return error.stack; })() | (() => { const own: any = {}; Error.captureStackTrace(own); return own.stack; })() |
  new Intl.DateTimeFormat('en').format() | stamp.format() | stamp.formatToParts(undefined) | parseArgs().values | parseArgs({ strict: false }) | values.k |
  event.timeStamp | new CustomEvent('x').timeStamp | new File([], 'x').lastModified | URL.createObjectURL(new Blob([])) | crypto.subtle | subtle.generateKey({}, true, []) |
  globalThis.crypto.subtle.generateKey({}, true, []) | everything.generatePrimeSync(32) | everything.createECDH('secp256k1').generateKeys() |
  crypto.createDiffieHellman(512) | crypto.getDiffieHellman('modp14') | crypto.publicEncrypt(row.k, row.b)`.split(
    /\s\|\s+/,
  );

const ALLOWED = [
  'Math.max(1, row.n)',
  'floor(max(1, row.n))',
  'parse(row.text)',
  'new Date(row.text)',
  'row.d instanceof Date',
  'typeof Math',
  'Math.PI',
  "createHash('sha256')",
  "crypto.createHash('sha256')",
  "everything.createHash('sha256')",
  "createHmac('sha256', row.k)",
  "(await import('node:crypto')).createHash('sha256')",
  "(async () => { const { createHash: make } = await import('node:crypto'); return make('md5'); })()",
  "require('node:path').join('a', 'b')",
  "typeof globalThis === 'object'",
  'row.text.toUpperCase()',
  'row.error.stack',
  'row.error?.stack ?? record.stack',
  '(({ stack, timeStamp }) => [stack, timeStamp])(row)',
  'record.timeStamp + record.lastModified + record.format()',
  'Dates.format() + row.format()',
  "new Error('x').message",
  '(() => { try { return row.f(); } catch (error) { return (error as Error).message; } })()',
  "new Event('x').type",
  "new File([], 'x', { lastModified: 0 }).lastModified",
  "new File([], 'x').name",
  'stamp.format(row.d)',
  "new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).formatToParts(row.d)",
  "new Intl.NumberFormat('en').format(row.n)",
  "parseArgs({ args: ['--k', '1'], options: { k: { type: 'string' } } }).values.k",
  "globalThis.crypto.subtle.digest('SHA-256', row.bytes)",
  "isBuiltin('fs')",
  'row.constructor === Object',
  'row.constructor.name',
  'Object.getPrototypeOf(row).constructor',
  'typeof require',
  'new URL(row.text).href',
];

const refusalsOf = async (runs: readonly string[]) => {
  const named = runs.map((run, at) => `  s${at}: map(1, { run: async (row: any) => ${run} }),`);
  const { read } = await load(
    projectOf({ 'pipeline.ts': `${TOP}export default pipeline({\n${named.join('\n')}\n});\n` }),
    'pipeline.ts',
  );
  return new Map(
    runs.map((run, at) => {
      const answer = read(`s${at}`);
      return [run, 'refused' in answer ? answer.refused.why : 'allowed'];
    }),
  );
};

describe('a read of the world is refused', () => {
  let answers: ReadonlyMap<string, string>;
  beforeAll(async () => {
    answers = await refusalsOf(REFUSED);
  });
  test.each(REFUSED)('%s', (run) => {
    expect(answers.get(run)).toMatch(/^(undeclared read|unreadable)$/);
  });
});

describe('what gives the same to everybody is not', () => {
  let answers: ReadonlyMap<string, string>;
  beforeAll(async () => {
    answers = await refusalsOf(ALLOWED);
  });
  test.each(ALLOWED)('%s', (run) => {
    expect(answers.get(run)).toBe('allowed');
  });
});
