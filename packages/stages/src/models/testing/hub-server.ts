import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong with one request for a file. `after`: so many bytes of the body. */
export type HubFault =
  | { readonly fault: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly fault: 'drop' | 'stall' | 'flip'; readonly after: number }
  /** A content-length that is wrong by so many bytes. */
  | { readonly fault: 'length'; readonly by: number }
  /** More or fewer bytes than the file has, and said so. */
  | { readonly fault: 'bytes'; readonly by: number }
  | { readonly fault: 'packed' }
  | { readonly fault: 'no ranges' };

export interface HubRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  /** First byte that was asked for. */
  readonly from: number;
  /** Bytes of the body that were given to the line. */
  sent: number;
}

export interface HubRepo {
  readonly commit: string;
  readonly files: Readonly<Record<string, Buffer>>;
  /** Paths that git keeps itself: named by its own digest, not by sha256. */
  readonly small?: readonly string[];
  /** Entries that stand in the listing as they are. */
  readonly listed?: readonly unknown[];
}

export interface HubServer {
  readonly endpoint: string;
  readonly seen: readonly HubRequest[];
  /** Requests for the bytes of files. */
  readonly taken: () => HubRequest[];
  /** `owner/name`, or `datasets/owner/name`; the branch main. */
  put(name: string, repo: HubRepo): void;
  /** The next requests for bytes meet these, one each. */
  fail(...faults: readonly HubFault[]): void;
  /** The next requests of any other kind meet these. */
  failFirst(...faults: readonly Extract<HubFault, { fault: 'status' }>[]): void;
  close(): Promise<void>;
}

interface State {
  readonly repos: Map<string, HubRepo[]>;
  readonly seen: HubRequest[];
  readonly faults: HubFault[];
  readonly first: Extract<HubFault, { fault: 'status' }>[];
  readonly bytesPerMs: number;
}

