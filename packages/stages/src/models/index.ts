export { type AiModelConfig, type AiSdkModel, aiModel } from './ai-sdk.js';
export type { Dtype, ModelConfig, ModelOptions, Pooling, Price, Resolved, SamplingDefaults } from './config.js';
export { folderDigest, surveyModel } from './disk.js';
export {
  CallError,
  type CallFailure,
  callError,
  type Details as FailureDetails,
  type FailureKind,
  failure,
} from './failure.js';
export { identityOf, type Model, type ModelFacts, model } from './model.js';
export { type OpenModel, openModel } from './open.js';
export type {
  Asked,
  CallContext as ModelCall,
  EmbedAnswer,
  EmbedModel,
  EmbedRequest,
  Finish,
  GenerateAnswer,
  GenerateModel,
  GenerateRequest,
  ImagePart,
  Message,
  MessagePart,
  OutputSchema,
  PlainObject,
  Sampling,
  TokenLogprob,
  Usage,
} from './port.js';
export { costOf, priceOf } from './prices.js';
