/** A body is longer than it may be. The connection is given up: the rest is not read. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
  constructor(readonly most: number) {
    super(`it is longer than ${bytesText(most)}`);
  }
}

export const bytesText = (bytes: number): string =>
  bytes >= 1 << 20 ? `${Math.round(bytes / (1 << 20))} MiB` : `${Math.round(bytes / 1024)} KiB`;

/** The pieces of a body, up to so many bytes. Who stops in between ends the connection. */
export async function* piecesOf(response: Response, most: number): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  let bytes = 0;
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > most) throw new TooLong(most);
    yield piece;
  }
}

/** A whole body as text, up to so many bytes. */
export async function textOf(response: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of piecesOf(response, most)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

/** The first part of a body, for a message; the rest is not read. */
export async function startOf(response: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of piecesOf(response, Number.POSITIVE_INFINITY)) {
    text += decoder.decode(piece, { stream: true });
    if (text.length >= most) break;
  }
  return text;
}

/** The lines of a body, one at a time, each up to so many bytes. */
export async function* linesOf(response: Response, most: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = '';
  for await (const piece of piecesOf(response, Number.POSITIVE_INFINITY)) {
    const [first = '', ...lines] = decoder.decode(piece, { stream: true }).split('\n');
    open += first;
    if (lines.length) {
      yield open;
      open = lines.pop() as string;
      yield* lines;
    }
    if (open.length > most) throw new TooLong(most);
  }
  yield open + decoder.decode();
}
