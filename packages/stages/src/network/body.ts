import { isUtf8 } from 'node:buffer';
import { timerMs } from '@millrace/core';

/** A body is longer than it may be. The connection is given up: the rest is not read. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
  constructor(readonly most: number) {
    super(`it is longer than ${bytesText(most)}`);
  }
}

/** A body whose bytes are no text. What stands in their place when they are read all the same is not what was sent. */
export class NoText extends Error {
  override readonly name = 'NoText';
  constructor() {
    super('it holds bytes that are no text in UTF-8');
  }
}

export const bytesText = (bytes: number): string =>
  bytes >= 1 << 30
    ? `${Math.round(bytes / 2 ** 30)} GiB`
    : bytes >= 1 << 20
      ? `${Math.round(bytes / 2 ** 20)} MiB`
      : `${bytes} bytes`;

/** A process that was busy for that long hears first what has come meanwhile. Gives the way to no longer wait. */
export function afterSilence(ms: number, end: () => void): () => void {
  let timer = setTimeout(() => {
    timer = setTimeout(end, HEAR_MS);
  }, timerMs(ms));
  return () => clearTimeout(timer);
}

const HEAR_MS = 20;

/** What comes, or an error where nothing comes for so long. */
export async function steady<T>(coming: Promise<T>, stallMs: number | undefined): Promise<T> {
  if (stallMs === undefined) return coming;
  let hush = (): void => undefined;
  const stalled = new Promise<never>((_, reject) => {
    hush = afterSilence(stallMs, () => reject(new Error(`it said nothing for ${stallMs} ms`)));
  });
  try {
    return await Promise.race([coming, stalled]);
  } finally {
    hush();
  }
}

export interface Bounds {
  /** Bytes. */
  readonly most: number;
  /** Between two pieces. */
  readonly stallMs?: number;
}

/** The pieces of a body within its bounds. Who stops in between ends the connection. */
export async function* piecesOf(response: Response, { most, stallMs }: Bounds): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await steady(reader.read(), stallMs);
      if (done) return;
      bytes += value.length;
      if (bytes > most) throw new TooLong(most);
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** A whole body as text, up to so many bytes. What a server says of its failure is only quoted, and may be any bytes. */
export async function textOf(response: Response, most: number): Promise<string> {
  const pieces = [];
  for await (const piece of piecesOf(response, { most })) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (response.ok && !isUtf8(bytes)) throw new NoText();
  return new TextDecoder().decode(bytes);
}

const ENDLESS = { most: Number.POSITIVE_INFINITY };

/** The first part of a body, for a message; the rest is not read. */
export async function startOf(response: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of piecesOf(response, ENDLESS)) {
    text += decoder.decode(piece, { stream: true });
    if (text.length >= most) break;
  }
  return text;
}

/** The lines of an answer, one at a time, each up to so many bytes. */
export async function* linesOf(response: Response, most: number): AsyncGenerator<Uint8Array> {
  let open: Uint8Array[] = [];
  let held = 0;
  for await (const piece of piecesOf(response, ENDLESS)) {
    let from = 0;
    for (let end = piece.indexOf(LINE_END); end >= 0; end = piece.indexOf(LINE_END, from)) {
      yield Buffer.concat([...open, piece.subarray(from, end)]);
      open = [];
      held = 0;
      from = end + 1;
    }
    open.push(piece.subarray(from));
    held += piece.length - from;
    if (held > most) throw new TooLong(most);
  }
  yield Buffer.concat(open);
}

const LINE_END = 10;
