import type { Batch } from '../columns/column.js';
import type { Columns } from '../columns/type.js';

/** 32 lower-case hex digits: 128 bits of a sha256. */
export type Digest = string;

/** Names an immutable object by its content; what it looks like is the store's. */
export type ObjectId = string;

/** Rows of some columns, written once. What is kept beside them serves keys, digests and checks. */
export interface Segment {
  readonly rows: number;
  readonly columns: Columns;
  /** Absent where there is no column: a filter's segment has only keys and counts. */
  readonly data?: ObjectId;
  /** Of the checks by which `data` is read in parts. Absent in segments of 0.1, and where a store has no such checks. */
  readonly checks?: Digest;
  readonly bytes: number;
  /** For each column wider than 16 bytes: 16 bytes for each value. */
  readonly digests: { readonly [column: string]: ObjectId };
  /** The memory of a row-wise stage: 16 bytes for each input row that succeeded … */
  readonly keys?: ObjectId;
  /** … and, where a row may give 0..n rows, how many (uint32). Without it each key has one row. */
  readonly counts?: ObjectId;
}

/** Segments one after the other, then seen through maps: row → row (int32), the last map is the outermost; −1: no value. */
export interface Group {
  readonly segments: readonly Segment[];
  readonly maps: readonly ObjectId[];
}

export interface StoredColumn {
  readonly name: string;
  readonly type: Columns[string];
  /** Of the values in row order, as the table shows them. */
  readonly digest: Digest;
  readonly group: number;
  /** The column's name within the group. */
  readonly stored: string;
}

export interface TableOutput {
  readonly is: 'table';
  readonly rows: number;
  readonly columns: readonly StoredColumn[];
  readonly groups: readonly Group[];
  /** Rows that have a place but no answer, with the errors in an object of JSON; never in a complete entry. */
  readonly failed: number;
  readonly failures?: ObjectId;
  /** Which rows failed, as content: what their errors say is a note. */
  readonly failedRows?: Digest;
  /** Its columns were inferred from rows, or there was nothing to infer them from: one that no row has a value in is absent here and reads as nulls. */
  readonly inferred?: true;
  /** Names of runs of rows: `[name, rows]`, in order. */
  readonly splits?: readonly (readonly [name: string, rows: number])[];
}

export interface FolderOutput {
  readonly is: 'folder';
  readonly digest: Digest;
  readonly bytes: number;
  readonly files: readonly FolderFile[];
}

export interface FolderFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly object: ObjectId;
  readonly executable?: true;
  /** Kept beside the content, not part of it: logs. */
  readonly notContent?: true;
}

export interface ValueOutput {
  readonly is: 'value';
  readonly digest: Digest;
  readonly value: unknown;
}

export type Output = TableOutput | FolderOutput | ValueOutput;

/** What one commit says. Plain JSON, immutable. */
export interface Entry {
  readonly scheme: number;
  readonly fingerprint: Digest;
  /** The whole recipe, for `why`. */
  readonly recipe: unknown;
  /** Shown beside the fingerprint. */
  readonly label: string;
  readonly status: 'complete' | 'incomplete';
  /** How it came to be. `alias`: cut off; `accepted` and `imported` are the marked exceptions to "same as fresh". */
  readonly origin: 'ran' | 'alias' | 'accepted' | 'imported';
  /** The digests of the inputs it was made from, by role and part: all that was read. */
  readonly inputs: { readonly [role: string]: { readonly [column: string]: Digest } };
  readonly parts: { readonly [part: string]: Output };
  /** For row-wise stages: whose rows these are, and what is its own in the table; the rest it passes on. */
  readonly rows?: RowsEntry;
  /** For whole stages: parts that are rows of an input in another order, by part. */
  readonly selects?: { readonly [part: string]: SelectEntry };
  /** What this commit took. */
  readonly cost: Cost;
  /** What it would take from nothing, as far as is known: what a hit saves, and what a sweep weighs. */
  readonly worth: Worth;
  readonly facts: { readonly [name: string]: unknown };
  /** Digests of the units of code and other detail that is in no key. */
  readonly detail: { readonly [name: string]: unknown };
  readonly at: string;
}

