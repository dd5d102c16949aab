import { openSdk } from './ai-sdk.js';
import { surveyModel } from './disk.js';
import { echoGenerate } from './echo.js';
import type { Server } from './http.js';
import { openLocal } from './local.js';
import type { Model, ModelFacts } from './model.js';
import { ngramEmbed } from './ngram.js';
import { openaiEmbed, openaiGenerate } from './openai.js';
import type { EmbedModel, GenerateModel } from './port.js';

/** A model that answers. `close` ends what it holds: workers, for a local model. */
export interface OpenModel {
  readonly generate?: GenerateModel;
  readonly embed?: EmbedModel;
  close(): Promise<void>;
}

const close = async (): Promise<void> => {};

/** Makes the ports of a declared model. Nothing is sent or loaded before the first call. */
export async function openModel(model: Model, facts?: ModelFacts): Promise<OpenModel> {
  const { config, name, options } = model;
  switch (config.adapter) {
    case 'echo':
      return { generate: echoGenerate(config), close };
    case 'ngram':
      return { embed: ngramEmbed(config), close };
    case 'openai': {
      const server: Server = { name, endpoint: config.endpoint, options };
      return { generate: openaiGenerate(config, server), embed: openaiEmbed(config, server), close };
    }
    case 'local':
      return openLocal({ ...model, config }, facts ?? (await surveyModel(model)));
    case 'ai-sdk':
      return { ...openSdk(model, config), close };
  }
}
