import { digestValue, type FolderOutput, matchesGlob, type PartResult, type WholeContext } from '@millrace/core';
import type { AskedOptions, DownloadConfig, Source } from './config.js';
import { isEmpty, move, remove, sizeOf, within } from './disk.js';
import { isRight } from './hashed.js';
import { Refused } from './http.js';
import { headersOf, type Listed, listOf, selected, wantedOf } from './hub.js';
import { checkTogether } from './paths.js';
import { forgetAbout } from './take.js';
import { transfer } from './transfer.js';
import type { Transfer, Wanted } from './wanted.js';
import { commitIn, hubOf, isOffline, versionsIn } from './world.js';

type Context = WholeContext<DownloadConfig, AskedOptions>;

/** Brings every file here and checks it; only then there is a folder. */
export async function runDownload(context: Context): Promise<Record<string, PartResult>> {
  const { config } = context;
  const wanted = await wantedIn(context);
  checkEssential(
    config,
    wanted.map(({ path }) => path),
  );
  const folder = context.folder('main');
  await bring(wanted, folder, context);
  const bytes = (await Promise.all(wanted.map(({ path }) => sizeOf(within(folder, path))))).reduce<number>(
    (sum, n) => sum + (n ?? 0),
    0,
  );
  context.facts({ ...aboutSource(config.source, context.world), files: wanted.length, bytes });
  return { main: { folder, ...(config.essential && { essential: config.essential }) } };
}

/** What comes over the line is kept until all of it is here. One stage at a time writes there, and takes away only what is its own. */
async function bring(wanted: readonly Wanted[], folder: string, context: Context): Promise<void> {
  const name = keptName(context.config.source, context.world);
  const lock = await context.lock(`download ${name}`);
  try {
    const kept = context.keep(name);
    const missing = await withoutKnown(wanted, folder, context);
    await transferAll(missing, kept.path, context);
    for (const file of missing) {
      const part = partOf(kept.path, file);
      await move(part, within(folder, file.path));
      await forgetAbout(part);
    }
    if (await isEmpty(kept.path)) kept.drop();
  } finally {
    lock.release();
  }
}

/** Files of one commit are kept together, whichever of them a stage wants. */
const keptName = (source: Source, world: unknown): string =>
  source.from === 'hub' ? `${source.repo} ${source.id} ${commitIn(world)}` : digestValue(source);

const aboutSource = (source: Source, world: unknown) =>
  source.from === 'hub' ? { from: source.id, revision: source.revision, commit: commitIn(world) } : {};

async function wantedIn(context: Context): Promise<Wanted[]> {
  const { source, files } = context.config;
  if (source.from === 'urls') return urlFiles(source.files, versionsIn(context.world));
  const commit = commitIn(context.world);
  const wanted = selected(await listing(source, commit, context), files);
  if (wanted.length === 0)
    throw new Error(
      `${source.id} at ${commit} has no file that matches ${files?.join(', ') ?? '**'}. Correct the patterns, or leave them out.`,
    );
  return wanted.map(wantedOf(source, commit, context.options));
}

function urlFiles(
  files: Extract<Source, { from: 'urls' }>['files'],
  versions: ReturnType<typeof versionsIn>,
): Wanted[] {
  checkTogether(
    files.map(({ path }) => path),
    'This download',
  );
  return files.map(({ url, path, sha256 }) => ({
    url,
    path,
    ...(sha256 && { check: { is: 'sha256', hex: sha256 } }),
    ...(typeof versions[path] === 'string' && { version: versions[path] }),
  }));
}

async function listing(
  source: Extract<Source, { from: 'hub' }>,
  commit: string,
  context: Context,
): Promise<readonly Listed[]> {
  const name = listingName(source, commit);
  const known = context.recall(name) as readonly Listed[] | undefined;
  if (known) return known;
  if (isOffline(context.options))
    throw new Error(`Offline, and ${source.id} at ${commit} is not here. Run once with a connection.`);
  const listed = await listOf(source, commit, hubOf(context.options, context));
  if (listed.length <= LISTED_AT_MOST)
    context.remember(
      name,
      listed.map((file) => ({ ...file })),
    );
  return listed;
}

const listingName = ({ repo, id }: Extract<Source, { from: 'hub' }>, commit: string): string =>
  `listing ${repo} ${id} ${commit}`;

const LISTED_AT_MOST = 5000;

