import { setting } from '@millrace/core';
import type { InputField } from './entry.js';

/** The input of most stages. */
export const rows = { is: 'table', describe: 'The rows.' } as const satisfies InputField;

/** Of stages that read a table as a whole. */
export const partial = setting.flag('Rows that failed above are left out instead of refused.', { default: false });
