import * as arrow from 'apache-arrow';
import { Footer } from 'apache-arrow/ipc/metadata/file';
import { Message } from 'apache-arrow/ipc/metadata/message';
import { type BatchHeader, checkBatch } from './arrow-batch.js';
import { DamagedBytes } from './damage.js';
import type { InputFile } from './disk.js';
import { checkFlat } from './flat.js';
import { FOOTER, MESSAGE } from './flat-arrow.js';

/** A message of an Arrow file: its head, and where its body lies. */
interface Found {
  readonly is: 'schema' | 'dictionary' | 'batch';
  readonly message: Message;
  /** Ready for a reader of streams. */
  readonly head: Uint8Array;
  /** Bytes before it: its length, and in all but old files a mark. */
  readonly prefix: number;
  readonly at: number;
  readonly bodyAt: number;
  readonly end: number;
}

/** A checked Arrow file or stream. */
export interface ArrowMessages {
  readonly schema: arrow.Schema;
  /** As a stream, in pieces of which each was checked before. */
  pieces(): AsyncIterable<Uint8Array>;
}

const MAGIC = 'ARROW1';
const START = 8;
const LEAST = START + 4 + MAGIC.length;
/** No head of any writer comes near: bytes that say more are no head. */
const MOST_HEAD = 64 << 20;
const PEEK = 4096;

export async function openMessages(file: InputFile): Promise<ArrowMessages> {
  const start = text(await file.read(0, Math.min(START, file.size)));
  return start.startsWith(MAGIC) ? openFile(file) : openStream(file);
}

async function openStream(file: InputFile): Promise<ArrowMessages> {
  const first = await messageAt(file, 0);
  if (first?.is !== 'schema') throw new DamagedBytes('it does not begin with its columns');
  const schema = schemaOf(first);
  const pieces = async function* (): AsyncIterable<Uint8Array> {
    yield first.head;
    let at = first.end;
    for (let next = await messageAt(file, at); next; next = await messageAt(file, at)) {
      yield* checked(file, next, schema);
      at = next.end;
    }
    await endsHere(file, at, first.prefix);
    yield END;
  };
  return { schema, pieces };
}

/** The end of a stream says that no batch is missing. */
const END = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/** Zeros alone are the end for old writers only: else they may be a batch that was lost. */
async function endsHere(file: InputFile, at: number, prefix: number): Promise<void> {
  const mark = await file.read(at, Math.min(file.size, at + prefix));
  if (!END.subarray(END.length - prefix).every((byte, i) => byte === mark[i]))
    throw new DamagedBytes(`at byte ${at} there is neither a batch nor the mark of its end`);
  // Not even zeros: a lost sector may leave such a mark where a batch began.
  if (at + prefix !== file.size)
    throw new DamagedBytes(`bytes from ${at + prefix} on belong to no batch: some of its rows are lost`);
}

async function openFile(file: InputFile): Promise<ArrowMessages> {
  const { footer, from } = await footerOf(file);
  const { schema } = footer;
  const dictionaries = [...footer.dictionaryBatches()];
  const batches = [...footer.recordBatches()];
  const blocks = [...dictionaries, ...batches].sort((a, b) => a.offset - b.offset);
  const start = await columnsEnd(file, { schema, to: blocks[0]?.offset ?? from });
  await leavesNothingOut(file, blocks, { start, end: from });
  const pieces = async function* (): AsyncIterable<Uint8Array> {
    yield headOf(Message.encode(Message.from(schema)));
    for (const block of dictionaries) yield* blockOf(file, { block, is: 'dictionary', schema });
    for (const block of batches) yield* blockOf(file, { block, is: 'batch', schema });
    yield END;
  };
  return { schema, pieces };
}

interface Start {
  readonly schema: arrow.Schema;
  /** Where the first batch begins, or the footer. */
  readonly to: number;
}

/** Where the columns end that stand before the batches. The footer's are the ones that count. */
async function columnsEnd(file: InputFile, { schema, to }: Start): Promise<number> {
  // The JavaScript library says the columns at the end only.
  if (to <= START) return START;
  const bytes = await file.read(START, Math.min(to, START + MOST_HEAD));
  // Polars leaves out what goes before a message: the first four bytes are an offset then, and small.
  if (isBare(bytes)) return START + checkFlat(bytes, MESSAGE);
  const first = await messageAt(file, START);
  if (first?.is !== 'schema') return START;
  if (signature(schemaOf(first)) !== signature(schema))
    throw new DamagedBytes('its columns are others at its start than at its end');
  return first.end;
}

/** A message of so few bytes says nothing. */
const LEAST_HEAD = 16;

function isBare(bytes: Uint8Array): boolean {
  const first = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  return first > 0 && first < LEAST_HEAD;
}

async function footerOf(file: InputFile): Promise<{ footer: Footer; from: number }> {
  const tail = file.size < LEAST ? new Uint8Array(10) : await file.read(file.size - 10, file.size);
  if (text(tail.subarray(4)) !== MAGIC) throw new DamagedBytes('its end is missing: it was not written whole');
  const length = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  const from = file.size - 10 - length;
  if (length <= 0 || length > MOST_HEAD || from < START) throw new DamagedBytes('its end says an impossible length');
  const bytes = await file.read(from, file.size - 10);
  checkFlat(bytes, FOOTER);
  const footer = Footer.decode(bytes);
  checkVersion(footer.version);
  return { footer, from };
}

interface Block {
  readonly offset: number;
  readonly metaDataLength: number;
  readonly bodyLength: number;
}

