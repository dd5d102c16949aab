export type { Level, Log } from './context.js';
export { FunctionError, NOT_GIVEN, type PlaceOf } from './failure.js';
export { MOMENT, OTHER_MOMENT } from './prelude.js';
export {
  type Functions,
  type Imported,
  type Inner,
  makeWorld,
  type Packages,
  type Program,
  type World,
  type WorldOptions,
} from './world.js';
