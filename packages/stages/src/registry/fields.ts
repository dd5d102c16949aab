import type { Setting, Settings } from '@millrace/core';

export type Field = Setting;
export type Fields = Settings;

/** A column of the first input, or several in a list. */
export const columnsField = (describe: string): Field => ({ is: 'columns', describe });

/** What a user says instead of the code of a function. */
export const codeVersion: Field = {
  is: 'either',
  describe: 'Stands for the code of the function.',
  of: [
    { is: 'text', describe: 'A text.' },
    { is: 'number', describe: 'A number.' },
  ],
};