export interface RowsEntry {
  readonly identity: Digest;
  /** Its own columns among those of the table. */
  readonly own: readonly string[];
  /** Output row → input row, where they are not the same. */
  readonly parents?: ObjectId;
  /** Digests of the columns that it passed on without reading them. */
  readonly passed: { readonly [column: string]: Digest };
}

/** A selection by which it can be made again from other passed columns, without the stage's code. */
export interface SelectEntry {
  /** Role of the input whose rows these are. */
  readonly from: string;
  /** Output row → input row. */
  readonly map: ObjectId;
  readonly own: readonly string[];
  readonly dropped: readonly string[];
  readonly passed: { readonly [column: string]: Digest };
}

/** What it took, for estimates and for what a reuse saved. Calls are requests to a model, each try of them; rows are computed. */
export interface Cost {
  readonly seconds: number;
  readonly rows: number;
  readonly calls: number;
  readonly tokens?: number;
  readonly money?: number;
}

export interface Worth extends Cost {
  /** The most that one row took, and the length of the longest request: what bounds the cost of calls that were never made. */
  readonly dearest?: { readonly tokens?: number; readonly money?: number; readonly request?: number };
}

export interface Stored extends Entry {
  /** From the store, never from a clock: of two entries for one key the higher wins. */
  readonly counter: number;
}

export interface RowsReader {
  /** Rows of each batch. */
  readonly batches: readonly number[];
  read(batch: number, columns: readonly string[]): Promise<Batch>;
  close(): Promise<void>;
}

export interface FolderFileSource {
  readonly path: string;
  /** Absolute, where it lies now. */
  readonly from: string;
  readonly executable?: true;
  readonly notContent?: true;
}

export type Format = 'auto' | 'arrow' | 'parquet' | 'jsonl';

/** A problem with stored bytes. The object is set aside before this is thrown. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError';
  constructor(
    readonly object: ObjectId,
    readonly what: string,
    gone?: 'gone',
  ) {
    super(
      gone
        ? `A stored object is not there: ${what}. It is computed again when it is needed.`
        : `A stored object is damaged: ${what}. It was set aside and is computed again when it is needed.`,
    );
  }
}

export interface Objects {
  /** Writes one object of rows. All batches have the same columns; zero batches give zero rows. */
  putRows(
    batches: AsyncIterable<Batch> | Iterable<Batch>,
    columns: Columns,
    format: Format,
  ): Promise<{ object: ObjectId; rows: number; bytes: number; checks?: Digest }>;
  /** `checks`: what was said of it when it was put. Without them it is read as a whole before a part of it is believed. */
  openRows(object: ObjectId, checks?: Digest): Promise<RowsReader>;
  putBytes(bytes: Uint8Array): Promise<ObjectId>;
  /** Checked before it is given. Throws `DamagedError`, also when it is missing. */
  getBytes(object: ObjectId): Promise<Uint8Array>;
  /** Files are taken over by copy, hashed on the way. */
  putFile(from: string): Promise<{ object: ObjectId; bytes: number }>;
  /** Puts the content at a path, read-only, by link or copy. Undefined: it is there already, and nothing is to be waited for. */
  placeFile(object: ObjectId, to: string, how: 'link' | 'copy'): Promise<void> | undefined;
  /** Which of these are not there; looks at names only, opens nothing. */
  missing(objects: readonly ObjectId[]): readonly ObjectId[];
}

/** One writer ever; others read whole frames. Belongs to a row identity. */
export interface Journal {
  readonly id: string;
  /** When it returns, the frame survives the death of this process. Where it must survive a loss of power too: when that resolves. */
  append(frame: Uint8Array): void | Promise<void>;
  close(): void;
}

export interface Lock {
  /** Still ours? Asked before a commit. */
  held(): boolean;
  release(): void;
}