/** A real server on a free local port that speaks the hub's protocol, breaks off when told, and counts every byte. */
export async function startHubServer({ bytesPerMs = 0, port = 0 } = {}): Promise<HubServer> {
  const state: State = { repos: new Map(), seen: [], faults: [], first: [], bytesPerMs };
  const server = createServer(
    (request, response) => void serve(state, request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: state.seen,
    taken: () => state.seen.filter(({ path, method }) => path.includes('/resolve/') && method === 'GET'),
    put: (name, repo) => void state.repos.set(name, [repo, ...(state.repos.get(name) ?? [])]),
    fail: (...faults) => void state.faults.push(...faults),
    failFirst: (...faults) => void state.first.push(...faults),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

const PATH = /^\/(?:api\/)?(?:(models|datasets)\/)?([\w.-]+\/[\w.-]+)\/(revision|tree|resolve)\/([^/?]+)\/?([^?]*)/;

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
  const seen: HubRequest = { method, path: url, authorization: headers.authorization, from, sent: 0 };
  state.seen.push(seen);
  const [, kind, name = '', what, revision = '', path = ''] = PATH.exec(url) ?? [];
  const repos = state.repos.get(kind === 'datasets' ? `datasets/${name}` : name) ?? [];
  const repo = repos.find(({ commit }) => commit === revision) ?? (revision === 'main' ? repos[0] : undefined);
  if (what !== 'resolve')
    return answer(state, response, repo && listed(repo, what, { url, root: `http://${headers.host}` }));
  const bytes = repo?.files[decodeURIComponent(path)];
  if (!bytes) return void response.writeHead(404).end();
  await give(state, { seen, response, bytes, method, range: headers.range !== undefined });
}

function answer({ first }: State, response: ServerResponse, body: Listing | undefined): void {
  const fault = first.shift();
  if (fault) return void response.writeHead(fault.status, { ...fault.headers }).end();
  if (!body) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
  response.writeHead(200, { 'content-type': 'application/json', ...body.headers }).end(JSON.stringify(body.json));
}

interface Asked {
  readonly url: string;
  readonly root: string;
}

interface Listing {
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Two entries a page, so that every listing has pages. */
function listed(
  { commit, files, small = [], listed: more = [] }: HubRepo,
  what: string | undefined,
  { url, root }: Asked,
): Listing {
  if (what === 'revision')
    return {
      json: { sha: commit, _id: '1', id: 'x', private: false, downloads: 0, likes: 0, gated: false, lastModified: 0 },
    };
  const all = [...Object.entries(files).map(([path, bytes]) => entryOf(path, bytes, small.includes(path))), ...more];
  const page = Number(new URL(url, root).searchParams.get('cursor') ?? 0);
  const next = new URL(url, root);
  next.searchParams.set('cursor', String(page + 2));
  return {
    json: all.slice(page, page + 2),
    headers: page + 2 < all.length ? { link: `<${next.href}>; rel="next"` } : {},
  };
}

function entryOf(path: string, bytes: Buffer, small: boolean): unknown {
  const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  if (small) return { type: 'file', path, size: bytes.length, oid };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { type: 'file', path, size: bytes.length, oid, lfs: { oid: sha256, size: bytes.length, pointerSize: 130 } };
}

interface Giving {
  readonly seen: HubRequest;
  readonly response: ServerResponse;
  readonly bytes: Buffer;
  readonly method: string;
  readonly range: boolean;
}

async function give(state: State, giving: Giving): Promise<void> {
  const { response, seen, method } = giving;
  const etag = `"${createHash('sha1').update(giving.bytes).digest('hex')}"`;
  if (method === 'HEAD') return void response.writeHead(200, { etag, 'content-length': giving.bytes.length }).end();
  const fault = state.faults.shift();
  if (fault?.fault === 'status') return void response.writeHead(fault.status, { ...fault.headers }).end();
  const ranged = giving.range && fault?.fault !== 'no ranges';
  const from = ranged ? seen.from : 0;
  if (ranged && from >= giving.bytes.length) return void response.writeHead(416).end();
  const body = bent(giving.bytes.subarray(from), fault);
  const length = body.length + (fault?.fault === 'length' ? fault.by : 0);
  response.writeHead(ranged ? 206 : 200, {
    etag,
    'content-length': length,
    ...(ranged && { 'content-range': `bytes ${from}-${giving.bytes.length - 1}/${giving.bytes.length}` }),
    ...(fault?.fault === 'packed' && { 'content-encoding': 'gzip' }),
  });
  response.strictContentLength = false;
  await pour(state, giving, { body, fault });
}

function bent(bytes: Buffer, fault: HubFault | undefined): Buffer {
  if (fault?.fault === 'bytes')
    return fault.by < 0 ? bytes.subarray(0, fault.by) : Buffer.concat([bytes, Buffer.alloc(fault.by)]);
  if (fault?.fault !== 'flip') return bytes;
  const copy = Buffer.from(bytes);
  copy[fault.after] = (copy[fault.after] ?? 0) ^ 1;
  return copy;
}

async function pour(
  { bytesPerMs }: State,
  { response, seen }: Giving,
  { body, fault }: { body: Buffer; fault: HubFault | undefined },
): Promise<void> {
  const ends = fault?.fault === 'drop' || fault?.fault === 'stall' ? fault.after : body.length;
  const step = bytesPerMs ? bytesPerMs * 5 : 1 << 20;
  for (let at = 0; at < ends && !response.destroyed; at += step) {
    const piece = body.subarray(at, Math.min(at + step, ends));
    await new Promise<void>((gone) => response.write(piece, () => gone()));
    seen.sent += piece.length;
    if (bytesPerMs) await sleep(5);
  }
  if (fault?.fault === 'stall') return;
  if (fault?.fault === 'drop' || fault?.fault === 'length') {
    // What is in flight when a connection breaks is lost: the other side gets time to write down what came.
    await sleep(250);
    response.destroy();
  } else response.end();
}
