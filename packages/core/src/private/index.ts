export { callsNext } from '../execute/called-row.js';
export { isPrivate, makeFolders, privateFolder, privateKey } from './disk.js';
export { type Facts, sealedFacts } from './sealed.js';
