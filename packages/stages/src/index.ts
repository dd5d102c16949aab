import { frameworkFolder } from '@millrace/core';

frameworkFolder(import.meta.url);

export type { At, AtOptions } from './at/at.js';
export type { BatchOptions } from './batch/generate.js';
export type { BatchRequest, BatchResult, BatchService, BatchStatus } from './batch/service.js';
export type { BatchSettings } from './batch/settings.js';
export type { ChunkSpec } from './chunk/chunk.js';
export { chunk } from './chunk/stage.js';
export type { ClusterConfig } from './cluster/kmeans.js';
export { type Centroid, type ClusterRow, cluster } from './cluster/stage.js';
export type { CommandConfig, InputHandles, OutputSpecs, Params } from './command/config.js';
export type { FolderSpec, JsonlSpec, JsonSpec, OutputSpec } from './command/outputs.js';
export type { CommandOptions } from './command/run.js';
export { type CommandParts, command } from './command/stage.js';
export type { Piece, Word } from './command/words.js';
export { dedupe } from './dedupe/stage.js';
export type { DownloadOptions, UrlFile } from './download/config.js';
export type { Dataset, DatasetAsked } from './download/dataset.js';
export { download } from './download/download.js';
export type { ModelAsked } from './download/stage.js';
export { type Hits, type RememberConfig, type RememberingModel, remember } from './embed/remember.js';
export { type EmbedInputs, type EmbedSettings, embed } from './embed/stage.js';
export { type BleuConfig, bleu } from './evaluate/bleu.js';
export type { BootstrapConfig } from './evaluate/bootstrap.js';
export { type ChrfConfig, chrf } from './evaluate/chrf.js';
export { type Comparison, type McNemar, mcnemar, pairedBootstrap } from './evaluate/compare.js';
export { type ComposedGiven, type ComposedMetric, type JudgeConfig, judge, similarity } from './evaluate/composed.js';
export { type CustomFold, type CustomMean, custom } from './evaluate/custom.js';
export { jsonValid } from './evaluate/json-valid.js';
export { type Average, f1, type LabelConfig, macroF1, precision, recall } from './evaluate/labels.js';
export { accuracy, exactMatch, normalisedMatch, numericTolerance, regexMatch } from './evaluate/matches.js';
export type {
  Counts as MetricCounts,
  Metric,
  MetricIdentity,
  Statistic,
  Values as MetricValues,
} from './evaluate/metric.js';
export { editDistance, type RougeConfig, rouge1, rouge2, rougeL, tokenF1 } from './evaluate/overlaps.js';
export { type PassConfig, passAtK } from './evaluate/pass-at-k.js';
export { type EvaluateConfig, evaluate, type MetricLike, type Scores } from './evaluate/stage.js';
export { explode } from './explode/stage.js';
export { type ChoiceExtraction, choice } from './extract/choice.js';
export { type CodeBlockExtraction, codeBlock } from './extract/code-block.js';
export type { Extraction } from './extract/extractor.js';
export { type HtmlExtraction, html } from './extract/html.js';
export { type JsonExtraction, json } from './extract/json.js';
export { type JsonPathExtraction, jsonPath } from './extract/json-path.js';
export { type NumberExtraction, number } from './extract/number.js';
export { type PdfExtraction, pdf } from './extract/pdf.js';
export { type RegexExtraction, regex } from './extract/regex.js';
export type { JsonSchema } from './extract/schema.js';
export { type ExtractConfig, type ExtractFunction, extract } from './extract/stage.js';
export { type TagExtraction, tag } from './extract/tag.js';
export type { ZodSchema } from './extract/zod-schema.js';
export { type FilterConfig, filter } from './filter/stage.js';
export type { FunctionSaid } from './functions/user-function.js';
export type { Across, AxisValue } from './generate/across.js';
export { type AcrossAsked, type GenerateAsked, generate } from './generate/generate.js';
export type { SchemaConfig } from './generate/output.js';
export type { PromptConfig } from './generate/request.js';
export type { GenerateInputs, GenerateOptions, GenerateSettings } from './generate/stage.js';
export type { Aggregate, Fold } from './group/aggregate.js';
export { group } from './group/stage.js';
export { type JoinSettings, join } from './join/join.js';
export { limit } from './limit/stage.js';
export { type MapConfig, type MapContext, map } from './map/stage.js';
export * from './models/index.js';
export type { ModelLike } from './models/stage-model.js';
export { nearest } from './nearest/stage.js';
export type { ChatSpec, PromptSpec } from './prompt/prompt.js';
export type { Given, InputField, StageEntry } from './registry/entry.js';
export { registry } from './registry/registry.js';
export { sample } from './sample/stage.js';
export { sort } from './sort/stage.js';
export type { Alias, Declared, RowOf, ValueOf } from './source/declared.js';
export type { OnBadRow } from './source/file.js';
export type { FormatName, FormatSettings } from './source/formats.js';
export type { Generate as GenerateRows, GeneratorContext } from './source/generator.js';
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
