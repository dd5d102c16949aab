import { DamagedBytes } from './damage.js';

/**
 * What pandas compresses its Feather files with. A frame holds blocks; a block, literals and references to what came
 * before. `size`: what the bytes unfold to, no more and no less.
 */
export function decodeLz4(frame: Uint8Array, size: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) throw broken();
  const flags = frame[4]!;
  if (flags >> 6 !== VERSION || flags & RESERVED) throw broken();
  const out = new Output(size);
  let at = 7 + (flags & CONTENT_SIZE ? 8 : 0) + (flags & DICTIONARY ? 4 : 0);
  for (;;) {
    if (at + 4 > frame.length) throw broken();
    const word = view.getUint32(at, true);
    const length = word & 0x7fff_ffff;
    at += 4;
    if (length === 0) return out.done(at + (flags & CONTENT_CHECKSUM ? 4 : 0) === frame.length);
    if (at + length > frame.length) throw broken();
    const block = frame.subarray(at, at + length);
    if (word >>> 31) out.literals(block, 0, length);
    else decodeBlock(block, out);
    at += length + (flags & BLOCK_CHECKSUM ? 4 : 0);
  }
}

const MAGIC = 0x184d2204;
const CONTENT_SIZE = 8;
const DICTIONARY = 1;
const RESERVED = 2;
const CONTENT_CHECKSUM = 4;
const VERSION = 1;
const BLOCK_CHECKSUM = 16;

function decodeBlock(block: Uint8Array, out: Output): void {
  const reader = { block, at: 0 };
  while (reader.at < block.length) {
    const token = block[reader.at++]!;
    const literals = lengthOf(token >> 4, reader);
    out.literals(block, reader.at, literals);
    reader.at += literals;
    if (reader.at >= block.length) return;
    if (reader.at + 2 > block.length) throw broken();
    const back = block[reader.at]! | (block[reader.at + 1]! << 8);
    reader.at += 2;
    out.repeat(back, lengthOf(token & 15, reader) + 4);
  }
}

/** 15 goes on in the bytes that follow, as long as they are 255. */
function lengthOf(start: number, reader: { readonly block: Uint8Array; at: number }): number {
  let length = start;
  if (start < 15) return length;
  for (let byte = 255; byte === 255; length += byte) {
    if (reader.at >= reader.block.length) throw broken();
    byte = reader.block[reader.at++]!;
  }
  return length;
}

class Output {
  private readonly bytes: Uint8Array;
  private length = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  literals(from: Uint8Array, start: number, count: number): void {
    this.room(count);
    if (start + count > from.length) throw broken();
    this.bytes.set(from.subarray(start, start + count), this.length);
    this.length += count;
  }

  /** May reach into what it writes: that is how runs are said. */
  repeat(back: number, count: number): void {
    if (back === 0 || back > this.length) throw broken();
    this.room(count);
    for (let i = 0; i < count; i++, this.length++) this.bytes[this.length] = this.bytes[this.length - back]!;
  }

  done(atEnd: boolean): Uint8Array {
    if (!atEnd || this.length !== this.bytes.length) throw broken();
    return this.bytes;
  }

  private room(count: number): void {
    if (this.length + count > this.bytes.length) throw broken();
  }
}

const broken = () => new DamagedBytes('a compressed part of it is broken');
