/**
 * The thread in which Parquet is decoded. Plain text, so that it runs from sources and from built files alike. Damaged
 * bytes make the decoder trap, which ends this thread instead of the process; its memory has a bound of its own.
 */
export const PARQUET_WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const fs = require('node:fs');
const progress = new Int32Array(workerData.progress);
const moved = () => Atomics.add(progress, 0, 1);

let complaint = '';
console.error = (text) => { complaint ||= String(text).split('\\n')[0]; };
process.on('uncaughtException', (error) => parentPort.postMessage({ trap: complaint || error.message }));

/** The module with a bound on its memory: the section of memories is the 5th, and has one entry without a bound. */
function bounded(bytes, pages) {
  for (let at = 8; at < bytes.length; ) {
    const start = at;
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      more = (bytes[at] & 128) !== 0;
      size |= (bytes[at++] & 127) << shift;
    }
    if (id === 5 && bytes[at + 1] === 0) {
      const limits = [1, 1, ...bytes.subarray(at + 2, at + size), ...leb(pages)];
      return Buffer.concat([bytes.subarray(0, start), Buffer.from([5, limits.length, ...limits]), bytes.subarray(at + size)]);
    }
    at += size;
  }
  throw new Error('BUG: parquet-wasm has no memory that could be bounded.');
}
const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);

const ready = import(workerData.module).then((module) => {
  const compiled = workerData.compiled ?? new WebAssembly.Module(bounded(fs.readFileSync(workerData.wasm), workerData.pages));
  if (!workerData.compiled) parentPort.postMessage({ compiled });
  module.initSync({ module: compiled });
  return module;
});

/** Bytes of one file: from the disk, or those that were sent after they had been checked. */
class Source {
  constructor({ path, size }) {
    this.size = size;
    this.fd = path === undefined ? undefined : fs.openSync(path, 'r');
    this.sent = new Set();
    this.failure = undefined;
  }
  bytes(from, to) {
    moved();
    return this.fd === undefined ? this.sentBytes(from, to) : this.read(from, to);
  }
  read(from, to) {
    const bytes = new Uint8Array(to - from);
    for (let done = 0; done < bytes.length; ) {
      const read = fs.readSync(this.fd, bytes, done, bytes.length - done, from + done);
      if (read === 0) throw new Error('it ends at byte ' + (from + done) + ', before byte ' + to);
      done += read;
    }
    return bytes;
  }
  sentBytes(from, to) {
    for (const { from: start, bytes } of this.sent)
      if (start <= from && to <= start + bytes.length) return bytes.slice(from - start, to - start);
    throw new Error('bytes ' + from + ' to ' + to + ' are none of its columns');
  }
  close() {
    if (this.fd !== undefined) fs.closeSync(this.fd);
  }
}

/** What the module takes for a Blob. It must not fail, else the module traps: failures are told afterwards. */
class Part {
  constructor(source, from = 0, to = source.size) {
    this.source = source;
    this.from = from;
    this.to = to;
  }
  get size() {
    return this.to - this.from;
  }
  slice(start = 0, end = this.size) {
    return new Part(this.source, this.from + start, Math.min(this.to, this.from + end));
  }
  async arrayBuffer() {
    try {
      if (!(this.size >= 0 && this.from >= 0)) throw new Error('it refers to bytes that are not there');
      return this.source.bytes(this.from, this.to).buffer;
    } catch (error) {
      this.source.failure ??= error.message;
      return new ArrayBuffer(Math.max(0, Math.min(this.size, 1 << 20)));
    }
  }
}

const MOST_OPEN = 64;
const files = new Map();

async function opened(request) {
  const known = files.get(request.key);
  if (known) return known;
  if (request.path === undefined && !request.open) return undefined;
  const module = await ready;
  const source = new Source(request);
  for (const segment of request.segments ?? []) source.sent.add(segment);
  const file = await module.ParquetFile.fromFile(new Part(source));
  if (source.failure) throw new Error(source.failure);
  files.set(request.key, { source, file });
  for (const key of files.keys()) if (files.size > MOST_OPEN) close(key);
  return files.get(request.key);
}

function close(key) {
  const open = files.get(key);
  files.delete(key);
  open?.file.free();
  open?.source.close();
}

function about({ file }) {
  const metadata = file.metadata();
  const groups = metadata.rowGroups().map((group) => ({
    rows: group.numRows(),
    bytes: group.totalByteSize(),
    leaves: group.columns().map((leaf) => [leaf.columnPath()[0], leaf.compressedSize()]),
  }));
  return { rows: metadata.fileMetadata().numRows(), groups, schema: file.schema().intoIPCStream() };
}

async function read({ file, source }, { read: options, segments = [] }) {
  for (const segment of segments) source.sent.add(segment);
  try {
    const table = await file.read(options);
    if (source.failure) throw new Error(source.failure);
    return { stream: table.intoIPCStream() };
  } catch (error) {
    throw source.failure ? new Error(source.failure) : error;
  } finally {
    source.failure = undefined;
    for (const segment of segments) source.sent.delete(segment);
  }
}

async function answer(request) {
  if (request.close) return close(request.key), {};
  const open = await opened(request);
  if (open === undefined) return { unknown: true };
  return request.read ? read(open, request) : about(open);
}

parentPort.on('message', (request) => {
  complaint = '';
  answer(request).then(
    (said) => parentPort.postMessage(said, said.stream ? [said.stream.buffer] : []),
    (error) =>
      parentPort.postMessage(
        error instanceof WebAssembly.RuntimeError || error instanceof RangeError
          ? { trap: complaint || error.message }
          : { error: String(error?.message ?? error) },
      ),
  );
});
`;
