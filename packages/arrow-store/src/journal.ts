import { basename, dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Journal, Store } from '@millrace/core';
import { type Appender, appender, names, remove } from './disk.js';
import { legible } from './numbers.js';
import type { Place } from './place.js';

type Journals = Pick<Store, 'journal' | 'journals' | 'dropJournal'>;

/** Each frame: `MRJ1`, length, crc32 of the content, content. A frame of length zero at the end: closed by its writer. */
const MAGIC = Buffer.from('MRJ1');
const HEAD = 12;
const SYNC_EVERY = 1000;

/** So that a reader needs no more memory than that, and no file is too large to be read at once. */
const PART = 256 << 20;

export interface OpenJournals {
  readonly journals: Journals;
  close(): void;
}

/**
 * A frame that was appended survives the death of its process at once, and a loss of power once it is synced: with
 * `durability: 'each'` before it counts, else within a second.
 *
 * `journals/ab/abcd…/<redraw>-<number>-<name of the writer>.000.jnl`, and further parts of it.
 */
export const openJournals = (place: Place, partBytes = PART): OpenJournals => {
  const root = `${place.root}/journals`;
  const open = new Set<Journal>();
  let made = 0;
  return {
    journals: {
      journal(identity, redraw) {
        place.check();
        const folder = place.keyFolder('journals', identity);
        const id = `${redraw}-${String(made++).padStart(6, '0')}-${place.lives.own()}`;
        const parts = partsOf(`${folder}/${id}`, { below: dirname(place.root), most: partBytes });
        const journal = writer(`${folder.slice(root.length + 1)}/${id}`, {
          file: parts,
          syncs: place.options.durable ? place.options.durability : 'never',
          closed: () => open.delete(journal),
        });
        open.add(journal);
        place.touched(folder);
        return journal;
      },
      *journals(identity, redraw) {
        const folder = place.keyFolder('journals', identity);
        const ids = new Set(partNames(folder, `${redraw}-`).map((name) => name.slice(0, -PART_END)));
        for (const id of ids) yield* partsRead(place, folder, id);
      },
      dropJournal(id) {
        const [folder, name] = [dirname(`${root}/${id}`), basename(id)];
        for (const part of partNames(folder, `${name}.`)) remove(`${folder}/${part}`);
      },
    },
    close: () => {
      for (const journal of open) journal.close();
    },
  };
};

const PART_END = '.000.jnl'.length;

const partNames = (folder: string, prefix: string): string[] =>
  names(folder)
    .filter((name) => name.startsWith(prefix) && /\.\d{3}\.jnl$/.test(name))
    .sort();

type Read = { readonly id: string; readonly abandoned: boolean; readonly frames: readonly Uint8Array[] };

/** One after the other, all under the id of their journal. */
function* partsRead(place: Place, folder: string, id: string): Iterable<Read> {
  // Asked before the parts are listed and read: a writer that is gone by then adds none.
  const gone = !place.lives.alive(id.replace(/^\d+-\d+-/, ''));
  const parts = partNames(folder, `${id}.`);
  const last = parts.pop();
  if (last === undefined) return;
  const end = framesOf(legible(place, `${folder}/${last}`, 'A journal') ?? Buffer.alloc(0));
  for (const part of [...parts, last]) {
    const { frames, broken } =
      part === last ? end : framesOf(legible(place, `${folder}/${part}`, 'A journal') ?? Buffer.alloc(0));
    if (broken) place.damage.notice(part, `a journal is broken in ${broken} places; its other answers are kept`);
    yield { id: `${folder.split('/').slice(-2).join('/')}/${id}`, abandoned: gone || end.ended, frames };
  }
}

interface Parts {
  write(parts: readonly Uint8Array[]): void;
  synced(): Promise<void>;
  close(): void;
}

