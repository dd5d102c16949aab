import { frameworkFolder } from '@millrace/core';

frameworkFolder(import.meta.url);

export type { At, AtOptions } from './at/at.js';
export type { BatchOptions } from './batch/generate.js';
export type { BatchRequest, BatchResult, BatchService, BatchStatus } from './batch/service.js';
export { chunk } from './chunk/stage.js';
export { type Centroid, type ClusterRow, cluster } from './cluster/stage.js';
export type { CommandConfig } from './command/config.js';
export type { FolderSpec, JsonlSpec, JsonSpec, OutputSpec } from './command/outputs.js';
export type { CommandOptions } from './command/run.js';
export { type CommandParts, command } from './command/stage.js';
export type { Piece, Word } from './command/words.js';
export { type DedupeSettings, dedupe } from './dedupe/stage.js';
export type { DownloadOptions, UrlFile } from './download/config.js';
export type { Dataset, DatasetAsked } from './download/dataset.js';
export { download } from './download/download.js';
export type { ModelAsked } from './download/stage.js';
export { type Hits, type RememberConfig, type RememberingModel, remember } from './embed/remember.js';
export { type EmbedInputs, type EmbedSettings, embed } from './embed/stage.js';
export { bleu } from './evaluate/bleu.js';
export { chrf } from './evaluate/chrf.js';
export { type Comparison, mcnemar, pairedBootstrap } from './evaluate/compare.js';
export { type ComposedMetric, type JudgeConfig, judge, similarity } from './evaluate/composed.js';
export { custom } from './evaluate/custom.js';
export { jsonValid } from './evaluate/json-valid.js';
export { f1, macroF1, precision, recall } from './evaluate/labels.js';
export { accuracy, exactMatch, normalisedMatch, numericTolerance, regexMatch } from './evaluate/matches.js';
export type { Metric, Statistic } from './evaluate/metric.js';
export { editDistance, rouge1, rouge2, rougeL, tokenF1 } from './evaluate/overlaps.js';
export { passAtK } from './evaluate/pass-at-k.js';
export { type EvaluateConfig, evaluate, type MetricLike, type Scores } from './evaluate/stage.js';
export { explode } from './explode/stage.js';
export { choice } from './extract/choice.js';
export { codeBlock } from './extract/code-block.js';
export { html } from './extract/html.js';
export { json } from './extract/json.js';
export { jsonPath } from './extract/json-path.js';
export { number } from './extract/number.js';
export { pdf } from './extract/pdf.js';
export { regex } from './extract/regex.js';
export { type ExtractConfig, extract } from './extract/stage.js';
export { tag } from './extract/tag.js';
export { type FilterConfig, filter } from './filter/stage.js';
export { type GenerateAsked, generate } from './generate/generate.js';
export type { GenerateInputs, GenerateSettings } from './generate/stage.js';
export type { Aggregate, Fold } from './group/aggregate.js';
export { group } from './group/stage.js';
export { type JoinSettings, join } from './join/join.js';
export { type LimitSettings, limit } from './limit/stage.js';
export { type MapConfig, type MapContext, map } from './map/stage.js';
export * from './models/index.js';
export type { ModelLike } from './models/stage-model.js';
export { nearest } from './nearest/stage.js';
export { engineOptions } from './registry/engine-options.js';
export type { Given, InputField, StageEntry } from './registry/entry.js';
export type { Field, Fields } from './registry/fields.js';
export { registry } from './registry/registry.js';
export { sample } from './sample/stage.js';
export { sort } from './sort/stage.js';
export type { Alias, Declared, RowOf, ValueOf } from './source/declared.js';
export type { GeneratorContext } from './source/generator.js';
export { rowsSource } from './source/rows.js';
export {
  type AnySettings,
  type CsvSettings,
  type FileSettings,
  type FileTable,
  type GeneratorConfig,
  source,
} from './source/source.js';
export type { UrlOptions } from './source/url.js';
export { split } from './split/stage.js';
export { stack } from './stack/stage.js';
