import { datasetOf } from './dataset.js';
import { filesOf, modelOf } from './stage.js';

/** Models, data sets and files from outside, as folders: pinned, checked, gone on with after a break, offline once there. */
export const download = { model: modelOf, dataset: datasetOf, files: filesOf } as const;