export interface CommitIndex {
  readonly cutoff?: Digest;
  readonly ends?: { readonly identity: Digest; readonly redraw: number };
}

export interface Memory {
  /** A segment with keys that holds rows of an identity; later ones win. */
  readonly counter: number;
  readonly redraw: number;
  readonly segment: Segment;
}

export interface RunLease {
  readonly id: string;
  /** From now on a sweep by anyone leaves these alone until the run closes. */
  keep(objects: readonly ObjectId[]): void;
  /** So much more was spent: on record when it returns, whatever becomes of this process. */
  spend(more: Partial<Cost>): void;
  close(outcome: { readonly [name: string]: unknown }): void;
}

export interface RunRecord {
  readonly id: string;
  readonly name?: string;
  readonly at: string;
  readonly open: boolean;
  readonly about: { readonly [name: string]: unknown };
  /** What it has spent so far, of one that has no outcome. */
  readonly spent?: Partial<Cost>;
  readonly outcome?: { readonly [name: string]: unknown };
}

/**
 * Where outputs are remembered. Planning is synchronous and reads one small record a stage; everything that touches
 * tables is not. A promise that resolves means durable.
 */
export interface Store extends Objects {
  /** For people. */
  readonly where: string;
  readonly writable: boolean;
  /** Bytes that the disk has left, where that is known. */
  room(): number | undefined;

  /** The newest entry of a fingerprint, broken ones set aside. */
  entry(fingerprint: Digest): Stored | undefined;
  /** The newest complete entry under a key made of (identity, input digests): the cut-off. */
  cutoff(key: Digest): Stored | undefined;
  /** All newest entries, newest first: for `why`, `ls`, `gc`. */
  entries(): Iterable<Stored>;
  /**
   * Record last: everything it points to is durable before. `cutoff` only where the entry is complete. A redraw ends with
   * the entry that shows it, at one stroke: one that ended too early would be drawn again, one too late would be resumed.
   */
  commit(entry: Entry, index: CommitIndex): Stored;
  /** Takes an entry out of every index: its fingerprint counts as unknown from now on. */
  forget(fingerprint: Digest): void;

  /** Segments that hold rows of an identity, from any entry of it, oldest first; one that is remembered again comes last. */
  memory(identity: Digest): readonly Memory[];
  remember(identity: Digest, redraw: number, segment: Segment): void;
  /** `done`: the newest finished redraw; `open`: one that a killed run began. */
  redraw(identity: Digest): { readonly done: number; readonly open?: number };
  openRedraw(identity: Digest): number;
  closeRedraw(identity: Digest, redraw: number): void;

  journal(identity: Digest, redraw: number): Journal;
  /** Whole frames of every journal of an identity, and whether its writer is gone. */
  journals(
    identity: Digest,
    redraw: number,
  ): Iterable<{ readonly id: string; readonly abandoned: boolean; readonly frames: readonly Uint8Array[] }>;
  /** Only once its rows stand in a segment. */
  dropJournal(id: string): void;

  /** Waits, taking no slot; a dead holder blocks nobody for long. */
  lock(name: string, signal: AbortSignal): Promise<Lock>;

  /** Small facts that are not outputs: content digests of files by stat, code by content. Losing one costs time only. */
  fact(name: string): unknown;
  putFact(name: string, value: unknown): void;

  /** The run record is written first and is the lease. */
  beginRun(about: { readonly [name: string]: unknown }): RunLease;
  /** Newest first; so many at most; older than the run of that id. Reads these records and no others. */
  runs(most?: number, before?: string): readonly RunRecord[];

  /** Damage noticed since the last call, for events. `gone`: nothing is there to be set aside. */
  noticed(): readonly { readonly object: string; readonly what: string; readonly gone?: true }[];
  /** A folder for temporary files, removed with the process. */
  scratch(): string;
  /** A folder of that name that outlives the process, so that a killed program can go on; made when first asked for. */
  workFolder(name: string): string;
  dropWorkFolder(name: string): void;
  close(): Promise<void>;
}
