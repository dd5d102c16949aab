import { crc32 } from 'node:zlib';
import type { Journal, Store } from '@millrace/core';
import { type Appender, appender, names, read, remove } from './disk.js';
import { sharded } from './keys.js';
import type { Place } from './place.js';

type Journals = Pick<Store, 'journal' | 'journals' | 'dropJournal'>;

/** Each frame: `MRJ1`, length, crc32 of the content, content. A frame of length zero at the end: closed by its writer. */
const MAGIC = Buffer.from('MRJ1');
const HEAD = 12;
const SYNC_EVERY = 1000;

export interface OpenJournals {
  readonly journals: Journals;
  close(): void;
}

export const openJournals = (place: Place): OpenJournals => {
  const root = `${place.root}/journals`;
  const open = new Set<Journal>();
  let made = 0;
  return {
    journals: {
      journal(identity, redraw) {
        place.check();
        const folder = sharded(root, identity);
        made++;
        const path = `${folder}/${redraw}-${made}-${place.lives.own()}.jnl`;
        const journal = writer(path.slice(root.length + 1), appender(path), (closed) => open.delete(closed));
        open.add(journal);
        place.touched(folder);
        return journal;
      },
      *journals(identity, redraw) {
        const folder = sharded(root, identity);
        for (const name of names(folder)
          .filter((name) => name.startsWith(`${redraw}-`))
          .sort()) {
          const path = `${folder}/${name}`;
          // Asked before the frames are read: a writer that is gone by then adds none.
          const gone = !place.lives.alive(writerOf(name));
          const bytes = read(path);
          if (!bytes) continue;
          const { frames, ended, broken } = framesOf(bytes);
          if (broken) place.damage.notice(name, `a journal is broken in ${broken} places; its other answers are kept`);
          yield { id: path.slice(root.length + 1), abandoned: gone || ended, frames };
        }
      },
      dropJournal: (id) => remove(`${root}/${id}`),
    },
    close: () => {
      for (const journal of open) journal.close();
    },
  };
};

/** `<redraw>-<number>-<name of the writer>.jnl` */
export const writerOf = (name: string): string => /^\d+-\d+-(.*)\.jnl$/.exec(name)?.[1] ?? name;

const writer = (id: string, file: Appender, closed: (journal: Journal) => void): Journal => {
  let synced = performance.now();
  let open = true;
  const journal: Journal = {
    id,
    append(frame) {
      if (!open) throw new Error('BUG: a frame was appended to a closed journal');
      if (frame.byteLength === 0) throw new Error('BUG: an empty frame says that a journal is closed');
      file.write([headOf(frame), frame]);
      if (performance.now() - synced < SYNC_EVERY) return;
      synced = performance.now();
      file.syncSoon();
    },
    close() {
      if (!open) return;
      open = false;
      closed(journal);
      try {
        file.write([headOf(new Uint8Array(0))]);
      } finally {
        file.close(true);
      }
    },
  };
  return journal;
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