/** A file, and when it is full the next. */
const partsOf = (path: string, { below, most }: { readonly below: string; readonly most: number }): Parts => {
  let number = 0;
  let bytes = 0;
  const next = (): Appender => appender(`${path}.${String(number++).padStart(3, '0')}.jnl`, below);
  let file = next();
  return {
    write(parts) {
      if (bytes > most) {
        file.close(true);
        file = next();
        bytes = 0;
      }
      file.write(parts);
      for (const part of parts) bytes += part.byteLength;
    },
    synced: () => file.synced(),
    close: () => file.close(true),
  };
};

interface Writing {
  readonly file: Parts;
  readonly syncs: 'each' | 'second' | 'never';
  readonly closed: () => void;
}

const writer = (id: string, { file, syncs, closed }: Writing): Journal => {
  const soon = syncs === 'second' ? onceASecond(() => file.synced()) : undefined;
  let open = true;
  return {
    id,
    append(frame) {
      if (!open) throw new Error('BUG: a frame was appended to a closed journal');
      if (frame.byteLength === 0) throw new Error('BUG: an empty frame says that a journal is closed');
      soon?.check();
      file.write([headOf(frame), frame]);
      soon?.ask();
      return syncs === 'each' ? file.synced() : undefined;
    },
    close() {
      if (!open) return;
      open = false;
      soon?.end();
      closed();
      try {
        file.write([headOf(new Uint8Array(0))]);
      } finally {
        file.close();
      }
    },
  };
};

/** A second after it was asked first. Nobody waits for it: a failure is thrown at the next check. */
const onceASecond = (act: () => Promise<void>) => {
  let timer: NodeJS.Timeout | undefined;
  let failed: unknown;
  const now = () => {
    timer = undefined;
    act().catch((error: unknown) => {
      failed = error;
    });
  };
  return {
    check: () => {
      if (failed) throw failed;
    },
    ask: () => {
      timer ??= setTimeout(now, SYNC_EVERY).unref();
    },
    end: () => clearTimeout(timer),
  };
};

const headOf = (frame: Uint8Array): Buffer => {
  const head = Buffer.allocUnsafe(HEAD);
  MAGIC.copy(head);
  head.writeUInt32LE(frame.byteLength, 4);
  head.writeUInt32LE(crc32(frame), 8);
  return head;
};

export interface Frames {
  readonly frames: Uint8Array[];
  readonly ended: boolean;
  /** Stretches that are no frame. A torn tail is none: its writer was killed, or is writing. */
  readonly broken: number;
}

export const framesOf = (bytes: Buffer): Frames => {
  const frames: Uint8Array[] = [];
  let broken = 0;
  let ended = false;
  for (let at = 0; at < bytes.length; ) {
    const frame = frameAt(bytes, at);
    const next = frame ? at + HEAD + frame.length : nextFrame(bytes, at + 1);
    if (frame?.length) frames.push(frame);
    if (frame) ended = frame.length === 0;
    else if (next < bytes.length || !tornAt(bytes, at)) broken++;
    at = next;
  }
  return { frames, ended, broken };
};

const frameAt = (bytes: Buffer, at: number): Uint8Array | undefined => {
  if (at + HEAD > bytes.length || MAGIC.compare(bytes, at, at + 4) !== 0) return undefined;
  const end = at + HEAD + bytes.readUInt32LE(at + 4);
  if (end > bytes.length) return undefined;
  const frame = bytes.subarray(at + HEAD, end);
  return crc32(frame) === bytes.readUInt32LE(at + 8) ? frame : undefined;
};

const nextFrame = (bytes: Buffer, from: number): number => {
  for (let at = bytes.indexOf(MAGIC, from); at >= 0; at = bytes.indexOf(MAGIC, at + 1))
    if (frameAt(bytes, at)) return at;
  return bytes.length;
};

/** The beginning of a frame whose end is not there. */
const tornAt = (bytes: Buffer, at: number): boolean => {
  const seen = Math.min(4, bytes.length - at);
  if (MAGIC.compare(bytes, at, at + seen, 0, seen) !== 0) return false;
  return at + HEAD > bytes.length || at + HEAD + bytes.readUInt32LE(at + 4) > bytes.length;
};
