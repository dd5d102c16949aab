import { createHash } from 'node:crypto';
import { Chance } from './chance.js';
import { Disk, DiskError, type Doer, type Node } from './disk.js';
import { Ledger } from './ledger.js';
import type { Identity } from './process.js';
import { type Program, printOf, ROOT } from './programs.js';
import type { Question, Reply } from './question.js';

/** What may go wrong in a schedule, by its seed. */
export interface Weather {
  readonly disk: 'local' | 'network';
  readonly stale: boolean;
  readonly promise: 'each' | 'second';
  readonly kills: boolean;
  readonly stops: boolean;
  /** Milliseconds. */
  readonly stopsFor: readonly number[];
  readonly powerCuts: 'never' | 'order' | 'any';
  readonly letsGo: boolean;
  /** The clock of the disk jumps two days ahead. */
  readonly jumps: boolean;
  /** How many stages there are to work at. */
  readonly stages: number;
  /** What most processes do. */
  readonly mostly: 'anything' | Program['is'];
}

interface Actor {
  /** The thread of its process. */
  readonly side: number;
  readonly doer: Identity;
  question: Question;
  /** Not before then: it sleeps, or was stopped. */
  until: number;
  stoppedUntil: number;
  stopAt: number;
  killAt: number;
  beat: { path: string; every: number; next: number; count: number } | undefined;
  steps: number;
}

export interface Outcome {
  readonly seed: number;
  readonly weather: Weather;
  readonly broken: readonly string[];
  readonly steps: number;
  readonly calls: number;
  readonly repeated: number;
  readonly commits: number;
  readonly trace: readonly string[];
}

export interface Without {
  readonly look?: boolean;
  readonly token?: boolean;
  readonly sync?: boolean;
}

export interface ScheduleOptions {
  readonly without?: Without;
  readonly traced?: boolean;
  readonly weather?: Partial<Weather>;
}

/** A schedule gives the thread that it waits for, and is given what the process there asks. */
type Asking<T = void> = Generator<number, T, Question>;

export const SIDES = [0, 1, 2, 3] as const;

const READS = new Set(['fstat', 'readAt', 'read', 'time', 'lives']);
const LOOKS = new Set(['stat', 'list']);

const PATIENCE = 1000;
const LONGEST = 240_000;

export const weatherOf = (chance: Chance): Weather => {
  const disk = chance.oneOf(['local', 'network'] as const);
  return {
    disk,
    stale: disk === 'network' && chance.is(0.4),
    promise: chance.oneOf(['each', 'second'] as const),
    kills: chance.is(0.5),
    stops: chance.is(0.5),
    stopsFor: chance.oneOf([
      [5, 300, 900, 5000, 30_000],
      [2, 5, 10, 20],
      [5000, 30_000],
    ]),
    powerCuts: disk === 'local' && chance.is(0.4) ? chance.oneOf(['order', 'any'] as const) : 'never',
    letsGo: chance.is(0.15),
    jumps: chance.is(0.2),
    stages: 1 + chance.below(2),
    mostly: chance.oneOf(['anything', 'anything', 'worker', 'locker', 'leaser'] as const),
  };
};

/** Four processes on one store, until all have ended: who goes on at each step, and what goes wrong, follow from the seed. */
export class Schedule {
  private readonly chance: Chance;
  private readonly weather: Weather;
  private readonly disk: Disk;
  private readonly ledger: Ledger;
  private readonly actors: Actor[] = [];
  private readonly nodes = new Map<number, Node>();
  private readonly living = new Set<number>();
  private readonly journals = new Map<string, number>();
  private readonly trace: string[] = [];
  private pids = 100;
  private steps = 0;
  private cutAt: number;
  private readonly jumpAt: number;
  private readonly stickiness: number;

