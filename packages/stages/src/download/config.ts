import type { Secret } from '@millrace/core';
import type { AtOptions } from '../at/at.js';
import { safePath } from './paths.js';

export type Source =
  | { readonly from: 'hub'; readonly repo: 'model' | 'dataset'; readonly id: string; readonly revision: string }
  | { readonly from: 'urls'; readonly files: readonly UrlFile[] };

/** A file behind a URL. With a checksum the URL is only one of many places where it may be found. */
export interface UrlFile {
  readonly url: string;
  readonly path: string;
  readonly sha256?: string;
}

export interface DownloadConfig {
  readonly source: Source;
  /** Patterns: only these files. */
  readonly files?: readonly string[];
  /** What the folder must have; checked before anything is downloaded, and named when missing. */
  readonly essential?: readonly string[];
}

/** What changes only how the files come here. */
export interface DownloadOptions extends AtOptions {
  /** Another hub of the same kind, or a mirror: what it gives is checked against the commit and its checksums. */
  readonly endpoint?: string;
  readonly token?: Secret;
  /** Ask nobody; what is there is used. Also by the environment: MILLRACE_OFFLINE=1. */
  readonly offline?: boolean;
  /** Failures in a row, without a byte between them, before a file is given up. */
  readonly retries?: number;
  /** No byte for so long: the connection is given up and taken up again. */
  readonly stallMs?: number;
  /** So long is waited for word of a revision or file of which something is known. Then what is known counts, and that is said. */
  readonly lookMs?: number;
  /** Files at once. */
  readonly concurrency?: number;
  /** Of a file whose size nobody says: a longer body is given up. */
  readonly maxBytes?: number;
}

export interface AskedOptions extends DownloadOptions {
  /** Whole addresses with what gives access, by the address that is kept and shown. */
  readonly addresses?: Readonly<Record<string, Secret>>;
}

export const HUB = 'https://huggingface.co';

const refuse = (what: string, now: string): never => {
  throw new Error(`This download cannot be declared: ${what}. ${now}`);
};

const COMMIT = /^[0-9a-f]{40}$/;

export const isCommit = (revision: string): boolean => COMMIT.test(revision);

export function parse(given: unknown): DownloadConfig {
  const config = given as DownloadConfig;
  if (config.source.from === 'hub') checkHub(config.source);
  else return { ...config, source: { from: 'urls', files: config.source.files.map(fileOf) } };
  return config;
}

function checkHub({ id, repo }: Extract<Source, { from: 'hub' }>): void {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id))
    refuse(`${JSON.stringify(id)} is no name of a ${repo} on a hub`, 'Write it like owner/name.');
}

/** The name that a URL ends with is resolved here, so that another URL of the same file keeps the key. */
function fileOf({ url, path, sha256 }: Partial<UrlFile>): UrlFile {
  const parsed = URL.canParse(url ?? '') ? new URL(url as string) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    return refuse(`${JSON.stringify(url)} is no http(s) address`, 'Write it whole.');
  if (parsed.username || parsed.password)
    refuse('its address carries a password, and addresses are kept and shown', 'Give it as the option token.');
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256))
    refuse(`the sha256 of ${url} is not 64 hex digits`, 'Give what sha256sum prints.');
  const name = path ?? decodeURIComponent(parsed.pathname.split('/').at(-1) ?? '');
  safePath(name, url as string);
  return { url: parsed.href, path: name, ...(sha256 && { sha256: sha256.toLowerCase() }) };
}
