import { type EngineOptions, type Folder, type FolderOutput, type Kind, matchesGlob, stage } from '@millrace/core';
import { keepAt, places } from '../at/at.js';
import { type Address, addressOf } from '../network/address.js';
import { type AskedOptions, type DownloadConfig, type DownloadOptions, parse, type UrlFile } from './config.js';
import { rememberContent, runDownload } from './run.js';
import { saidInstead, worldOf } from './world.js';

const kind: Kind<DownloadConfig, AskedOptions> = {
  name: 'download',
  version: 1,
  nature: 'pure',
  config: parse,
  label: ({ source }) =>
    source.from === 'hub'
      ? `${source.id} @ ${source.revision.slice(0, 12)}`
      : source.files.map(({ path }) => path).join(', '),
  /** A revision is its commit, which is in the world; a file with a checksum is that content, wherever it lies. */
  semantic: ({ source, files }) => ({
    ...(source.from === 'hub'
      ? { repo: source.repo, id: source.id }
      : { urls: source.files.map(({ url, path, sha256 }) => ({ path, ...(sha256 ? { sha256 } : { url }) })) }),
    ...(files && { files }),
  }),
  work: {
    is: 'whole',
    parts: () => ({ main: 'folder' }),
    world: async (config, options, look) => ({ ...(await worldOf(config, options, look)) }),
    run: runDownload,
  },
  places,
  settled: async ({ main }, { config, options, ...outside }) => {
    const folder = main as FolderOutput;
    refuseIncomplete(folder, config);
    rememberContent(folder, config, outside);
    for (const said of saidInstead(config, options, outside.recall)) outside.note(said);
    return options.at === undefined ? {} : { at: await keepAt(folder, options, outside) };
  },
};

function refuseIncomplete(folder: FolderOutput, { essential = [] }: DownloadConfig): void {
  const absent = essential.filter((pattern) => !folder.files.some(({ path }) => matchesGlob(path, pattern)));
  if (absent.length)
    throw new Error(
      `The stored folder has no ${absent.join(', ')}, which is essential. Correct the list, or the files that are wanted.`,
    );
}

export interface ModelAsked {
  /** A commit, or a branch or tag: then the commit it stands for when the run begins. */
  readonly revision?: string;
  readonly files?: readonly string[];
  readonly essential?: readonly string[];
}

export const downloadStage = (config: DownloadConfig, options?: AskedOptions & EngineOptions): Folder =>
  stage<Folder, DownloadConfig, AskedOptions>({ kind, config, options });

/** A model of a hub, as a folder. */
export const modelOf = (id: string, asked: ModelAsked = {}, options?: DownloadOptions & EngineOptions): Folder =>
  downloadStage(
    { source: { from: 'hub', repo: 'model', id, revision: asked.revision ?? 'main' }, ...chosen(asked) },
    options,
  );

export const chosen = ({ files, essential }: Pick<ModelAsked, 'files' | 'essential'>) => ({
  ...(files && { files }),
  ...(essential && { essential }),
});

/** Files behind URLs, as a folder. */
export const filesOf = (
  files: readonly (string | (Pick<UrlFile, 'url'> & Partial<UrlFile>))[],
  asked: Pick<ModelAsked, 'essential'> = {},
  options?: DownloadOptions & EngineOptions,
): Folder => {
  const all = files.map((file) => (typeof file === 'string' ? { url: file } : file));
  const addresses = all.map(({ url }) => addressOf(url));
  const kept = all.map((file, i) => ({ ...file, url: shownUrl(file.url, addresses[i] as Address) })) as UrlFile[];
  const secrets = addresses.flatMap(({ asked }, i) => (asked ? [[hrefOf(kept[i]?.url ?? ''), asked]] : []));
  return downloadStage(
    { source: { from: 'urls', files: kept }, ...chosen(asked) },
    secrets.length ? { ...options, addresses: Object.fromEntries(secrets) } : options,
  );
};

/** A password is refused where the address is checked. */
const shownUrl = (url: string, { shown, authorization }: Address): string => (authorization ? url : shown);

const hrefOf = (url: string): string => (URL.canParse(url) ? new URL(url).href : url);
