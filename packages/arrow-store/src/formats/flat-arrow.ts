import type { FlatField, FlatTable } from './flat.js';

/** The tables of the Arrow format, for `checkFlat`: fields in the order of their numbers. */
const number = (bytes: number): FlatField => ({ is: 'number', bytes });
const TEXT: FlatField = { is: 'text' };

const KEY_VALUE: FlatTable = [TEXT, TEXT];
const METADATA: FlatField = { is: 'tables', of: () => KEY_VALUE };
const NOTHING: FlatTable = [];
const UNIT: FlatTable = [number(2)];
const WIDTH: FlatTable = [number(4)];
const INT: FlatTable = [number(4), number(1)];

/** By the number of the kind; the lists of views at the end are known to no reader here. */
const TYPES: readonly (FlatTable | undefined)[] = [
  undefined,
  NOTHING, // null
  INT,
  UNIT, // floating point
  NOTHING, // binary
  NOTHING, // text
  NOTHING, // bool
  [number(4), number(4), number(4)], // decimal
  UNIT, // date
  [number(2), number(4)], // time
  [number(2), TEXT], // timestamp
  UNIT, // interval
  NOTHING, // list
  NOTHING, // struct
  [number(2), { is: 'structs', bytes: 4 }], // union
  WIDTH, // fixed size binary
  WIDTH, // fixed size list
  [number(1)], // map
  UNIT, // duration
  NOTHING, // large binary
  NOTHING, // large text
  NOTHING, // large list
  NOTHING, // run ends
  NOTHING, // binary view
  NOTHING, // text view
];

const DICTIONARY_ENCODING: FlatTable = [number(8), { is: 'table', of: () => INT }, number(1), number(2)];

const FIELD: FlatTable = [
  TEXT,
  number(1),
  number(1),
  { is: 'union', of: TYPES },
  { is: 'table', of: () => DICTIONARY_ENCODING },
  { is: 'tables', of: () => FIELD },
  METADATA,
];

const SCHEMA: FlatTable = [number(2), { is: 'tables', of: () => FIELD }, METADATA, { is: 'structs', bytes: 8 }];

const RECORD_BATCH: FlatTable = [
  number(8),
  { is: 'structs', bytes: 16 },
  { is: 'structs', bytes: 16 },
  { is: 'table', of: () => [number(1), number(1)] },
  { is: 'structs', bytes: 8 },
];

const DICTIONARY_BATCH: FlatTable = [number(8), { is: 'table', of: () => RECORD_BATCH }, number(1)];

export const MESSAGE: FlatTable = [
  number(2),
  number(1),
  { is: 'union', of: [undefined, SCHEMA, DICTIONARY_BATCH, RECORD_BATCH] },
  number(8),
  METADATA,
];

export const FOOTER: FlatTable = [
  number(2),
  { is: 'table', of: () => SCHEMA },
  { is: 'structs', bytes: 24 },
  { is: 'structs', bytes: 24 },
  METADATA,
];
