/** What the file system would not do, said so that a person can act on it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: string | undefined;
  constructor(
    readonly says: { readonly what: string; readonly where: string; readonly why: string; readonly now: string },
    cause?: unknown,
  ) {
    super(`${says.what}: ${says.where}\n${says.why} ${says.now}`, { cause });
    this.code = codeOf(cause);
  }
}

const REASONS: { readonly [code: string]: readonly [why: string, now: string] } = {
  ENOSPC: [
    'The disk is full.',
    'Free some space (`gc` removes what is not needed), then run again: nothing half-written counts.',
  ],
  EDQUOT: ['The quota of this disk is used up.', 'Free some space, then run again: nothing half-written counts.'],
  EFBIG: ['A file would be larger than this system allows.', 'Raise the limit (`ulimit -f`), then run again.'],
  EACCES: ['This user has no right to do that.', 'Give the right, or choose another store.'],
  EPERM: ['This user has no right to do that.', 'Give the right, or choose another store.'],
  EROFS: ['The file system is read-only.', 'Mount it writable, or choose another store.'],
  ENOENT: ['It is not there any more.', 'If the folder was moved or removed, put it back or open the store again.'],
  ENOTDIR: ['A file stands where a folder is needed.', 'Move that file, or choose another store.'],
  ELOOP: [
    'A link stands where the store has a file of its own, and no link is followed.',
    'Remove the link, then run again.',
  ],
  EMFILE: ['Too many files are open.', 'Raise the limit (`ulimit -n`), or run fewer things at once.'],
  EIO: ['The disk reports an error.', 'Check the disk; what was stored before is checked when it is read.'],
};

export const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

/** A bad sector, or a disk that is about to die: the bytes are there and cannot be had. */
export const isUnreadable = (error: unknown): boolean => codeOf(error) === 'EIO';

/** Errors of the file system get their four parts; all others pass. */
export const explained = (error: unknown, what: string, where: string): unknown => {
  const code = codeOf(error);
  if (error instanceof StoreError || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const [why, now] = REASONS[code] ?? [`The file system says ${code}.`, 'See to that, then run again.'];
  return new StoreError({ what, where, why, now }, error);
};

/** No link is followed on the way to what a store keeps. */
export const linked = (path: string): StoreError =>
  new StoreError({
    what: 'A link stands in the place of a folder or a file of the store',
    where: path,
    why: 'It may lead anywhere, and no link is followed out of a store. (A link to the store as a whole is fine.)',
    now: 'Remove the link, or put in its place what it leads to.',
  });

/** `/proc` and its like take no folders; a link may lead to nothing. */
export const noFolder = (path: string, cause: unknown): StoreError =>
  new StoreError(
    {
      what: 'A folder cannot be made',
      where: path,
      why:
        codeOf(cause) === 'EEXIST'
          ? 'On the way to it stands a link that leads to nothing.'
          : 'The file system takes no folder there.',
      now: 'Choose another place, or see what stands there.',
    },
    cause,
  );

export const notAFolder = (path: string): StoreError =>
  new StoreError({
    what: 'Something else stands in the place of a folder of the store',
    where: path,
    why: 'The store keeps files in a folder of this name.',
    now: 'Move it away, then run again.',
  });
