import type { Secret } from '@millrace/core';
import { matchesGlob } from '@millrace/core';
import { textOf } from '../network/body.js';
import { HUB, type Source } from './config.js';
import { type Line, Refused, request, withRetries } from './http.js';
import { checkTogether, safePath } from './paths.js';
import type { Wanted } from './wanted.js';

/** The client of the hub is loaded when it is first asked: most pipelines download nothing, and need not install it. */
const client = () => import('@huggingface/hub').catch(notInstalled);

function notInstalled(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  throw new Refused(
    'A hub is asked by @huggingface/hub, which is not installed. Install it: npm install @huggingface/hub@2',
    { final: true },
  );
}

export interface Hub {
  readonly endpoint: string;
  readonly token?: Secret | undefined;
  readonly line: Line;
}

type OnHub = Extract<Source, { from: 'hub' }>;

export const headersOf = ({ token }: Pick<Hub, 'token'>): Record<string, string> =>
  token?.present ? { authorization: `Bearer ${token.reveal()}` } : {};

/** A list of a hundred thousand files has some 30 MB. */
const MOST_BYTES = 256 << 20;

/** With our patience: the client itself asks once and waits for ever, and reads whatever comes. */
const patient =
  (hub: Hub): typeof fetch =>
  (url, init) =>
    withRetries(hub.line, async () => {
      const given = Object.fromEntries(new Headers(init?.headers));
      const headers = { ...given, ...(isOf(hub, String(url)) && headersOf(hub)) };
      const response = await request(String(url), { ...init, headers }, hub.line);
      const { status, headers: said } = response;
      return new Response(await textOf(response, MOST_BYTES), { status, headers: plainHeaders(said) });
    });

/** A list may go on at any address that the hub names; the token is the hub's alone. */
const isOf = ({ endpoint }: Hub, url: string): boolean => new URL(url).origin === new URL(endpoint).origin;

/** The text is unpacked by now. */
const plainHeaders = (headers: Headers): Headers => {
  const left = new Headers(headers);
  for (const name of ['content-encoding', 'content-length']) left.delete(name);
  return left;
};

/** The commit that a revision stands for now. */
export async function commitOf({ repo, id, revision }: OnHub, hub: Hub): Promise<string> {
  const { modelInfo, datasetInfo } = await client();
  const asked = { name: id, revision, hubUrl: hub.endpoint, fetch: patient(hub), additionalFields: ['sha' as const] };
  const { sha } = repo === 'model' ? await modelInfo(asked) : await datasetInfo(asked);
  if (/^[0-9a-f]{40}$/.test(String(sha))) return sha;
  throw new Refused(`${hub.endpoint} names no commit for ${id} at ${revision}. Is it a hub?`, { final: true });
}

/** What a commit holds: never changes, so that it is asked for once. */
export interface Listed {
  readonly path: string;
  readonly bytes: number;
  readonly check: Wanted['check'] & {};
}

export async function listOf({ repo, id }: OnHub, commit: string, hub: Hub): Promise<Listed[]> {
  const { listFiles } = await client();
  const where = `${hub.endpoint}/${id}`;
  const listed: Listed[] = [];
  const asked = {
    repo: { type: repo, name: id },
    revision: commit,
    recursive: true,
    hubUrl: hub.endpoint,
    fetch: patient(hub),
  } as const;
  for await (const { type, path, size, oid, lfs } of listFiles(asked)) {
    if (type === 'directory') continue;
    safePath(path, where);
    if (type !== 'file')
      throw new Error(
        `${where} lists ${path}, which is ${type} and no file: a link may lead anywhere. Nothing was downloaded; name the files that are wanted.`,
      );
    const check = lfs
      ? ({ is: 'sha256', hex: lfs.oid.replace(/^sha256:/, '') } as const)
      : ({ is: 'git', hex: oid ?? '' } as const);
    listed.push({ path, bytes: lfs?.size ?? size, check });
  }
  checkTogether(
    listed.map(({ path }) => path),
    where,
  );
  return listed;
}

export const selected = (listed: readonly Listed[], patterns: readonly string[] | undefined): Listed[] =>
  listed.filter(({ path }) => !patterns || patterns.some((pattern) => matchesGlob(path, pattern)));

export function wantedOf({ repo, id }: OnHub, commit: string, { endpoint = HUB }: { endpoint?: string }) {
  const root = `${endpoint}/${repo === 'dataset' ? 'datasets/' : ''}${id}/resolve/${commit}`;
  return (file: Listed): Wanted => ({
    ...file,
    url: `${root}/${file.path.split('/').map(encodeURIComponent).join('/')}`,
  });
}