  constructor(
    private readonly seed: number,
    private readonly answer: (side: number, reply: Reply) => void,
    private readonly options: ScheduleOptions,
  ) {
    this.chance = new Chance(seed);
    this.weather = { ...weatherOf(this.chance), ...options.weather };
    const { stale, promise, letsGo, powerCuts } = this.weather;
    this.disk = new Disk({ staleMs: stale ? 3000 : 0 });
    this.ledger = new Ledger(promise, stale || letsGo);
    this.stickiness = this.chance.oneOf([0, 0.5, 0.9, 0.97]);
    this.cutAt = powerCuts === 'never' ? Number.POSITIVE_INFINITY : 100 + this.chance.below(900);
    this.jumpAt = this.weather.jumps ? this.chance.below(800) : -1;
    this.disk.make('/shared', { pid: 0, host: 'disk' });
    for (const path of ['/', '/shared']) this.disk.sync(this.disk.look(path) as Node);
  }

  /** Its answer matters to nobody but who asks. */
  changesNothing({ op }: Question): boolean {
    return !this.options.traced && (READS.has(op) || (LOOKS.has(op) && !this.weather.stale));
  }

  *run(): Asking<Outcome> {
    for (const side of SIDES) yield* this.start(side, this.program());
    while (this.actors.length > 0 && this.ledger.broken.length === 0) yield* this.step();
    yield* this.endAll();
    if (this.ledger.broken.length === 0) yield* this.last();
    const { broken, calls, repeated, commits } = this.ledger;
    return {
      seed: this.seed,
      weather: this.weather,
      broken,
      steps: this.steps,
      calls,
      repeated,
      commits,
      trace: this.trace,
    };
  }

  private program(): Program {
    const options = { patienceMs: PATIENCE, durability: this.weather.promise };
    const is = this.kind();
    if (is === 'worker') {
      const { look, token } = this.options.without ?? {};
      const without = look ? 'look' : token ? 'token' : undefined;
      return { is: 'worker', stage: this.chance.below(this.weather.stages), options, without };
    }
    if (is === 'locker' || is === 'leaser') return { is, times: 2 + this.chance.below(5), options };
    if (is === 'sweeper')
      return {
        is: 'sweeper',
        times: 1 + this.chance.below(3),
        graceMs: (this.weather.stale ? 5000 : this.chance.below(2) * 50) + this.longestStop(),
        options,
        letsGo: this.weather.letsGo,
      };
    return { is: 'looker', ms: this.chance.is(0.5) ? 1 : 5000, options };
  }

  /** Who stands still on another machine is not seen to live: a sweep has to wait for longer than that. */
  private longestStop(): number {
    const { disk, stops, stopsFor } = this.weather;
    return disk === 'network' && stops ? Math.max(...stopsFor) : 0;
  }

  private kind(): Program['is'] {
    const { mostly } = this.weather;
    if (mostly === 'leaser') return this.chance.is(0.6) ? mostly : 'sweeper';
    if (mostly !== 'anything' && this.chance.is(0.9)) return mostly;
    const is = this.chance.next();
    return is < 0.6 ? 'worker' : is < 0.7 ? 'locker' : is < 0.9 ? 'sweeper' : 'looker';
  }

  private *start(side: number, program: Program): Asking {
    const far = this.weather.disk === 'network';
    const doer: Identity = {
      pid: ++this.pids,
      host: far ? this.chance.oneOf(['near', 'far']) : 'near',
      seed: this.chance.below(2 ** 31),
      skewMs: far && this.chance.is(0.5) ? this.chance.oneOf([-2, 2]) * 24 * 3_600_000 : 0,
    };
    const { kills, stops } = this.weather;
    this.living.add(doer.pid);
    this.answer(side, { now: this.disk.now, value: { identity: doer, program } });
    const actor: Actor = {
      side,
      doer,
      question: yield side,
      until: this.disk.now + this.chance.below(40),
      stoppedUntil: 0,
      stopAt: stops && this.chance.is(0.5) ? this.chance.below(400) : Number.POSITIVE_INFINITY,
      killAt: kills && this.chance.is(0.5) ? this.chance.below(500) : Number.POSITIVE_INFINITY,
      beat: undefined,
      steps: 0,
    };
    this.actors.push(actor);
    this.say(actor, `starts ${program.is} ${JSON.stringify(program)}`);
  }

