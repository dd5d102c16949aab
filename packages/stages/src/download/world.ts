import { digestValue, type Look, type Plain, secret } from '@millrace/core';
import { afterSilence } from '../network/body.js';
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

/** A pinned revision asks nobody. One that moves is asked for; where nobody says what it is, what it was last counts. */
export async function worldOf({ source }: DownloadConfig, options: AskedOptions, look: Look): Promise<World> {
  if (source.from === 'urls') return { versions: await versionsOf(source.files, options, look) };
  if (isCommit(source.revision)) return { commit: source.revision };
  const asked = { name: hubName(source, options), what: `${source.id} at ${source.revision}`, options, look };
  return { commit: await lastKnown(asked, (hub) => commitOf(source, hub)) };
}

const hubName = (source: DownloadConfig['source'], options: AskedOptions): string =>
  `download ${digestValue([hubOf(options, QUIET).endpoint, source])}`;

const urlName = (url: string): string => `download ${digestValue(url)}`;

const QUIET = { signal: new AbortController().signal, note: () => undefined };

interface Known {
  readonly name: string;
  readonly what: string;
  readonly options: DownloadOptions;
  readonly look: Look;
}

/** So long is waited for word of what is known already. */
const LOOK_MS = 2000;

/** Who said nothing in a look is not waited for again in it. */
const silent = new WeakMap<Look, Map<string, string>>();

async function lastKnown<T extends Plain>(of: Known, ask: (hub: Hub) => Promise<T>): Promise<T> {
  const { name, what, options, look } = of;
  const known = look.recall(name) as T | undefined;
  if (isOffline(options)) return known ?? nothing(what);
  const hub = hubOf({ retries: 2, ...options }, QUIET);
  const now = known === undefined ? { word: await ask(hub) } : await shortly(of, hub, ask);
  const said =
    'why' in now
      ? `${what} could not be asked for: ${now.why.replace(/\.?$/, '.')} What it was when it was asked last counts, which may be older than what is there. Run again when it answers, or set offline: true to say that this is meant.`
      : null;
  if ((look.recall(saidOf(name)) ?? null) !== said) look.remember(saidOf(name), said);
  if ('why' in now) return known as T;
  look.remember(name, now.word);
  return now.word;
}

async function shortly<T>(
  { options, look }: Known,
  hub: Hub,
  ask: (hub: Hub) => Promise<T>,
): Promise<{ readonly word: T } | { readonly why: string }> {
  const { lookMs = LOOK_MS } = options;
  const gone = silent.get(look) ?? new Map<string, string>();
  silent.set(look, gone);
  const before = gone.get(hub.endpoint);
  if (before !== undefined) return { why: before };
  const silence = new AbortController();
  const { signal } = silence;
  const hush = afterSilence(lookMs, () => silence.abort());
  try {
    return { word: await ask({ ...hub, line: { ...hub.line, signal, retries: 1 } }) };
  } catch (error) {
    const why = signal.aborted ? `${hub.endpoint} said nothing for ${lookMs} ms` : (error as Error).message;
    if (signal.aborted || (error instanceof Refused && error.how.unreachable)) gone.set(hub.endpoint, why);
    return { why };
  } finally {
    hush();
  }
}

const saidOf = (name: string): string => `kept instead of ${name}`;

/** What is to be said of what was taken instead, whether the stage runs or not. */
export const saidInstead = ({ source }: DownloadConfig, options: AskedOptions, recall: Look['recall']): string[] => {
  const names = source.from === 'hub' ? [hubName(source, options)] : source.files.map(({ url }) => urlName(url));
  return names.flatMap((name) => (isOffline(options) ? [] : ((recall(saidOf(name)) as string | null) ?? [])));
};

function nothing(what: string): never {
  throw new Error(
    `Offline, and nothing is known of ${what}. Run once with a connection, or pin what is there by its commit or checksum.`,
  );
}

async function versionsOf(files: readonly UrlFile[], options: AskedOptions, look: Look) {
  const versions: Record<string, string | null> = {};
  for (const { url, path, sha256 } of files) {
    if (sha256) continue;
    versions[path] = await lastKnown({ name: urlName(url), what: url, options, look }, (hub) => versionAt(url, hub));
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
