import { randomUUID } from 'node:crypto';
import { digestValue } from '@millrace/core';
import { changedAt, draft, names, read, remove, there, within, writeDurable } from './disk.js';
import type { BatchRequest, BatchResult } from './service.js';

/** What is meant to be asked of a provider, on disk before anything is sent: its id is the tag of the batch. */
export interface Intent {
  readonly id: string;
  /** Of the requests, by their ids. */
  readonly digest: string;
  readonly requests: readonly string[];
  /** How often it may have been sent, and when last: written before it is. */
  readonly attempt: number;
  readonly sentAt?: number;
  /** The provider's reference, once it is known. */
  readonly ref?: string;
  /** Its results lie beside it. */
  readonly collected?: true;
  /** The provider would not take it. */
  readonly refused?: string;
}

const KEPT_DAYS = 30;
const DAY = 86_400_000;

/** The intents of one row identity, and the results that were paid for: also those of an earlier edit. */
export class Intents {
  constructor(readonly folder: string) {}

  all(): Intent[] {
    return names(this.folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(read(within(this.folder, name))) as Intent);
  }

  get(id: string): Intent {
    return JSON.parse(read(this.#path(id, 'json'))) as Intent;
  }

  add(requests: readonly BatchRequest[]): Intent {
    const ids = requests.map(({ id }) => id);
    const intent: Intent = {
      id: randomUUID(),
      digest: digestValue(requests.map(({ id, body }) => [id, body])),
      requests: ids,
      attempt: 0,
    };
    return this.put(intent);
  }

  put(intent: Intent): Intent {
    writeDurable(this.#path(intent.id, 'json'), JSON.stringify(intent));
    return intent;
  }

  /** All of them, then it is collected: a kill in between asks for them again, which costs nothing. */
  async collect(intent: Intent, results: AsyncIterable<BatchResult>): Promise<Intent> {
    const lines = draft(this.#path(intent.id, 'results'));
    const missing = new Set(intent.requests);
    try {
      for await (const result of results) {
        // Some providers give a result twice.
        if (missing.delete(result.id)) lines.add(JSON.stringify(result));
      }
    } catch (error) {
      lines.drop();
      throw error;
    }
    lines.keep();
    return this.put({ ...intent, collected: true });
  }

  *results(intent: Intent): Generator<BatchResult> {
    const path = this.#path(intent.id, 'results');
    if (!there(path)) return;
    for (const line of read(path).split('\n')) if (line) yield JSON.parse(line) as BatchResult;
  }

  /** What was collected long ago stands in the rows of its stage, or is wanted by nobody. */
  forgetOld(now: number): void {
    for (const { id, collected, refused } of this.all()) {
      if (!collected && !refused) continue;
      if (now - changedAt(this.#path(id, 'json')) < KEPT_DAYS * DAY) continue;
      remove(this.#path(id, 'results'));
      remove(this.#path(id, 'json'));
    }
  }

  #path(id: string, ending: string): string {
    return within(this.folder, `${id}.${ending}`);
  }
}