  private say(actor: Actor | undefined, text: string): void {
    if (this.options.traced)
      this.trace.push(`${this.disk.now.toFixed(2)} ${actor?.doer.pid ?? ''}@${actor?.doer.host ?? ''} ${text}`);
  }

  private current: Actor | undefined;

  private *step(): Asking {
    this.steps++;
    const actor = this.next();
    this.beats();
    if (this.steps === this.jumpAt) this.disk.datesOff += 2 * 24 * 3_600_000;
    if (this.disk.now > LONGEST)
      this.ledger.broken.push(
        `it does not end: ${this.actors.map(({ doer, question }) => `${doer.pid} ${question.op}`)}`,
      );
    else if (this.steps >= this.cutAt) yield* this.cut();
    else if (actor.steps >= actor.killAt) yield* this.kill(actor);
    else if (actor.steps >= actor.stopAt) this.stop(actor);
    else yield* this.serve(actor);
  }

  /** Time passes with each step; when all wait, until the first wakes. */
  private next(): Actor {
    this.disk.now += 0.05;
    let first = Number.POSITIVE_INFINITY;
    for (const { until, stoppedUntil } of this.actors) first = Math.min(first, Math.max(until, stoppedUntil));
    if (first > this.disk.now) this.disk.now = first;
    const ready = this.actors.filter(({ until, stoppedUntil }) => Math.max(until, stoppedUntil) <= this.disk.now);
    if (!(this.current && ready.includes(this.current) && this.chance.is(this.stickiness)))
      this.current = this.chance.oneOf(ready);
    return this.current;
  }

  private stop(actor: Actor): void {
    actor.stopAt = this.chance.is(0.4) ? actor.steps + this.chance.below(200) : Number.POSITIVE_INFINITY;
    const ms = this.chance.oneOf(this.weather.stopsFor);
    actor.stoppedUntil = this.disk.now + ms;
    this.ledger.excused.add(actor.doer.pid);
    this.say(actor, `stands still for ${ms} ms`);
  }

  private *kill(actor: Actor): Asking {
    this.say(actor, 'is killed');
    yield* this.bury(actor);
    if (this.chance.is(0.7)) yield* this.start(actor.side, this.program());
  }

  private *bury(actor: Actor): Asking {
    this.actors.splice(this.actors.indexOf(actor), 1);
    this.living.delete(actor.doer.pid);
    this.ledger.died(actor.doer.pid, this.disk.now);
    let question = actor.question;
    while (question.op !== 'end') {
      this.answer(actor.side, { now: this.disk.now, error: 'killed' });
      question = yield actor.side;
    }
  }

  private *cut(): Asking {
    this.cutAt = Number.POSITIVE_INFINITY;
    this.say(undefined, 'the power fails');
    yield* this.endAll();
    this.disk.cut(this.chance, this.weather.powerCuts === 'any' ? 'any' : 'order');
    this.ledger.cut(this.disk.now);
    this.checkRecords();
    this.boots++;
    for (const side of SIDES) yield* this.start(side, this.program());
  }

  private boots = 0;

  private *endAll(): Asking {
    for (const actor of [...this.actors]) yield* this.bury(actor);
  }

  /** In the end a worker for each stage that was committed must find the newest, or whatever replaced it. */
  private *last(): Asking {
    this.checkRecords();
    for (const stage of [0, 1]) {
      const folder = this.disk.look(`${ROOT}/records/${printOf(stage).slice(0, 2)}/${printOf(stage)}`);
      const names = folder?.is === 'folder' ? [...folder.entries.keys()].sort() : [];
      const newest = this.ledger.newest(stage);
      if (newest > 0 && !names.includes(`${String(newest).padStart(12, '0')}.json`))
        this.ledger.broken.push(`stage ${stage}: its commit ${newest} is lost; there are ${names}`);
    }
    const options = { patienceMs: PATIENCE, durability: this.weather.promise };
    for (const stage of [0, 1]) {
      yield* this.start(SIDES[0], { is: 'worker', stage, options });
      const [actor] = this.actors as [Actor];
      actor.killAt = Number.POSITIVE_INFINITY;
      actor.stopAt = Number.POSITIVE_INFINITY;
      while (this.actors.length > 0 && this.ledger.broken.length === 0) yield* this.step();
      yield* this.endAll();
    }
  }

