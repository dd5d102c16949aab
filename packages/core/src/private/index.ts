export { isPrivate, makeFolders, privateFolder, privateKey } from './disk.js';
export { type Facts, sealedFacts } from './sealed.js';
