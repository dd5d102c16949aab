import { randomUUID } from 'node:crypto';
import { digestValue } from '@millrace/core';
import { changedAt, names, read, remove, timeOfDisk, within, writeDurable } from './disk.js';
import { keepResults, keptResults } from './kept-results.js';
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
  /** So many of them. */
  readonly results?: number;
  /** What it said was damaged: nobody knows its requests. The provider may know the batch by its tag. */
  readonly torn?: true;
  /** Its results were collected and then damaged: only the provider has them. */
  readonly again?: true;
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
      .map((name) => this.get(name.slice(0, -'.json'.length)));
  }

  get(id: string): Intent {
    const path = this.#path(id, 'json');
    const torn = () => ({ id, digest: '', requests: [], attempt: 1, sentAt: changedAt(path), torn: true }) as const;
    return parsed(read(path), id) ?? torn();
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
  async collect({ again: _, ...intent }: Intent, results: AsyncIterable<BatchResult>): Promise<Intent> {
    const own = once(results, new Set(intent.requests));
    const kept = await keepResults(this.#path(intent.id, 'results'), intent.id, own);
    return this.put({ ...intent, collected: true, results: kept });
  }

  results({ id }: Intent): Generator<BatchResult> {
    return keptResults(this.#path(id, 'results'), id);
  }

  /** Of these requests, those whose results were collected, and cannot be believed any more. */
  lost(intent: Intent, wanted: ReadonlySet<string>): string[] {
    if (!intent.collected || intent.ref === undefined || !intent.requests.some((id) => wanted.has(id))) return [];
    const kept = new Set([...this.results(intent)].map(({ id }) => id));
    return kept.size === intent.results ? [] : intent.requests.filter((id) => wanted.has(id) && !kept.has(id));
  }

  /** What was collected long ago stands in the rows of its stage, or is wanted by nobody. */
  forgetOld(): void {
    const ended = this.all().filter(({ collected, refused }) => collected || refused);
    const now = ended.length ? timeOfDisk(this.folder) : undefined;
    if (now === undefined) return;
    for (const { id } of ended) {
      if (now - changedAt(this.#path(id, 'json')) < KEPT_DAYS * DAY) continue;
      remove(this.#path(id, 'results'));
      remove(this.#path(id, 'json'));
    }
  }

  #path(id: string, ending: string): string {
    return within(this.folder, `${id}.${ending}`);
  }
}

/** Some providers give a result twice. */
async function* once(results: AsyncIterable<BatchResult>, missing: Set<string>): AsyncGenerator<BatchResult> {
  for await (const result of results) if (missing.delete(result.id)) yield result;
}

function parsed(text: string, id: string): Intent | undefined {
  try {
    const intent = JSON.parse(text) as Intent;
    const whole = intent.id === id && Array.isArray(intent.requests) && Number.isInteger(intent.attempt);
    return whole && intent.requests.every((request) => typeof request === 'string') ? intent : undefined;
  } catch {
    return undefined;
  }
}