function checkEssential({ essential = [] }: DownloadConfig, paths: readonly string[]): void {
  const absent = essential.filter((pattern) => !paths.some((path) => matchesGlob(path, pattern)));
  if (absent.length)
    throw new Error(
      `${absent.join(', ')} is essential and not among the files: ${paths.slice(0, 20).join(', ')}. Nothing was downloaded; correct the list, the patterns or the revision.`,
    );
}

/** What an earlier run brought here stays, what the store holds under another name or commit is put in place; what is left has to come over the line. */
async function withoutKnown(wanted: readonly Wanted[], folder: string, context: Context): Promise<Wanted[]> {
  const missing: Wanted[] = [];
  for (const file of wanted) if (!(await placed(file, within(folder, file.path), context))) missing.push(file);
  if (missing.length && isOffline(context.options))
    throw new Error(
      `Offline, and ${missing
        .map(({ path }) => path)
        .slice(0, 5)
        .join(', ')} is not here. Run once with a connection.`,
    );
  return missing;
}

async function placed(file: Wanted, to: string, { place, recall }: Context): Promise<boolean> {
  if (file.check && (await sizeOf(to)) !== undefined && (await isRight(file, to))) return true;
  const object = file.check && recall(contentName(file.check.hex));
  await remove(to);
  if (typeof object !== 'string') return false;
  const there = await place(object, to, 'link').then(
    () => true,
    () => false,
  );
  // That the object is this content is only noted.
  if (there && (await isRight(file, to))) return true;
  await remove(to);
  return false;
}

const contentName = (hex: string): string => `content ${hex}`;

const partOf = (kept: string, { path, check }: Wanted): string => within(kept, digestValue([path, check ?? null]));

async function transferAll(wanted: readonly Wanted[], kept: string, context: Context): Promise<void> {
  const { options, config } = context;
  const hub = hubOf(options, context);
  let done = 0;
  const of = wanted.every(({ bytes }) => bytes !== undefined)
    ? wanted.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
    : undefined;
  for (const file of wanted) done += (await sizeOf(partOf(kept, file))) ?? 0;
  const failed = new AbortController();
  const line: Transfer = {
    ...hub.line,
    signal: AbortSignal.any([context.signal, failed.signal]),
    maxBytes: options.maxBytes,
    headers: config.source.from === 'hub' || options.token ? headersOf(hub) : {},
    got: (bytes) => {
      done += bytes;
      context.progress(done, of);
    },
  };
  const queue = [...wanted];
  const lane = async () => {
    for (let file = queue.shift(); file; file = queue.shift())
      await explained(file, () => transfer(file as Wanted, partOf(kept, file as Wanted), line));
  };
  await allOrNone(Array.from({ length: options.concurrency ?? FILES_AT_ONCE }, lane), () => failed.abort());
}

const FILES_AT_ONCE = 4;

/** The first failure ends the others, and is the one that is told. */
async function allOrNone(lanes: readonly Promise<void>[], stop: () => void): Promise<void> {
  let first: { error: unknown } | undefined;
  const watched = lanes.map((lane) =>
    lane.catch((error) => {
      first ??= { error };
      stop();
    }),
  );
  await Promise.all(watched);
  if (first) throw first.error;
}

async function explained(file: Wanted, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { message, how } = error;
    throw new Error(
      `${file.path} could not be downloaded: ${message}${how.final ? '' : ' What came so far is kept and gone on from.'}`,
      {
        cause: error,
      },
    );
  }
}

/** So that the same content under another commit is not downloaded again. Small files are cheaper to ask for. */
export function rememberContent(
  output: FolderOutput,
  { source }: DownloadConfig,
  { world, recall, remember }: { world: unknown; recall: Context['recall']; remember: Context['remember'] },
): void {
  const checks =
    source.from === 'hub' ? ((recall(listingName(source, commitIn(world))) ?? []) as readonly Listed[]) : [];
  const hexOf = new Map(checks.map(({ path, check }) => [path, check.hex]));
  if (source.from === 'urls') for (const { path, sha256 } of source.files) if (sha256) hexOf.set(path, sha256);
  for (const { path, object, bytes } of output.files) {
    const hex = hexOf.get(path);
    if (hex && bytes >= WORTH_BYTES) remember(contentName(hex), object);
  }
}

const WORTH_BYTES = 1 << 16;
