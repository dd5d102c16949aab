import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A model hub of one model on this machine. */
export interface Hub {
  /** A worker that downloads from here. */
  readonly entry: URL;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const WORKER = new URL('../local-worker.mjs', import.meta.url).href;

/** Serves a model's folder under a path, as the hub does for one commit. */
export async function startHub(folder: string, path: string): Promise<Hub> {
  const asked: string[] = [];
  const server = createServer(async ({ url = '' }, response) => {
    asked.push(url);
    const file = url.startsWith(path)
      ? await readFile(join(folder, url.slice(path.length))).catch(() => undefined)
      : undefined;
    response.writeHead(file ? 200 : 404, { 'content-length': file?.length ?? 0 }).end(file);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const place = await mkdtemp(join(tmpdir(), 'hub-'));
  const entry = join(place, 'worker.mjs');
  await writeFile(entry, entryText((server.address() as AddressInfo).port));
  return {
    asked,
    entry: pathToFileURL(entry),
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await rm(place, { recursive: true });
    },
  };
}

// The library is found from the worker's place, not from that of the temporary file.
const entryText = (port: number): string => `
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
const main = createRequire(${JSON.stringify(WORKER)}).resolve('@huggingface/transformers');
const { env } = await import(pathToFileURL(join(main, '..', 'transformers.node.mjs')));
env.remoteHost = 'http://127.0.0.1:${port}/';
await import(${JSON.stringify(WORKER)});
`;
