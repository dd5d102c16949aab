import { frameworkFolder } from '@millrace/core';

frameworkFolder(import.meta.url);

export { type MapConfig, type MapContext, map } from './map/stage.js';
export { engineOptions } from './registry/engine-options.js';
export type { Given, InputField, StageEntry } from './registry/entry.js';
export type { Field, Fields } from './registry/fields.js';
export { registry } from './registry/registry.js';
export { rowsSource } from './source/rows.js';
