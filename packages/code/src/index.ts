export { sweepOld } from './disk.js';
export { codeReader, type Loaded, type LoadOptions, loadPipelineFile, type ReaderOptions } from './load.js';
export { makeFunctions } from './make.js';
