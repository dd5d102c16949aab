import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { crc32 } from 'node:zlib';
import { Chance } from './chance.js';
import { type DiskAsk, fileSystem } from './file-system.js';
import type { Question, Reply } from './question.js';

/** One life of a simulated process. */
export interface Identity {
  readonly pid: number;
  readonly host: string;
  readonly seed: number;
  /** How far its wall clock is off. */
  readonly skewMs: number;
}

/** Thrown by whatever a process asks after it was killed. */
export class Killed extends Error {}

interface Timer {
  readonly id: number;
  readonly at: number;
  readonly act: () => void;
  readonly every?: number;
}

const EPOCH = 1_700_000_000_000;

/** What the program of a process sees of the world: a disk, clocks, timers, chance. */
export class World {
  readonly chance: Chance;
  private timers: Timer[] = [];
  private ids = 0;
  private now = 0;
  killed = false;

  constructor(
    readonly identity: Identity,
    private readonly put: (question: Question) => Reply,
  ) {
    this.chance = new Chance(identity.seed);
  }

  readonly ask: DiskAsk = (op, ...args) => {
    if (this.killed) throw new Killed();
    const { now, value, error } = this.put({ op, args });
    this.now = now;
    if (error === 'killed') {
      this.killed = true;
      throw new Killed();
    }
    if (error !== undefined) throw Object.assign(new Error(error), { code: error });
    return value;
  };

  note(what: string, about: object = {}): void {
    this.ask('note', what, about);
  }

  readonly later = (act: () => void, ms = 1 + this.chance.below(4), every?: number): number => {
    const id = ++this.ids;
    this.timers.push({ id, at: this.now + Math.max(1, ms), act, ...(every !== undefined && { every }) });
    return id;
  };

  cancel(id: unknown): void {
    this.timers = this.timers.filter((timer) => timer.id !== idOf(id));
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.later(resolve, ms));
  }

  /** Waits for the next timer and runs it. False where there is none. */
  step(): boolean {
    const next = this.timers.reduce<Timer | undefined>(
      (first, each) => (first && first.at <= each.at ? first : each),
      undefined,
    );
    if (!next) return false;
    this.ask('sleep', next.at);
    this.timers = this.timers.filter((timer) => timer !== next);
    if (next.every !== undefined) this.timers.push({ ...next, at: this.now + next.every });
    next.act();
    return true;
  }

  /** The globals and modules that the store is given in place of the real ones. */
  globals() {
    const wall = () => EPOCH + this.now + this.identity.skewMs;
    class SimulatedDate extends Date {
      constructor(...given: unknown[]) {
        super(...((given.length ? given : [wall()]) as [number]));
      }
      static override now = wall;
    }
    const timer = (id: number) => ({ id, unref: () => timer(id), ref: () => timer(id) });
    return {
      SIM: { modules: this.modules() },
      process: this.process(),
      performance: { now: () => this.ask('time') as number },
      Date: SimulatedDate,
      setTimeout: (act: () => void, ms: number) => timer(this.later(act, ms)),
      setInterval: (act: () => void, ms: number) => timer(this.later(act, ms, ms)),
      clearTimeout: (id: unknown) => this.cancel(id),
      clearInterval: (id: unknown) => this.cancel(id),
      Math: Object.assign(Object.create(Math) as Math, { random: () => this.chance.next() }),
    };
  }

  private process() {
    return {
      pid: this.identity.pid,
      env: {},
      getuid: () => 0,
      on: () => undefined,
      off: () => undefined,
      listeners: () => [],
      listenerCount: () => 0,
      kill: (pid: number) => {
        if (!this.ask('lives', pid)) throw Object.assign(new Error('ESRCH'), { code: 'ESRCH' });
      },
    };
  }

  private modules(): Readonly<Record<string, unknown>> {
    const { ask, identity, chance } = this;
    const pause = (ms: number, value?: unknown, options?: { signal?: AbortSignal }) =>
      new Promise((resolve, reject) => {
        const id = this.later(() => resolve(value), ms);
        options?.signal?.addEventListener('abort', () => {
          this.cancel(id);
          reject(options.signal?.reason as Error);
        });
      });
    return {
      'node:fs': fileSystem(ask, (act) => void this.later(act)),
      'node:timers/promises': { setTimeout: pause },
      'node:worker_threads': { Worker: beating(ask) },
      'node:os': {
        hostname: () => identity.host,
        tmpdir: () => '/tmp',
        networkInterfaces: () => ({}),
        userInfo: () => ({ uid: 0 }),
        homedir: () => '/home',
      },
      'node:crypto': {
        createHash,
        randomBytes: (n: number) => Buffer.from(Array.from({ length: n }, () => chance.below(256))),
      },
      'node:child_process': {},
      'node:stream': {},
      'node:stream/promises': {},
      'node:path': path,
      'node:zlib': { crc32 },
    };
  }
}

/** The thread that beats: the scheduler does what its program says. */
const beating = (ask: DiskAsk) =>
  class {
    constructor(_program: string, { workerData }: { workerData: { path: string; every: number } }) {
      ask('beat', workerData.path, workerData.every);
    }
    unref() {}
    on() {}
    async terminate() {
      ask('beat', '', 0);
    }
  };

const idOf = (given: unknown): number =>
  typeof given === 'object' && given !== null ? (given as { id: number }).id : (given as number);
