import { atFields } from '../command/entry.js';
import type { StageEntry } from '../registry/entry.js';
import type { Fields } from '../registry/fields.js';
import { datasetOf } from './dataset.js';
import { filesOf, modelOf } from './stage.js';

const PATTERNS = { is: 'list', of: { is: 'text', describe: 'A pattern.' } } as const;

const choice: Fields = {
  revision: {
    is: 'text',
    default: 'main',
    describe: 'A commit, or a branch or tag: then the commit it stands for now.',
  },
  files: { ...PATTERNS, describe: 'Only files that match.' },
  essential: { ...PATTERNS, describe: 'Files that must be there.' },
};

const options: Fields = {
  ...atFields,
  endpoint: { is: 'text', default: 'https://huggingface.co', describe: 'Another hub of the same kind, or a mirror.' },
  token: { is: 'secret', describe: 'Who asks. Default: HF_TOKEN of the environment.' },
  offline: { is: 'flag', default: false, describe: 'Ask nobody; what is there is used.' },
  maxBytes: { is: 'int', min: 1, describe: 'Of a file whose size nobody says. Default: 16 GiB.' },
  lookMs: {
    is: 'int',
    min: 1,
    default: 2000,
    describe: 'So long is waited for word of what is known already; then that counts, and the run says so.',
  },
  stallMs: { is: 'int', min: 1, default: 30_000, describe: 'No byte for so long: the connection is taken up again.' },
};

export const downloadEntry: StageEntry = {
  name: 'download',
  describe: 'Files from a hub or from URLs, as a folder.',
  own: { field: 'from' },
  inputs: {},
  config: {
    from: {
      is: 'either',
      required: true,
      describe: 'A model on a hub, owner/name, or a list of URLs.',
      of: [
        { is: 'text', describe: 'owner/name' },
        { is: 'list', of: { is: 'any', describe: 'A URL, or { url, sha256, path }.' }, describe: 'Files behind URLs.' },
      ],
    },
    ...choice,
  },
  options,
  build: ({ config: { from, ...asked }, options }) =>
    typeof from === 'string' ? modelOf(from, asked, options) : filesOf(from as never, asked, options),
};

export const datasetEntry: StageEntry = {
  name: 'dataset',
  describe: 'A data set of a hub: a folder with one sub-folder a split, and the same rows as a table (part rows).',
  own: { field: 'id' },
  inputs: {},
  config: {
    id: { is: 'text', required: true, describe: 'owner/name' },
    ...choice,
    split: {
      is: 'either',
      of: [
        { is: 'text', describe: 'A split.' },
        { is: 'list', of: { is: 'text', describe: 'A split.' }, describe: 'Several.' },
      ],
      describe: 'Only these splits.',
    },
    splits: {
      is: 'record',
      of: { is: 'any', describe: 'A pattern, or several.' },
      describe: "Patterns of each split's files.",
    },
    maxSamples: { is: 'int', min: 1, describe: 'The first so many rows of each split.' },
  },
  options,
  build: ({ config: { id, ...asked }, options }) => datasetOf(id as string, asked, options),
};
