import { answerRequests, checkNames, type Plain, type Store } from '@millrace/core';
import { surveyModel } from '../models/disk.js';
import { type OpenModel, openModel } from '../models/open.js';
import { type ModelLike, toModel } from '../models/stage-model.js';
import { embedSettings } from './fields.js';
import { gathered } from './gathered.js';
import { type EmbedSettings, embedCall, embedRequest, embedTexts, vectorType } from './stage.js';

export interface RememberConfig extends EmbedSettings {
  /** Where vectors are kept; `'off'`: nowhere. */
  readonly store: Store | 'off';
  readonly onHits?: (hits: Hits) => void;
  /** A store that fails does not stop the work: it is said here. */
  readonly onStoreFailure?: (error: Error) => void;
}

export interface Hits {
  readonly known: number;
  readonly asked: number;
  /** Between 0 and 1. */
  readonly rate: number;
}

/** An embedding model that remembers: used as the model itself, in your own code, with the keys that the stage has. */
export interface RememberingModel {
  embed(texts: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<Float32Array[]>;
  close(): Promise<void>;
}

const { from: _, model: __, into: ___, ...embedding } = embedSettings.config;
const REMEMBERED = ['store', 'onHits', 'onStoreFailure', ...Object.keys(embedding), 'uses', 'version', 'impure'];

/** Wraps a model: known texts are read, the others embedded, all in the caller's order. */
export function remember(given: ModelLike, settings: RememberConfig): RememberingModel {
  checkNames('remember is given', settings, REMEMBERED);
  const model = toModel(given);
  const { store, onHits, onStoreFailure, ...config } = settings;
  let opened: Promise<OpenModel> | undefined;
  let surveyed: Promise<Plain> | undefined;
  const open = (): Promise<OpenModel> => {
    opened ??= openModel(model);
    return opened;
  };
  const fresh = async (texts: readonly string[], signal: AbortSignal) =>
    embedTexts(
      texts.map((text) => String(embedRequest(text, config)?.text)),
      { config: { ...config, model }, model: await open(), signal, beside: () => undefined },
    );

  async function remembered(texts: readonly string[], from: Store, signal: AbortSignal): Promise<Float32Array[]> {
    surveyed ??= surveyModel(model) as Promise<Plain>;
    const world = await surveyed;
    const call = {
      kind: 'embed',
      call: embedCall(model),
      code: null,
      world: model.config.adapter === 'local' ? world : null,
      roles: [],
      side: {},
    };
    const requests = texts.map((text) => embedRequest(text, config));
    const answers = await answerRequests(
      requests,
      { call, answers: { vector: vectorType(config) }, noted: true, store: from },
      async (missing) => {
        const vectors = await fresh(
          missing.map((i) => texts[i] as string),
          signal,
        );
        return vectors.map((vector) => ({ vector }));
      },
    );
    onHits?.({ known: answers.known, asked: answers.asked, rate: texts.length ? answers.known / texts.length : 1 });
    return answers.rows.map((row) => row.vector as Float32Array);
  }

  const embed = gathered(async (texts, signal) => {
    if (store === 'off') return fresh(texts, signal);
    try {
      return await remembered(texts, store, signal);
    } catch (error) {
      if (!isStoreFailure(error)) throw error;
      onStoreFailure?.(error);
      return fresh(texts, signal);
    }
  });

  return {
    embed: (texts, { signal = new AbortController().signal } = {}) => embed(texts, signal),
    close: async () => {
      if (opened) await (await opened).close();
    },
  };
}

/** A call that failed is the model's; all else that goes wrong here is the store's. */
const isStoreFailure = (error: unknown): error is Error =>
  error instanceof Error && !('failure' in error) && error.name !== 'AbortError';
