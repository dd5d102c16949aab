import { frameworkFolder } from '@millrace/core';

frameworkFolder(import.meta.url);

export { type Hits, type RememberConfig, type RememberingModel, remember } from './embed/remember.js';
export { type EmbedInputs, type EmbedSettings, embed } from './embed/stage.js';
export { type GenerateInputs, type GenerateSettings, generate } from './generate/stage.js';
export { type MapConfig, type MapContext, map } from './map/stage.js';
export * from './models/index.js';
export type { ModelLike } from './models/stage-model.js';
export { engineOptions } from './registry/engine-options.js';
export type { Given, InputField, StageEntry } from './registry/entry.js';
export type { Field, Fields } from './registry/fields.js';
export { registry } from './registry/registry.js';
export { rowsSource } from './source/rows.js';
