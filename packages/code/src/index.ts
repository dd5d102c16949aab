import type { MakeFunctions } from './reach/reader.js';

export { sweepOld } from './disk.js';
export { codeReader, type Loaded, type LoadOptions, loadPipelineFile, type ReaderOptions } from './load.js';

/** Makes the functions of stages of what is read of them. Read in when the first stage calls one. */
export const makeFunctions: MakeFunctions = async (uses, making) =>
  (await import('./make.js')).makeFunctions(uses, making);
