import { digestText } from '@millrace/core';
import { isPrivate } from '@millrace/core/private';
import { heardHeader } from '../network/headers.js';
import { sealOf } from '../process.js';
import { keepBytes, readIfThere, sweepParts, within } from './disk.js';

/** What was read of an address, and when. */
export interface Kept {
  /** For people. */
  readonly at?: string | undefined;
  readonly digest: string;
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
}

/** What lies in the cache for an address: to be used, or why it is not. */
export type Found = { readonly kept: Kept } | { readonly distrusted: string } | undefined;

type DigestOf = (path: string) => Promise<string>;

const noteOf = (folder: string, url: string): string => within(folder, `${digestText(url)}.json`);

export const contentOf = (folder: string, digest: string): string => within(folder, digest);

/**
 * The note and the content are both looked at: a disk may have changed either. Where others can write too, only a note
 * that this user sealed is believed.
 */
export async function keptOf(folder: string, url: string, digestOf: DigestOf): Promise<Found> {
  const text = await readIfThere(noteOf(folder, url));
  if (text === undefined) return undefined;
  const kept = read(text.toString('utf8'), { url, others: !isPrivate(folder) });
  if (!kept) return { distrusted: 'the note of what was kept is damaged, or is not by this user' };
  const digest = await digestOf(contentOf(folder, kept.digest)).catch(() => undefined);
  if (digest === undefined) return { distrusted: 'the content that was kept is gone' };
  return digest === kept.digest ? { kept } : { distrusted: 'the content that was kept was changed' };
}

/** Keeps the body of an answer and a note of it. What killed runs left half is taken away first. */
export async function keepAnswer(
  folder: string,
  { url, headers }: { readonly url: string; readonly headers: Headers },
  body: AsyncIterable<Uint8Array>,
): Promise<string> {
  await sweepParts(folder);
  const digest = await keepBytes(folder, body);
  const now: Kept = {
    digest,
    at: new Date().toISOString(),
    etag: heardHeader({ headers }, 'etag'),
    modified: heardHeader({ headers }, 'last-modified'),
  };
  const note = JSON.stringify({ url, ...now });
  await keepBytes(
    folder,
    [Buffer.from(JSON.stringify({ note, sum: sumOf(note), seal: sealOf(SEALED, note) }))],
    `${digestText(url)}.json`,
  );
  return digest;
}

const sumOf = (note: string): string => digestText(`note ${note}`);

const SEALED = 'kept url';

interface Asked {
  readonly url: string;
  /** Others than this user can write there. */
  readonly others: boolean;
}

/** Also as the first version wrote it, without a sum, where only this user can write: what it names is looked at all the same. */
function read(text: string, { url, others }: Asked): Kept | undefined {
  try {
    const { note, sum, seal, ...old } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (note === undefined) return others ? undefined : checked(old, url);
    if (typeof note !== 'string' || sum !== sumOf(note)) return undefined;
    return others && (seal === undefined || seal !== sealOf(SEALED, note)) ? undefined : checked(JSON.parse(note), url);
  } catch {
    return undefined;
  }
}

function checked(value: unknown, asked: string): Kept | undefined {
  const { url, digest, at, etag, modified } = (value ?? {}) as Record<string, unknown>;
  const texts = [at, etag, modified].every((each) => each === undefined || typeof each === 'string');
  if (url !== asked || typeof digest !== 'string' || !/^[0-9a-f]{32}$/.test(digest) || !texts) return undefined;
  return { digest, at, etag, modified } as Kept;
}
