import type { AnyTable, Columns, Row } from '@millrace/core';
import type { Engine } from './kit/engine.js';
import type { Outside } from './kit/outside.js';
import { rowStages } from './kit/row-stages.js';
import { source, streamed } from './kit/sources.js';
import { wholeStages } from './kit/whole-stages.js';

/** Stage kinds of every shape, tiny, whose answers come from outside. */
export const kit = (engine: Engine, outside: Outside) => ({
  rows: (data: readonly Row[]): AnyTable => source(engine, data),
  stream: (data: readonly Row[], columns: Columns): AnyTable => streamed(engine, outside, { data, columns }),
  ...rowStages(engine, outside),
  ...wholeStages(engine, outside),
});

export type Kit = ReturnType<typeof kit>;

export type { Engine } from './kit/engine.js';
export { Outside } from './kit/outside.js';
export { codeReader, go, type Went, type World } from './kit/run.js';
