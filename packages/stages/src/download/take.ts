import { timerMs } from '@millrace/core';
import { shownAddress } from '../network/address.js';
import { bytesText } from '../network/body.js';
import { heardHeader } from '../network/headers.js';
import { type Appender, appendTo, remove, sizeOf, textOf, writeText } from './disk.js';
import { addToHash, beginHash } from './hashed.js';
import { Refused, request, unreachable } from './http.js';
import type { Transfer, Wanted } from './wanted.js';

/** What a server said of a file without checksum when its first byte came. */
interface About {
  readonly version?: string | undefined;
  readonly total?: number | undefined;
}

export const aboutOf = async (part: string): Promise<About | undefined> => {
  const text = await textOf(`${part}.about`);
  return text ? read(text) : undefined;
};

/** What a disk damaged is as if it were not there. */
function read(text: string): About | undefined {
  try {
    const { version, total } = JSON.parse(text) as About;
    const right = typeof version === 'string' && Number.isSafeInteger(total);
    return right ? { version, total } : undefined;
  } catch {
    return undefined;
  }
}

export const forgetAbout = (part: string): Promise<void> => remove(`${part}.about`);

/** One request, from the first byte that is missing. */
export async function take(file: Wanted, part: string, line: Transfer): Promise<void> {
  const from = await resumable(file, part);
  const headers = {
    ...line.headers,
    'accept-encoding': 'identity',
    ...(from > 0 && (await rangeOf(file, part, from))),
  };
  const response = await request(file.url, { headers }, line);
  const begins = beginOf(file, response, from);
  const sink = await open(file, part, { begins, from });
  try {
    await refuseOther(file, response);
    if (!file.check)
      await writeText(
        `${part}.about`,
        JSON.stringify({ version: versionOf(response), total: totalOf(response, begins) }),
      );
    await pump(file, response, { ...line, sink, part, at: begins });
  } finally {
    sink.close();
  }
}

/** From where on bytes are missing. Without a checksum only what a server can vouch for is gone on with. */
async function resumable(file: Wanted, part: string): Promise<number> {
  const have = (await sizeOf(part)) ?? 0;
  const about = await aboutOf(part);
  if (have === 0 || file.check || (about?.version && about.total !== undefined)) return have;
  await remove(part);
  return 0;
}

async function rangeOf(file: Wanted, part: string, from: number): Promise<Record<string, string>> {
  const version = file.check ? undefined : (await aboutOf(part))?.version;
  return { range: `bytes=${from}-`, ...(version && { 'if-range': version }) };
}

/** Where the body begins: a server may not know ranges, and then sends everything. */
function beginOf(file: Wanted, response: Response, from: number): number {
  if (response.status !== 206) return 0;
  const [, said, last, all] = /^bytes (\d+)-(?:(\d+)\/(\d+)$)?/.exec(response.headers.get('content-range') ?? '') ?? [];
  if (file.bytes === undefined && Number(last) + 1 < Number(all))
    throw new Refused(
      `${shownAddress(response.url)} was asked for all bytes from ${from} on and sent those up to ${last} of ${all}.`,
    );
  if (said !== undefined && Number(said) === from) return from;
  throw new Refused(
    `${shownAddress(response.url)} was asked for bytes from ${from} on and sent those from ${said ?? 'nobody knows where'} on.`,
  );
}

async function open(file: Wanted, part: string, { begins, from }: { begins: number; from: number }): Promise<Appender> {
  if (begins < from) await remove(part);
  if (begins === 0) beginHash(file, part);
  return appendTo(part);
}

async function refuseOther(file: Wanted, response: Response): Promise<void> {
  const encoding = response.headers.get('content-encoding');
  const why =
    encoding && encoding !== 'identity'
      ? new Refused(
          `${file.url} comes packed as ${encoding} although it was asked for as it is; what it unpacks to has no bound. It was not taken.`,
          { final: true },
        )
      : file.version !== undefined && versionOf(response) !== file.version
        ? new Refused(
            `${file.url} changed since the run began, and it has no checksum. Nothing of it was kept; run again.`,
            { final: true },
          )
        : undefined;
  if (!why) return;
  await response.body?.cancel().catch(() => undefined);
  throw why;
}

function totalOf({ headers }: Response, begins: number): number | undefined {
  const length = headers.get('content-length');
  return length === null ? undefined : begins + Number(length);
}

export const versionOf = (response: Response): string | undefined => {
  const etag = heardHeader(response, 'etag');
  return etag && !etag.startsWith('W/') ? etag : heardHeader(response, 'last-modified');
};

interface Pump extends Transfer {
  readonly sink: Appender;
  readonly part: string;
  at: number;
}

async function pump(file: Wanted, response: Response, to: Pump): Promise<void> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let stalled = false;
  const stop = () => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(() => {
    stalled = true;
    stop();
  }, timerMs(to.stallMs));
  to.signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      timer.refresh();
      if (accept(file, value, to)) return;
    }
    if (to.signal.aborted || stalled) throw new Error('no more bytes came');
  } catch (error) {
    throw error instanceof Refused || to.signal.aborted || error instanceof Unwritten
      ? error
      : unreachable(file.url, error, stalled);
  } finally {
    clearTimeout(timer);
    to.signal.removeEventListener('abort', stop);
    stop();
  }
  if (file.bytes !== undefined && to.at < file.bytes)
    throw new Refused(`${file.url} ended at byte ${to.at} of ${file.bytes}.`);
}

/** Never more than there should be, whatever the server sends: the checksum tells whether it is right. */
function accept(file: Wanted, chunk: Uint8Array, to: Pump): boolean {
  const room = (file.bytes ?? Number.POSITIVE_INFINITY) - to.at;
  const own = chunk.length > room ? chunk.subarray(0, room) : chunk;
  if (to.at + own.length > (to.maxBytes ?? MOST_BYTES) && file.bytes === undefined) throw tooLong(file, to);
  write(file, own, to);
  addToHash(to.part, own, to.at);
  to.at += own.length;
  to.got(own.length);
  return to.at === file.bytes;
}

/** Of a file whose size nobody says. */
const MOST_BYTES = 16 * 2 ** 30;

const tooLong = ({ url }: Wanted, { maxBytes = MOST_BYTES }: Transfer): Refused =>
  new Refused(
    `${url} does not end after ${bytesText(maxBytes)}, and says no size. The rest was not read; raise the option maxBytes, if that is meant.`,
    { final: true },
  );

function write(file: Wanted, chunk: Uint8Array, { sink, at }: Pump): void {
  try {
    sink.write(chunk);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOSPC' || code === 'EFBIG' || code === 'EDQUOT' ? `there is no room for it (${code})` : message;
    throw new Unwritten(
      `${file.path} cannot be written after ${at} bytes: ${why}. Nothing of it counts; what came so far is kept and gone on from. Make room and run again.`,
      { cause: error },
    );
  }
}

/** Of the disk here: no other try over the line would help. */
class Unwritten extends Error {}