  /** A record points to objects that are there, whole. A grace is over at once where dates jump: it holds nothing for who stands still. */
  private checkRecords(): void {
    if (this.weather.letsGo) return;
    const mayBeSwept = this.weather.jumps && this.longestStop() > 0;
    for (const stage of [0, 1]) {
      const path = `${ROOT}/records/${printOf(stage).slice(0, 2)}/${printOf(stage)}`;
      const folder = this.disk.look(path);
      for (const name of folder?.is === 'folder' ? folder.entries.keys() : []) {
        const [object] =
          contentOf(this.disk.look(`${path}/${name}`))
            .toString()
            .match(/[0-9a-f]{64}\.bin/) ?? [];
        if (object === undefined) continue;
        const stored = this.disk.look(`${ROOT}/objects/${object.slice(0, 2)}/${object}`);
        if (!stored && mayBeSwept) continue;
        const content = stored?.is === 'file' ? stored.data : Buffer.from('nothing');
        if (!object.startsWith(createHash('sha256').update(content).digest('hex')))
          this.ledger.broken.push(`${path}/${name} points to ${object}, which is ${stored ? 'torn' : 'not there'}`);
      }
    }
  }

  private *serve(actor: Actor): Asking {
    const { op, args } = actor.question;
    actor.steps++;
    if (op === 'end') return this.ended(actor, args[0] as string);
    if (op !== 'silent') this.answer(actor.side, this.replied(actor));
    actor.question = yield actor.side;
    if (actor.question.op === 'sleep') actor.until = actor.question.args[0] as number;
  }

  private replied(actor: Actor): Reply {
    const { op, args } = actor.question;
    const { value, error } = this.tried(actor);
    if (this.options.traced && op !== 'time' && op !== 'sleep')
      this.say(
        actor,
        `${op} ${args.map((arg) => String(arg).slice(0, 90))} → ${error ?? JSON.stringify(value)?.slice(0, 90)}`,
      );
    return { now: this.disk.now, ...(error === undefined ? { value } : { error }) };
  }

  private tried(actor: Actor): { readonly value?: unknown; readonly error?: string } {
    try {
      return { value: this.act(actor, actor.question.op, actor.question.args) };
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      return { error: error.code };
    }
  }

  private ended(actor: Actor, how: string): void {
    this.say(actor, `ends: ${how}`);
    this.actors.splice(this.actors.indexOf(actor), 1);
    this.living.delete(actor.doer.pid);
    if (how !== 'done' && !this.wasTakenForDead(actor, how))
      this.ledger.broken.push(`${actor.doer.pid} of ${actor.doer.host} ${how}`);
  }

  /** Who stood still long enough for that on another machine may find that what it was writing, or what only its lease held, is gone. */
  private wasTakenForDead({ doer }: Actor, how: string): boolean {
    return (
      this.weather.disk === 'network' &&
      this.ledger.excused.has(doer.pid) &&
      /^failed: (StoreError.*\n.*not there any more|DamagedError.*: it (is missing|was cleared, swept or lost)\.)/.test(
        how,
      )
    );
  }

  private beats(): void {
    for (const actor of this.actors) {
      const { beat } = actor;
      if (!beat || beat.next > this.disk.now || actor.stoppedUntil > this.disk.now) continue;
      beat.next = this.disk.now + beat.every;
      try {
        const file = this.disk.open(beat.path, 'w', actor.doer);
        if (file.is === 'file') this.disk.write(file, Buffer.from(String(++beat.count)), actor.doer);
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
      }
    }
  }

