import { Worker } from 'node:worker_threads';
import { makeFolder, mark, names, read, remove, stat } from './disk.js';
import { atExit, kernelSays, nameOf, token, whoAmI, whoIs } from './process.js';

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

export const DAY = 24 * 3_600_000;

/**
 * Who uses a store right now. Each opened store has one name and a file of that name, as long as it is open. Locks,
 * journals and runs carry the name of their holder. On this machine the kernel tells whether it lives; elsewhere it is
 * dead once *we* saw its beat stand still, or when it did not beat for a day.
 */
export class Lives {
  private name: string | undefined;
  private worker: Worker | undefined;
  private timer: NodeJS.Timeout | undefined;
  private forget: (() => void) | undefined;
  private readonly seen = new Map<string, { readonly state: string; readonly since: number }>();

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

  alive(name: string): boolean {
    const there = stat(`${this.folder}/${name}`);
    if (!there) return false;
    const who = whoIs(name);
    const says = who ? kernelSays(who) : 'unknown';
    return says === 'unknown' ? there.modified > Date.now() - DAY && this.stillBeats(name) : says === 'alive';
  }

  /** False once we saw the same state for longer than our patience. */
  moves(name: string, state: string, patience = this.patience): boolean {
    const seen = this.seen.get(name);
    if (seen?.state === state) return performance.now() - seen.since < patience;
    this.seen.set(name, { state, since: performance.now() });
    return true;
  }

  /** Those that are gone leave their file behind. */
  sweep(): string[] {
    const dead = names(this.folder).filter((name) => !this.isOwn(name) && !this.alive(name));
    for (const name of dead) remove(`${this.folder}/${name}`);
    return dead;
  }

  close(): void {
    this.forget?.();
    this.leave();
  }

  private leave(): void {
    clearTimeout(this.timer);
    void this.worker?.terminate();
    if (this.name !== undefined) remove(`${this.folder}/${this.name}`);
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
