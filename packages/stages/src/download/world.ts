import { digestValue, type Look, type Plain, secret } from '@millrace/core';
import { type AskedOptions, type DownloadConfig, type DownloadOptions, HUB, isCommit, type UrlFile } from './config.js';
import { type Line, Refused, request, withRetries } from './http.js';
import { commitOf, type Hub } from './hub.js';
import { offlineByEnvironment } from './process.js';
import { versionOf } from './take.js';

/** What the key holds of the outside: the commit, or the server's word for files that have no checksum. */
export type World = { readonly commit: string } | { readonly versions: { readonly [path: string]: string | null } };

export const isOffline = ({ offline }: DownloadOptions): boolean => offline ?? offlineByEnvironment();

export const hubOf = (options: AskedOptions, line: Pick<Line, 'signal' | 'note'>): Hub => ({
  endpoint: (options.endpoint ?? HUB).replace(/\/+$/, ''),
  token: options.token ?? secret.env('HF_TOKEN'),
  line: { ...line, retries: options.retries ?? 6, stallMs: options.stallMs ?? 30_000, addresses: options.addresses },
});

/** A pinned revision asks nobody. One that moves is asked for; where nobody answers, what it was last counts. */
export async function worldOf({ source }: DownloadConfig, options: AskedOptions, look: Look): Promise<World> {
  if (source.from === 'urls') return { versions: await versionsOf(source.files, options, look) };
  if (isCommit(source.revision)) return { commit: source.revision };
  const hub = hubOf({ retries: 2, ...options }, QUIET);
  const name = `download ${digestValue([hub.endpoint, source])}`;
  const commit = await lastKnown({ name, what: `${source.id} at ${source.revision}`, options, look }, () =>
    commitOf(source, hub),
  );
  return { commit };
}

const QUIET = { signal: new AbortController().signal, note: () => undefined };

interface Known {
  readonly name: string;
  readonly what: string;
  readonly options: DownloadOptions;
  readonly look: Look;
}

async function lastKnown<T extends Plain>({ name, what, options, look }: Known, ask: () => Promise<T>): Promise<T> {
  const known = look.recall(name) as T | undefined;
  if (isOffline(options)) return known ?? nothing(what);
  try {
    const now = await ask();
    look.remember(name, now);
    return now;
  } catch (error) {
    if (known !== undefined && error instanceof Refused && !error.how.final) return known;
    throw error;
  }
}

function nothing(what: string): never {
  throw new Error(
    `Offline, and nothing is known of ${what}. Run once with a connection, or pin what is there by its commit or checksum.`,
  );
}

async function versionsOf(files: readonly UrlFile[], options: AskedOptions, look: Look) {
  const versions: Record<string, string | null> = {};
  const hub = hubOf({ retries: 2, ...options }, QUIET);
  for (const { url, path, sha256 } of files) {
    if (sha256) continue;
    versions[path] = await lastKnown({ name: `download ${digestValue(url)}`, what: url, options, look }, () =>
      versionAt(url, hub),
    );
  }
  return versions;
}

/** Null where the server has no word for it: then the URL alone says what it is. */
async function versionAt(url: string, hub: Hub): Promise<string | null> {
  const init = { method: 'HEAD', headers: { 'accept-encoding': 'identity' } };
  return versionOf(await withRetries(hub.line, () => request(url, init, hub.line))) ?? null;
}

export const commitIn = (world: unknown): string => (world as { commit: string }).commit;

export const versionsIn = (world: unknown): { readonly [path: string]: string | null } =>
  (world as { versions: { readonly [path: string]: string | null } }).versions;