  private act(actor: Actor, op: string, args: readonly unknown[]): unknown {
    const { doer } = actor;
    const [path, other] = args as [string, never];
    if (op === 'time' || op === 'sleep') return this.disk.now;
    if (op === 'lives') return this.living.has(Number(path));
    if (op === 'note') return this.ledger.note(doer, this.disk.now, args as never);
    if (op === 'beat') {
      actor.beat = other ? { path, every: other, next: this.disk.now, count: 0 } : undefined;
      return undefined;
    }
    if (op === 'read' && path.startsWith('/proc/')) return this.kernel(path, doer);
    return this.onDisk(op, args, doer);
  }

  /** Of processes on its own machine. */
  private kernel(path: string, { pid, host }: Doer): string {
    if (path.endsWith('boot_id')) return `boot ${host} ${this.boots}`;
    const asked = path.includes('self') ? pid : Number(path.split('/')[2]);
    if (!this.living.has(asked)) throw new DiskError('ENOENT');
    return `${asked} (node) S ${'0 '.repeat(18)}${asked} 0`;
  }

  private keep(node: Node): number {
    this.nodes.set(node.id, node);
    return node.id;
  }

  private onDisk(op: string, args: readonly unknown[], doer: Doer): unknown {
    const { disk } = this;
    const [path, other] = args as [string, never];
    const node = this.nodes.get(args[0] as number);
    const file = node?.is === 'file' ? node : undefined;
    if (op === 'stat') return shown(disk.see(path, doer));
    if (op === 'fstat') return shown(node);
    if (op === 'list') return disk.list(path, doer);
    if (op === 'open') return this.keep(this.opened(path, other, doer));
    if (op === 'read') return contentOf(disk.look(path)).toString('latin1');
    if (op === 'readAt') return contentOf(node).toString('latin1');
    if (op === 'append') return file && disk.append(file, Buffer.from(other as string, 'latin1'), doer);
    if (op === 'sync') return node && !this.options.without?.sync && disk.sync(node);
    if (op === 'make')
      return disk.look(path.slice(0, path.lastIndexOf('/'))) ? (disk.make(path, doer) ? 'made' : 'there') : 'no parent';
    if (op === 'rename') return disk.rename(path, other, doer);
    if (op === 'link') return disk.link(path, other, doer);
    if (op === 'unlink') return disk.unlink(path, doer);
    if (op === 'rmdir') return disk.removeFolder(path, doer);
    return this.onFile(op, { path, other }, doer);
  }

  private onFile(op: string, { path, other }: { path: string; other: never }, doer: Doer): unknown {
    const node = this.disk.look(path);
    if (!node) throw new DiskError('ENOENT');
    if (op === 'touch') {
      node.mtime = this.disk.date;
      return undefined;
    }
    if (node.is !== 'file') throw new DiskError('EISDIR');
    if (op === 'chmod') node.mode = other;
    else if (op === 'truncate') this.disk.write(node, sized(node.data, other), doer);
    else throw new Error(`BUG: the disk cannot ${op}`);
    return undefined;
  }

  /** A journal has one writer ever. */
  private opened(path: string, flags: string, doer: Doer): Node {
    const node = this.disk.open(path, flags, doer);
    if (!path.endsWith('.jnl') || flags === 'r') return node;
    const writer = this.journals.get(path) ?? doer.pid;
    this.journals.set(path, writer);
    if (writer !== doer.pid) this.ledger.broken.push(`${path} was written by ${writer} and is by ${doer.pid}`);
    return node;
  }
}

const sized = (data: Buffer, bytes: number): Buffer =>
  Buffer.concat([data.subarray(0, bytes), Buffer.alloc(Math.max(0, bytes - data.length))]);

const contentOf = (node: Node | undefined): Buffer => {
  if (!node) throw new DiskError('ENOENT');
  if (node.is === 'folder') throw new DiskError('EISDIR');
  return node.data;
};

const EPOCH = 1_700_000_000_000;

const shown = (node: Node | undefined) =>
  node && {
    id: node.id,
    folder: node.is === 'folder',
    size: node.is === 'file' ? node.data.length : 0,
    mtime: EPOCH + node.mtime,
    ctime: EPOCH + node.ctime,
    mode: node.is === 'file' ? node.mode : 0o755,
  };
