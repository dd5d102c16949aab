import type { Handle } from '@millrace/core';
import type { StageEntry } from '../registry/entry.js';
import type { Fields } from '../registry/fields.js';
import type { InputHandles } from './config.js';
import { commandStage } from './stage.js';

/** Where an output of files also stands: every stage that makes a folder knows these. */
export const atFields: Fields = {
  at: {
    is: 'either',
    describe: 'A path where the output also stands, kept in step with it.',
    of: [
      { is: 'path', describe: 'Copied there.' },
      {
        is: 'object',
        describe: 'How it comes there.',
        fields: {
          path: { is: 'path', required: true, describe: 'Where.' },
          how: {
            is: 'text',
            oneOf: ['copy', 'link'],
            default: 'copy',
            describe: 'Links save room and must not be edited.',
          },
        },
      },
    ],
  },
  overwrite: { is: 'flag', default: false, describe: 'Files edited at that path are replaced.' },
};

export const commandEntry: StageEntry = {
  name: 'command',
  describe: 'Any program: runs again when its words, params, files or inputs change.',
  own: { field: 'argv' },
  inputs: { inputs: { is: 'named', optional: true, describe: 'Outputs of other stages that the program reads.' } },
  config: {
    argv: {
      is: 'list',
      required: true,
      of: {
        is: 'any',
        describe: 'A text, { param }, { input }, { output }, { file }, { text }, { work }, or a list of them.',
      },
      describe: 'The program and its words.',
    },
    params: { is: 'record', of: { is: 'any', describe: 'A value.' }, describe: 'Values that { param } stands for.' },
    outputs: {
      is: 'record',
      required: true,
      of: { is: 'any', describe: 'folder, { folder, essential, notContent }, { json } or { jsonl, columns }.' },
      describe: 'What the program leaves behind.',
    },
    env: { is: 'record', of: { is: 'text', describe: 'A value.' }, describe: 'Environment set for the program.' },
    uses: { is: 'list', of: { is: 'text', describe: 'A pattern.' }, describe: 'Files that it reads besides.' },
    version: { is: 'text', describe: 'Stands for the program itself: python 3.11.' },
    shell: { is: 'flag', default: false, describe: 'The words become one line for sh.' },
    nature: {
      is: 'text',
      oneOf: ['pure', 'answered', 'sampling'],
      default: 'answered',
      describe: 'Whether the same inputs give the same bits again.',
    },
  },
  options: {
    ...atFields,
    checkpoints: {
      is: 'list',
      of: { is: 'text', describe: 'A pattern.' },
      describe: 'Files in the work folder that a killed program leaves for the next attempt.',
    },
    pass: {
      is: 'list',
      of: { is: 'text', describe: 'A name.' },
      describe: 'Names of the environment that it gets too.',
    },
    secrets: {
      is: 'record',
      of: { is: 'secret', describe: 'A secret.' },
      describe: 'Set for the program, shown nowhere.',
    },
    graceMs: { is: 'int', min: 0, default: 10_000, describe: 'How long it may take to end when told to.' },
  },
  build: ({ inputs, config, options }) =>
    commandStage((inputs.inputs ?? {}) as InputHandles, config, options) as Handle,
};
