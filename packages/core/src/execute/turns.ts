import { cutoffKey, inputDigests, rowIdentity } from '../plan/decide.js';
import { type Known, rowsWork } from '../plan/node.js';
import type { Step } from '../plan/plan.js';
import type { Digest, Lock, Store } from '../ports/store.js';
import { StageStopped } from './context.js';
import type { RunEvent } from './events.js';
import { type Slot, Slots } from './slots.js';

interface Ports {
  readonly store: Store;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal;
  readonly drain: AbortSignal;
}

const WAITED_MS = 200;

/** So many stages at once, and of those that would make the same calls one, here and in all processes. */
export class Turns {
  readonly #slots: Slots;
  /** Which stage of this run makes which calls now. */
  readonly #held = new Map<Digest, string>();

  constructor(
    atOnce: number,
    readonly ports: Ports,
  ) {
    this.#slots = new Slots(atOnce);
  }

  async take<T>(step: Step, inputs: Known, act: (lock: Lock) => Promise<T>): Promise<T> {
    const slot = await this.#slots.take();
    try {
      const lock = await this.#lock(step, inputs, slot);
      try {
        return await act(lock);
      } finally {
        lock.release();
      }
    } finally {
      slot.leave();
    }
  }

  /** One name for all that would make the same calls, under whatever fingerprint. Who has to wait lets others work. */
  async #lock({ node, name }: Step, inputs: Known, slot: Slot): Promise<Lock> {
    const { store, emit } = this.ports;
    const stop = AbortSignal.any([this.ports.signal, this.ports.drain]);
    const calls = rowsWork(node) ? rowIdentity(node, inputs) : cutoffKey(node, inputDigests(node, inputs));
    const waiting = setTimeout(() => {
      const holder = this.#held.get(calls);
      emit({ is: 'stage-waiting', stage: name, fingerprint: node.fingerprint, ...(holder && { for: holder }) });
      slot.leave();
    }, WAITED_MS);
    try {
      const lock = await store.lock(calls, stop);
      await slot.back();
      if (stop.aborted) lock.release();
      stop.throwIfAborted();
      this.#held.set(calls, name);
      return { held: () => lock.held(), release: () => this.#release(calls, lock) };
    } catch (error) {
      if (stop.aborted)
        throw new StageStopped('interrupted', 'The run was interrupted while this stage waited for its turn.');
      throw error;
    } finally {
      clearTimeout(waiting);
    }
  }

  #release(calls: Digest, lock: Lock): void {
    this.#held.delete(calls);
    lock.release();
  }
}
