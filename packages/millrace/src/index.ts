import { frameworkFolder } from '@millrace/core';

frameworkFolder(new URL('./file/', import.meta.url).href);

export { openStore, temporaryStore } from '@millrace/arrow-store';
export {
  CannotRun,
  type Columns,
  type EngineOptions,
  type Folder,
  type Handle,
  type Kind,
  memoryStore,
  type Pipeline,
  type Result,
  type Row,
  type RunAsked,
  type RunEvent,
  RunFailed,
  type RunOutcome,
  Secret,
  type Store,
  secret,
  stage,
  type Table,
  type Type,
  type Value,
} from '@millrace/core';
export * from '@millrace/stages';
export { Mistake } from './mistake.js';
export { params } from './params.js';
export { type PipelineOptions, pipeline } from './pipeline.js';
export type { ProjectConfig, StoreConfig } from './project.js';