/** The batches that the footer names must be all that lies between the columns and the footer. */
async function leavesNothingOut(
  file: InputFile,
  blocks: readonly Block[],
  { start, end }: { readonly start: number; readonly end: number },
): Promise<void> {
  let at = start;
  for (const { offset, metaDataLength, bodyLength } of blocks) {
    const next = offset + metaDataLength + bodyLength;
    if (offset < at || metaDataLength < 8 || bodyLength < 0 || next > end)
      throw new DamagedBytes('its end names a batch where none can be');
    await onlyZeros(file, at, offset);
    at = next;
  }
  // The mark of the end stands behind the last batch, or before the footer.
  const last = end - END.length;
  if (await isMarked(file, at, end)) await onlyZeros(file, at + END.length, end);
  else await onlyZeros(file, at, last >= at && (await isMarked(file, last, end)) ? last : end);
}

async function isMarked(file: InputFile, at: number, end: number): Promise<boolean> {
  const found = await file.read(at, Math.min(end, at + END.length));
  return found.length === END.length && found.every((byte, i) => byte === END[i]);
}

const GAP = 1 << 20;

async function onlyZeros(file: InputFile, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += GAP) {
    const bytes = await file.read(at, Math.min(to, at + GAP));
    const found = bytes.findIndex((byte) => byte !== 0);
    if (found >= 0) throw new DamagedBytes(`bytes from ${at + found} on belong to no batch: some of its rows are lost`);
  }
}

interface Wanted {
  readonly block: Block;
  readonly is: Found['is'];
  readonly schema: arrow.Schema;
}

async function* blockOf(file: InputFile, { block, is, schema }: Wanted): AsyncIterable<Uint8Array> {
  const found = await messageAt(file, block.offset);
  const bodyAt = block.offset + block.metaDataLength;
  if (found?.is !== is || found.bodyAt > bodyAt || found.end - found.bodyAt !== block.bodyLength)
    throw new DamagedBytes(`there is no whole batch at byte ${block.offset}, where its end names one`);
  yield* checked(file, { ...found, bodyAt, end: bodyAt + block.bodyLength }, schema);
}

async function* checked(file: InputFile, found: Found, schema: arrow.Schema): AsyncIterable<Uint8Array> {
  if (found.is === 'schema') throw new DamagedBytes(`its columns begin anew at byte ${found.at}`);
  const body = await file.read(found.bodyAt, found.end);
  const header = found.message.header() as unknown as BatchHeader & { id: number; data: BatchHeader };
  const types = found.is === 'batch' ? schema.fields.map(({ type }) => type) : [schema.dictionaries.get(header.id)];
  if (types.includes(undefined)) throw new DamagedBytes('it has a dictionary that belongs to no column');
  checkBatch(types as arrow.DataType[], found.is === 'batch' ? header : header.data, body);
  yield found.head;
  if (body.length > 0) yield body;
}

/** The message that begins here; undefined at the mark of the end. */
async function messageAt(file: InputFile, at: number): Promise<Found | undefined> {
  if (at + 4 > file.size) throw new DamagedBytes(`it ends at byte ${file.size} without the mark of its end`);
  const peek = await file.read(at, Math.min(file.size, at + PEEK));
  const view = new DataView(peek.buffer, peek.byteOffset, peek.byteLength);
  // Older writers leave the mark out that goes before the length.
  const prefix = view.getInt32(0, true) === -1 ? 8 : 4;
  const length = peek.length < prefix ? Number.NaN : view.getInt32(prefix - 4, true);
  if (length === 0) return undefined;
  const bodyAt = at + prefix + length;
  if (!(length > 0 && length <= MOST_HEAD && bodyAt <= file.size))
    throw new DamagedBytes(`there is no batch at byte ${at}, where one must begin`);
  const metadata =
    prefix + length <= peek.length ? peek.subarray(prefix, prefix + length) : await file.read(at + prefix, bodyAt);
  return { ...decoded(metadata, bodyAt, file.size), head: headOf(metadata), prefix, at, bodyAt };
}

function decoded(metadata: Uint8Array, bodyAt: number, size: number): Pick<Found, 'is' | 'message' | 'end'> {
  checkFlat(metadata, MESSAGE);
  const message = Message.decode(metadata);
  checkVersion(message.version);
  const is = ([undefined, 'schema', 'dictionary', 'batch'] as const)[message.headerType as number];
  const end = bodyAt + message.bodyLength;
  if (is === undefined || !Number.isSafeInteger(end) || end < bodyAt || end > size)
    throw new DamagedBytes('a batch ends behind the end of the file');
  return { is, message, end };
}

function checkVersion(version: arrow.MetadataVersion): void {
  if (version > arrow.MetadataVersion.V5 || version < arrow.MetadataVersion.V1)
    throw new DamagedBytes('it is of a version of the format that is not known');
}

function headOf(metadata: Uint8Array): Uint8Array {
  const head = new Uint8Array(8 + metadata.length);
  new DataView(head.buffer).setInt32(0, -1, true);
  new DataView(head.buffer).setInt32(4, metadata.length, true);
  head.set(metadata, 8);
  return head;
}

const schemaOf = ({ message }: Found): arrow.Schema => message.header() as unknown as arrow.Schema;

const signature = ({ fields, dictionaries }: arrow.Schema): string =>
  `${fields.map(({ name, type }) => `${JSON.stringify(name)} ${type}`).join()} ${[...dictionaries.keys()].join()}`;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
