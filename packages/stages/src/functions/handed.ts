import type { Row, RowAnswer } from '@millrace/core';
import { builtInTag, isBuffer } from '@millrace/core';
import { bytesOf, isPlain, regexpLike } from './given.js';
import { eachRow } from './rows.js';

/** What a function is given beside its rows: each row finds what was declared, whatever the rows before it did. */
interface Handed {
  readonly next: () => unknown;
  /** Bytes too many to be copied for each row are looked at after each call. */
  readonly watched: readonly Watched[];
}

interface Watched {
  readonly path: string;
  readonly bytes: ArrayBufferView;
  readonly declared: ArrayBufferView;
}

/** Calls a function for each row with what it is given. */
export function eachRowGiven<A extends RowAnswer>(
  rows: readonly Row[],
  given: unknown,
  call: (row: Row, given: never, at: number) => A | Promise<A>,
): readonly RowAnswer[] | Promise<readonly RowAnswer[]> {
  const { next, watched } = handedOf(given);
  const answers = eachRow(rows, (row, at) => call(row, next() as never, at));
  if (watched.length === 0) return answers;
  const unspoilt = (all: readonly RowAnswer[]) => {
    for (const each of watched) refuseSpoilt(each);
    return all;
  };
  return 'then' in answers ? answers.then(unspoilt) : unspoilt(answers);
}

/** For a function that is called once. */
export const handedOnce = (given: unknown): unknown => handedOf(given).next();

const known = new WeakMap<object, Handed>();

/** Decided once: only what a function could change is made anew for each row. */
function handedOf(given: unknown): Handed {
  if (typeof given !== 'object' || given === null) return { next: () => given ?? {}, watched: [] };
  const before = known.get(given);
  if (before) return before;
  const watched: Watched[] = [];
  const { same, fresh } = partOf(given, { path: 'with', watched });
  const handed = { next: fresh ?? (() => same), watched };
  known.set(given, handed);
  return handed;
}

/** The same for all rows, or made for each. */
interface Part {
  readonly same?: unknown;
  readonly fresh?: () => unknown;
}

interface At {
  readonly path: string;
  readonly watched: Watched[];
}

function partOf(value: unknown, at: At): Part {
  if (typeof value !== 'object' || value === null) return { same: value };
  if (isPlain(value)) return recordPart(value, at);
  const tag = builtInTag(value);
  const part = PARTS[tag ?? ''];
  if (part) return part(value as never, at);
  return tag !== undefined && ArrayBuffer.isView(value) ? bytesPart(value, at) : { same: value };
}

const PARTS: Readonly<Record<string, (value: never, at: At) => Part>> = {
  Array: (value: readonly unknown[], at) => made(value, inside(value, at), (items) => Object.freeze(items)),
  Map: (value: ReadonlyMap<unknown, unknown>, at) =>
    made(undefined, inside([...value].flat(), at), (items) => readOnly(new Map(pairs(items)), at.path)),
  Set: (value: ReadonlySet<unknown>, at) =>
    made(undefined, inside([...value], at), (items) => readOnly(new Set(items), at.path)),
  RegExp: (value: RegExp) => ({ fresh: () => regexpLike(value) }),
  Date: (value: Date) => ({ fresh: () => new Date(value.getTime()) }),
  URL: (value: URL) => ({ fresh: () => new URL(value.href) }),
  ArrayBuffer: (value: ArrayBuffer) => ({ fresh: () => value.slice(0) }),
};

const inside = (values: readonly unknown[], { path, watched }: At): readonly Part[] =>
  values.map((each, i) => partOf(each, { path: `${path}[${i}]`, watched }));

const pairs = (items: readonly unknown[]): [unknown, unknown][] =>
  Array.from({ length: items.length / 2 }, (_, i) => [items[2 * i], items[2 * i + 1]]);

function recordPart(value: Readonly<Record<string, unknown>>, { path, watched }: At): Part {
  const names = Object.keys(value);
  const parts = names.map((name) => partOf(value[name], { path: `${path}.${name}`, watched }));
  const once = parts.map(({ same }) => ({ same }));
  const record = (items: readonly unknown[]) => Object.fromEntries(items.map((item, i) => [names[i], item]));
  const { same } = made(value, once, (items) => Object.freeze(record(items)));
  const anew = parts.flatMap(({ fresh }, i) => (fresh ? [{ name: names[i] as string, fresh }] : []));
  if (anew.length === 0) return { same };
  return {
    fresh: () => {
      const next: Record<string, unknown> = { ...(same as object) };
      for (const { name, fresh } of anew) next[name] = fresh();
      return Object.freeze(next);
    },
  };
}

/** Made of parts: once, where all of them are the same for each row; `whole` is already what would be made. */
function made(whole: object | undefined, parts: readonly Part[], make: (items: unknown[]) => unknown): Part {
  if (parts.some(({ fresh }) => fresh))
    return { fresh: () => make(parts.map(({ same, fresh }) => (fresh ? fresh() : same))) };
  const items = parts.map(({ same }) => same);
  const values: readonly unknown[] = whole ? Object.values(whole) : [];
  const isWhole = whole !== undefined && items.every((item, i) => Object.is(item, values[i]));
  return { same: isWhole ? whole : make(items) };
}

const MOST_COPIED = 16_384;

/** A few bytes are copied for each row. */
function bytesPart(value: ArrayBufferView, { path, watched }: At): Part {
  if (value.byteLength <= MOST_COPIED) return { fresh: () => bytesOf(value) };
  const bytes = bytesOf(value);
  watched.push({ path, bytes, declared: value });
  return { same: bytes };
}

function refuseSpoilt({ path, bytes, declared }: Watched): void {
  if (Buffer.compare(viewOf(bytes), viewOf(declared)) === 0) return;
  throw new Error(
    `The function changed ${path}, ${isBuffer(bytes) ? 'a Buffer' : `a ${builtInTag(bytes)}`} that other rows are given too. Change a copy: ${path}.slice().`,
  );
}

const viewOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A row that changes what others read is stopped where it does. */
function readOnly<T extends Map<unknown, unknown> | Set<unknown>>(collection: T, path: string): T {
  const tag = builtInTag(collection);
  const refuse = () => {
    throw new TypeError(
      `The function changes ${path}, a ${tag} that other rows are given too. Change a copy: new ${tag}(${path}).`,
    );
  };
  for (const name of ['set', 'add', 'delete', 'clear'])
    if (name in collection) Object.defineProperty(collection, name, { value: refuse });
  return Object.freeze(collection);
}
