import { Worker } from 'node:worker_threads';
import { exists, makeFolder, mark, names, read, remove, removeIfPossible } from './disk.js';
import { atExit, isHolder, kernelSays, nameOf, token, whoAmI, whoIs } from './process.js';

/** A thread of its own beats, so that a busy event loop does not look like death. A string, to run from source and from dist. */
const BEAT = `
const { writeFileSync } = require('node:fs');
const { path, every } = require('node:worker_threads').workerData;
let beat = 0;
const next = () => { try { writeFileSync(path, String(++beat)); } catch {} };
next();
setInterval(next, every);
`;

const OPEN_FOR_LONG = 1000;

/** So many looks at least before somebody counts as dead. */
const LOOKS = 4;

interface Sight {
  readonly state: string;
  readonly at: number;
  /** How long we saw it stand still. */
  readonly still: number;
}

/**
 * Who uses a store right now. Each opened store has one name and a file of that name, as long as it is open. Locks,
 * journals and runs carry the name of their holder. On this machine the kernel tells whether it lives; elsewhere it is
 * dead once *we* saw its beat stand still. No clock is compared: another machine's, a file server's and ours may differ by
 * days. A command that ends before it can have seen that leaves everything where it is.
 */
export class Lives {
  private name: string | undefined;
  private worker: Worker | undefined;
  private timer: NodeJS.Timeout | undefined;
  private watching: NodeJS.Timeout | undefined;
  private forget: (() => void) | undefined;
  private readonly seen = new Map<string, Sight>();

  constructor(
    private readonly folder: string,
    private readonly patience: number,
  ) {}

  /** Our name; from now on others see us. */
  own(): string {
    if (this.name !== undefined) return this.name;
    const name = `${nameOf(whoAmI())}.${token()}`;
    makeFolder(this.folder);
    mark(`${this.folder}/${name}`);
    this.forget = atExit(() => this.leave());
    this.timer = setTimeout(() => this.startBeating(), OPEN_FOR_LONG).unref();
    this.name = name;
    return name;
  }

  isOwn(name: string): boolean {
    return name === this.name;
  }

  /** A name that we did not give is of nobody. */
  alive(name: string): boolean {
    if (!isHolder(name) || !exists(`${this.folder}/${name}`)) return false;
    const who = whoIs(name);
    const says = who ? kernelSays(who) : 'unknown';
    return says === 'unknown' ? this.stillBeats(name) : says === 'alive';
  }

  /**
   * False once we saw the same state for longer than our patience. Between two looks a part of it counts at most: who did
   * not look for long may have been stopped together with the one it looks at, as when a machine of two containers sleeps.
   */
  moves(name: string, state: string, patience = this.patience): boolean {
    const now = performance.now();
    const seen = this.seen.get(name);
    const same = seen?.state === state;
    const still = same ? seen.still + Math.min(now - seen.at, patience / LOOKS) : 0;
    this.seen.set(name, { state, at: now, still });
    return still < patience;
  }

  /** Those that are gone leave their file behind. */
  sweep(): void {
    for (const name of names(this.folder).filter(isHolder))
      if (!this.isOwn(name) && !this.alive(name)) remove(`${this.folder}/${name}`);
  }

  /** As long as we are open and there may be somebody to see standing still, often enough to have seen it. */
  whileOthersMayBeDead(act: () => void): void {
    let looks = 3 * LOOKS + 2;
    const every = Math.ceil(this.patience / LOOKS);
    this.watching = setInterval(() => {
      if (looks-- === 0 || !names(this.folder).some((name) => this.isFar(name))) clearInterval(this.watching);
      else act();
    }, every).unref();
  }

  private isFar(name: string): boolean {
    const who = whoIs(name);
    return !who || kernelSays(who) === 'unknown';
  }

  close(): void {
    this.forget?.();
    this.leave();
  }

  private leave(): void {
    clearTimeout(this.timer);
    clearInterval(this.watching);
    void this.worker?.terminate();
    if (this.name !== undefined) removeIfPossible(`${this.folder}/${this.name}`);
    this.name = undefined;
  }

  private startBeating(): void {
    if (this.name === undefined) return;
    const workerData = { path: `${this.folder}/${this.name}`, every: Math.ceil(this.patience / 5) };
    this.worker = new Worker(BEAT, { eval: true, workerData, execArgv: [], stdin: false });
    this.worker.unref();
    // Without a thread (memory, limits) we may be taken for dead by another machine; `held()` then says so.
    this.worker.on('error', () => {});
  }

  /** Who has not begun to beat yet may be busy in its first second: more patience. */
  private stillBeats(name: string): boolean {
    const beat = read(`${this.folder}/${name}`)?.toString('latin1') ?? '';
    return this.moves(name, beat, this.patience * (beat === '' ? 3 : 1));
  }
}
