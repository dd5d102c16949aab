import { setTimeout as sleep } from 'node:timers/promises';
import { isTooLong, timerMs } from '@millrace/core';
import { CallError, callError } from '../models/failure.js';
import { chunksOf } from './chunks.js';
import { type Intent, Intents } from './intents.js';
import { absent, countsOf, damagedText, leftText, refusedBatch } from './said.js';
import type { BatchRequest, BatchResult, BatchStatus } from './service.js';
import type { ViaBatch } from './settings.js';

const POLL_MS = 30_000;
const GRACE_MS = 120_000;
const RETRIES = 2;
/** A line of the results that cannot be read may be a torn connection; from then on it is one row without an answer. */
const STRICT_LOOKS = 3;

/** A submission is not broken off: nobody would know whether it arrived. */
const NEVER = new AbortController().signal;

/** The batches of one call: what is planned, under way and collected. */
export class Desk {
  readonly #intents: Intents;
  /** What has no answer yet, and how often it was tried in this run. */
  readonly #wanted: Map<string, { readonly request: BatchRequest; tries: number }>;
  readonly #said = new Map<string, string>();
  /** Seen under way in this run: who cancels one of these does not want it sent again. */
  readonly #running = new Set<string>();
  readonly #looked = new Map<string, number>();
  /** Not in the provider's list since this process first looked, by its own steady clock: one look is no proof, however late it comes. */
  readonly #absent = new Map<string, number>();
  #open: string[] = [];
  #notBefore = 0;

  constructor(
    requests: readonly BatchRequest[],
    readonly via: ViaBatch,
  ) {
    this.#intents = new Intents(via.intents);
    this.#wanted = new Map(requests.map((request) => [request.id, { request, tries: 0 }]));
  }

  get open(): readonly string[] {
    return this.#open;
  }

  /** Answers that were collected before: of a killed run, or of an earlier edit. */
  *known(): Generator<BatchResult> {
    this.#intents.forgetOld();
    if (this.via.again) return;
    for (const intent of this.#intents.all())
      if (intent.collected)
        for (const result of this.#intents.results(intent)) if ('body' in result) yield* this.#give(result);
  }

  *#give(result: BatchResult): Generator<BatchResult> {
    if (this.#wanted.delete(result.id)) yield result;
  }

  /** What is under way is waited for; only the rest is put into new intents. One process at a time does this. */
  async plan(): Promise<void> {
    await this.#locked('all', async () => {
      const under = this.#intents
        .all()
        .map((intent) => this.#mended(intent))
        .filter((intent) => !intent.collected && !intent.refused);
      const mine = under.filter(({ requests }) => requests.some((id) => this.#wanted.has(id)));
      const covered = new Set(mine.flatMap(({ requests }) => requests));
      const missing = [...this.#wanted.values()].filter(({ request }) => !covered.has(request.id));
      const added = chunksOf(
        missing.map(({ request }) => request),
        this.via.service.most,
      ).map((some) => this.#intents.add(some));
      for (const { requests } of added) for (const id of requests) this.#tried(id);
      this.#open = [...new Set([...this.#open, ...mine.map(({ id }) => id), ...added.map(({ id }) => id)])];
    });
  }

  /** What was damaged here is asked of the provider once more, and sent to it once more only where it has nothing of it. */
  #mended(intent: Intent): Intent {
    const wanted = new Set(this.#wanted.keys());
    const lost = intent.torn ? [...wanted] : this.#intents.lost(intent, wanted);
    if (lost.length === 0 || this.via.again) return intent;
    this.#say(intent.id, damagedText(this.via.service.name, intent));
    if (intent.torn) return this.#intents.put({ ...intent, requests: lost });
    const { collected: _, ...rest } = intent;
    return this.#intents.put({ ...rest, again: true });
  }

  #tried(id: string): void {
    const wanted = this.#wanted.get(id);
    if (wanted) wanted.tries++;
  }

  #giveUp(id: string): void {
    const wanted = this.#wanted.get(id);
    if (wanted) wanted.tries = Number.POSITIVE_INFINITY;
  }

  /** One intent, one move. Its file is read under its lock: another process may have moved it. */
  async *step(id: string): AsyncGenerator<BatchResult> {
    this.via.signal.throwIfAborted();
    const moved = await this.#locked(id, () => this.#tolerant(this.#intents.get(id), (intent) => this.#move(intent)));
    if (moved.refused) throw refusedBatch(this.via.service.name, moved.refused);
    if (!moved.collected) return;
    this.#open = this.#open.filter((open) => open !== id);
    yield* this.#take(moved);
  }

  /** What passes by itself is no reason to lose hold of a batch. */
  async #tolerant(intent: Intent, move: (intent: Intent) => Promise<Intent>): Promise<Intent> {
    try {
      return await move(intent);
    } catch (error) {
      if (!(error instanceof CallError) || this.via.signal.aborted || error.failure.permanent) throw error;
      if (isTooLong(error.failure.retryAfterMs)) throw error;
      this.#notBefore = Date.now() + (error.failure.retryAfterMs ?? 0);
      this.#say(intent.id, `${error.message} It is asked again.`);
      return this.#intents.get(intent.id);
    }
  }

  async #move(intent: Intent): Promise<Intent> {
    if (intent.collected || intent.refused) return intent;
    if (intent.ref === undefined)
      return intent.sentAt === undefined ? this.#send(intent) : this.#look(intent, intent.sentAt);
    const status = await this.#statusOf(intent, intent.ref);
    if (!status) return this.#gone(intent);
    this.#say(intent.id, countsOf(intent.ref, status));
    if (status.is === 'running') this.#running.add(intent.id);
    if (status.is === 'running') return intent;
    if (status.is === 'cancelled' && this.#running.has(intent.id)) for (const id of intent.requests) this.#giveUp(id);
    if (status.is === 'refused') return this.#intents.put({ ...intent, refused: status.why ?? 'no reason given' });
    const lenient = this.#looks(intent.id) > STRICT_LOOKS;
    return this.#intents.collect(intent, this.via.service.results(intent.ref, { lenient, signal: this.via.signal }));
  }

  /** How often its results were asked for. */
  #looks(id: string): number {
    const looks = (this.#looked.get(id) ?? 0) + 1;
    this.#looked.set(id, looks);
    return looks;
  }

  /** Nothing where results are wanted once more, and the provider has forgotten them. */
  async #statusOf({ again }: Intent, ref: string): Promise<BatchStatus | undefined> {
    try {
      return await this.via.service.status(ref, this.via.signal);
    } catch (error) {
      if (again && error instanceof CallError && error.failure.kind === 'not-found') return undefined;
      throw error;
    }
  }

  #gone({ again: _, ...intent }: Intent): Intent {
    return this.#intents.put({ ...intent, collected: true, results: [...this.#intents.results(intent)].length });
  }

