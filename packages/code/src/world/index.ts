export type { Level, Log } from './context.js';
export { FunctionError, NOT_GIVEN, type PlaceOf } from './failure.js';
export type { LoopShape } from './loop.js';
export { CLOCK } from './prelude.js';
export {
  type Functions,
  type Inner,
  makeWorld,
  type Packages,
  type Program,
  type RowBatch,
  type RowCall,
  type World,
  type WorldOptions,
} from './world.js';
