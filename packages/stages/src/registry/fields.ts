import type { Setting, Settings } from '@millrace/core';

export type Field = Setting;
export type Fields = Settings;

/** What a user says instead of the code of a function. */
export const codeVersion: Field = {
  is: 'either',
  describe: 'Stands for the code of the function.',
  of: [
    { is: 'text', describe: 'A text.' },
    { is: 'number', describe: 'A number.' },
  ],
};