  async #send(planned: Intent): Promise<Intent> {
    const { service } = this.via;
    const requests = planned.requests.flatMap((id) => this.#wanted.get(id)?.request ?? []);
    if (requests.length === 0) return this.#intents.put({ ...planned, collected: true });
    const own =
      requests.length === planned.requests.length ? planned : { ...planned, requests: requests.map(({ id }) => id) };
    const intent = this.#intents.put({ ...own, attempt: own.attempt + 1, sentAt: Date.now() });
    this.#absent.delete(intent.id);
    this.via.sent?.(requests.length);
    try {
      const ref = await service.submit(requests, intent.id, NEVER);
      this.#say(intent.id, `The batch ${ref} was submitted with ${requests.length} requests.`);
      return this.#intents.put({ ...intent, ref });
    } catch (error) {
      if (leavesNothing(error)) this.#intents.put(own);
      throw error;
    }
  }

  /** Sent, and nobody knows whether it arrived: the provider's list says so, at once or a while later. */
  async #look(intent: Intent, sentAt: number): Promise<Intent> {
    const { service, signal, settings } = this.via;
    const ref = await service.find(intent.id, sentAt, signal);
    if (ref !== undefined) return this.#intents.put({ ...intent, ref });
    const since = this.#absent.get(intent.id);
    if (since !== undefined && performance.now() - since >= (settings.graceMs ?? GRACE_MS))
      return intent.torn ? this.#gone(intent) : this.#send(intent);
    if (since === undefined) this.#absent.set(intent.id, performance.now());
    this.#say(
      intent.id,
      `A batch was sent and is not listed by ${service.name} yet; it is waited for before it is sent again.`,
    );
    return intent;
  }

  /** Answers go out. What failed for a passing reason goes into another batch. */
  async *#take(intent: Intent): AsyncGenerator<BatchResult> {
    const results = new Map([...this.#intents.results(intent)].map((result) => [result.id, result]));
    let again = false;
    for (const id of intent.requests) {
      const wanted = this.#wanted.get(id);
      if (!wanted) continue;
      const result = results.get(id) ?? absent(id, this.via.service.name);
      if ('failure' in result && !result.failure.permanent && this.#mayRetry(wanted.tries)) again = true;
      else yield* this.#give(result);
    }
    if (again) await this.plan();
  }

  #mayRetry(tries: number): boolean {
    return tries <= (this.via.settings.retries ?? RETRIES) && this.via.mayRetry?.(1) !== false;
  }

  async wait(): Promise<void> {
    this.via.underway(this.#open.flatMap((id) => this.#said.get(id) ?? []).join(' ') || undefined);
    const ms = Math.max(this.via.settings.pollMs ?? POLL_MS, this.#notBefore - Date.now());
    await sleep(timerMs(ms), undefined, { signal: this.via.signal });
  }

  /** Nobody waits any longer: what becomes of the batches is said. */
  async left(): Promise<Error> {
    const intents = this.#open
      .map((id) => this.#intents.get(id))
      .filter(({ collected, refused }) => !collected && !refused);
    const refs = intents.flatMap(({ ref }) => ref ?? []);
    const unsure = intents.filter(({ ref, sentAt }) => ref === undefined && sentAt !== undefined).length;
    if (this.via.settings.onStop === 'cancel')
      await Promise.allSettled(refs.map((ref) => this.via.service.cancel(ref, NEVER)));
    const text = leftText(this.via, { refs, unsure });
    this.via.note(text);
    return callError('cancelled', text, { permanent: false });
  }

  #say(id: string, text: string): void {
    if (this.#said.get(id) === text) return;
    this.#said.set(id, text);
    this.via.note(text);
  }

  async #locked<T>(name: string, act: () => Promise<T>): Promise<T> {
    const lock = await this.via.lock(`batch ${this.via.intents} ${name}`);
    try {
      return await act();
    } finally {
      lock.release();
    }
  }
}

/** The provider said no, or was never asked for what costs: it can be sent anew at once. */
const leavesNothing = (error: unknown): boolean => {
  if (!(error instanceof CallError)) return false;
  const sure = ['rate-limited', 'auth', 'not-found', 'bad-request', 'refused'].includes(error.failure.kind);
  return sure || (error as { nothingSent?: boolean }).nothingSent === true;
};
