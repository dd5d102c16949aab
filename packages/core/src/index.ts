export { buildBatch, buildColumn, nullColumn } from './columns/build.js';
export { type Batch, type Column, typesOf, type Values } from './columns/column.js';
export { concat, concatBatches } from './columns/concat.js';
export { ColumnDigest, isWide, valueDigests } from './columns/digest.js';
export { gather } from './columns/gather.js';
export { inferColumns, inferType, unifyTypes } from './columns/infer.js';
export { exactJson, jsonText, plainOf } from './columns/json.js';
export { rowKeys } from './columns/keys.js';
export { KeyIndex } from './columns/lookup.js';
export { sameType, typeName } from './columns/name.js';
export { pack, unpack } from './columns/pack.js';
export { reader, rowsOf } from './columns/read.js';
export { slice, sliceBatch } from './columns/slice.js';
export { nestedTensor, tensorOf } from './columns/tensors.js';
export type { Columns, Scalar, TensorItem, Type } from './columns/type.js';
export { givesAccess, isOfSignature, isSignature, type Parameter } from './declare/access.js';
export type { Col, ColOf, New, NumberList, Ok, Read, With } from './declare/columns-of.js';
export type { Handle, Ref, Stage, Within } from './declare/handle.js';
export { partsOf, refOf } from './declare/handle.js';
export type {
  CallContext,
  Facts,
  FolderInput,
  Inputs,
  InputValue,
  KeptFolder,
  Kind,
  Look,
  MoneyBudget,
  Nature,
  Notes,
  OpenContext,
  PartKind,
  PartResult,
  Recollection,
  RowAnswer,
  RowsWork,
  SettledContext,
  TableInput,
  ValueInput,
  WholeContext,
  WholeWork,
} from './declare/kind.js';
export { isNamedLikeSecret, knowSecret, type SecretValue, secretValues } from './declare/known-secrets.js';
export { didYouMean, nearest } from './declare/nearest.js';
export { checkNames } from './declare/options.js';
export { type Graph, graphOf, hidingOutputs, hidingText, withoutHiding } from './declare/pipeline.js';
export type { Plain } from './declare/plain.js';
export { excerpt, MOST_READ, Redactor, redact, redactorNow, redactorOf } from './declare/redact.js';
export { RedactedStream } from './declare/redact-stream.js';
export { redactError, redactValue } from './declare/redact-values.js';
export type { Row } from './declare/row.js';
export { Secret, secret } from './declare/secret.js';
export { declarationSite, frameworkFolder } from './declare/site.js';
export { type Declaration, stage } from './declare/stage.js';
export type { AnyHandle, AnyTable, Folder, Table, Value } from './declare/table.js';
export { isTooLong, laterText, timerMs } from './declare/time.js';
export { entriesOf, filesOf, placesBelow } from './disk.js';
export { type AcceptedFailures, acceptedFact, acceptedFailures, failuresAccepted } from './execute/accepted.js';
export type { CallFailure } from './execute/calls.js';
export { damageIn } from './execute/damage.js';
export { digestProblem } from './execute/digest-problem.js';
export {
  CannotRun,
  type ChangedRows,
  type Printed,
  type RunEvent,
  type RunOutcome,
  type StageFinished,
  type StageSummary,
} from './execute/events.js';
export { failedOf } from './execute/failed.js';
export { matchesGlob } from './execute/glob.js';
export { forgetImported, type ImportedRows, rememberImported } from './execute/imported.js';
export { acceptedRows } from './execute/memory.js';
export { type Answers, answerRequests, type RememberedCalls } from './execute/remember.js';
export { UnknownInputs } from './foresee/foresee.js';
export type { RequestsAhead } from './foresee/requests.js';
export { builtInTag, canonical, isBuffer, NoCanonicalForm, toPlain } from './identity/canonical.js';
export { digestBytes, digestText, digestValue } from './identity/digest.js';
export { SCHEME } from './identity/recipe.js';
export { type MemoryStore, memoryStore } from './memory/index.js';
export {
  createPipeline,
  type OpenPorts,
  type Outputs,
  type Pipeline,
  type PipelineAsked,
  type Results,
  RunFailed,
} from './pipeline.js';
export { cutoffKey, inputDigests, newestNamed, rowIdentity, storedNow } from './plan/decide.js';
export { runsBegun } from './plan/earlier.js';
export type { Reach } from './plan/look.js';
export { objectsRead } from './plan/lost.js';
export { labelOf, type Node, nameOf, natureOf } from './plan/node.js';
export { type Estimate, known, outputsOf, type Plan, type Status, type Step } from './plan/plan.js';
export type { ChangedUnit, Reason } from './plan/reason.js';
export { differences } from './plan/reasons.js';
export type { Problem } from './plan/survey.js';
export { SWEPT_UNNOTED, sweptFact } from './plan/swept.js';
export { familyNamed } from './plan/targets.js';
export type {
  AnyFunction,
  Code,
  CodeAnswer,
  CodeDeclaration,
  CodePlace,
  CodeReader,
  CodeRefusal,
  CodeUnit,
  FunctionUse,
  MadeFunctions,
  MakeHow,
} from './ports/code.js';
export { NOTHING_SPENT, sumCosts } from './ports/cost.js';
export { checkFolder, folderProblem, isPathInside } from './ports/folder-paths.js';
export { objectsOf, objectsOfGroup, objectsOfSegment } from './ports/objects-of.js';
export * from './ports/store.js';
export { DataLost, type RemakeAsked, remake } from './remake.js';
export { printedLines } from './report/printed.js';
export { type FolderResult, type Result, resultOf, type TableResult, type ValueResult } from './results.js';
export { foreseen, type Planned, planGraph, type RunAsked, type RunPorts, requestsOf, runGraph } from './run.js';
export type { Added, Asked, CheckedAsked, Parsed } from './settings/asked.js';
export {
  type Checked,
  checkSettings,
  Misfit,
  misfit,
  type Readers,
  requireSettings,
  type WrongSetting,
} from './settings/check.js';
export { wantedText } from './settings/describe.js';
export { type EngineOptions, engineOptions, type Limit } from './settings/engine.js';
export * as setting from './settings/make.js';
export { parsedSettings } from './settings/parse.js';
export * from './settings/setting.js';
export { type KeptFailure, type RowFailure, reading, TableReader } from './tables/read.js';
