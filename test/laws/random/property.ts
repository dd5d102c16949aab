import type { FolderOutput, MemoryStore, Output, RunAsked, Store } from '@millrace/core';
import fc from 'fast-check';
import { type Engine, go, kit, Outside, type Went } from '../kit.js';
import { declare } from './declare.js';
import { type Graph, graph, isRowWise, type Node } from './graph.js';
import { type Event, edited, event } from './history.js';
import { isRowCall, Ledger, stageOf } from './ledger.js';
import { mortal } from './mortal.js';
import { callOf, type Given, Reference, type Seen, same } from './reference.js';

export interface History {
  readonly graph: Graph;
  /** Texts that fail at first. */
  readonly failing: readonly string[];
  readonly events: readonly Event[];
}

export interface Size {
  readonly stages: number;
  readonly events: number;
  /** Only these happen. */
  readonly only: readonly Event['is'][];
}

export const history = ({ stages = 30, events = 10, only }: Partial<Size>): fc.Arbitrary<History> =>
  fc.record({
    graph: graph(stages),
    failing: fc.oneof(fc.constant([]), fc.subarray(['a', 'bb', 'ccc'], { maxLength: 2 })),
    events: fc.array(only ? event.filter(({ is }) => only.includes(is)) : event, {
      minLength: 1,
      maxLength: events,
      size: 'medium',
    }),
  });

/** Lives a history and checks every run of it. */
export async function live({ graph, failing, events }: History, engine: Engine): Promise<void> {
  const life = new Life(structuredClone(graph), engine, failing);
  if (events[0]?.is !== 'kill') await life.run({ is: 'nothing' });
  for (const event of events) await life.happens(event);
  await life.run({ is: 'nothing' });
}

class Life {
  #store: MemoryStore;
  readonly #outside = new Outside();
  readonly #ledger = new Ledger();
  readonly #past: Graph[] = [];
  #settled = false;

  constructor(
    private graph: Graph,
    readonly engine: Engine,
    failing: readonly string[],
  ) {
    for (const text of failing) this.#outside.failing.add(text);
    this.#store = engine.memoryStore();
  }

  async happens(event: Event): Promise<void> {
    this.#past.push(structuredClone(this.graph));
    if (event.is === 'back') this.graph = structuredClone(this.#past[this.#past.length >> 1] as Graph);
    edited(this.graph, event);
    if (event.is === 'fail') this.#outside.failing.add(event.text);
    if (event.is === 'heal') this.#outside.failing.delete(event.text);
    if (event.is === 'sweep' || event.is === 'damage') this.#lose(event);
    if (event.is === 'kill' || event.is === 'kill forced') await this.#killed(event);
    else await this.run(event);
  }

  #lose({ is, at, many }: Extract<Event, { is: 'sweep' | 'damage' }>): void {
    const { shelf } = this.#store;
    for (let i = 0; i < many; i++) {
      const objects = [...shelf.keys()].sort();
      const object = objects[(at * (i + 1)) % objects.length];
      if (!object) break;
      if (is === 'sweep') shelf.delete(object);
      else
        shelf.set(
          object,
          object.endsWith('.rows') ? { bytes: Uint8Array.of(1), executable: false } : { batches: [], columns: {} },
        );
    }
    this.#ledger.doubt(is);
    this.#settled = false;
  }

  #asked(event: Event): RunAsked {
    const node = 'at' in event ? this.graph.nodes[event.at % this.graph.nodes.length] : undefined;
    const force = event.is === 'force' || event.is === 'kill forced' ? { force: [node?.name as string] } : {};
    const below = event.is === 'force' && event.below ? { forceBelow: true } : {};
    return { ...force, ...below, keepGoing: true, need: 'all', seed: this.#past.length + 1 };
  }

  /** What was forced, as the plan says: stages that turned out to be one are forced together. */
  #forced({ events }: Went): Set<number> {
    const plan = events.find((e) => e.is === 'planned')?.plan;
    const forced = [...(plan?.must.run ?? [])].filter(([, reason]) => reason.is === 'forced');
    const names = new Set(forced.flatMap(([node]) => node.names));
    return new Set(this.graph.nodes.filter((node) => names.has(node.name)).map((node) => node.id));
  }

  async #killed(event: Extract<Event, { is: 'kill' | 'kill forced' }>): Promise<void> {
    const death = mortal(this.#store, event.after + 1, this.#outside);
    const asked = this.#asked(event);
    const went = await this.#go(death.store, asked);
    if (!death.died()) await this.#check(went, event);
    else {
      const rows = went.calls.filter(isRowCall);
      this.#ledger.begin(went.calls, {
        forced: this.#forced(went),
        free: this.#free(went),
        failing: this.#outside.failing,
      });
      const unwritten = rows.length - death.appended();
      this.#ledger.killed(went.calls, { failed: went.failed, unwritten, lanes: (stage) => this.#lanes(stage) });
    }
    this.#store = death.after();
    this.#settled = false;
  }

  #lanes(stage: string): number {
    const alike = this.graph.nodes.filter((node) => isRowWise(node) && stageOf(callOf(node, '')) === stage);
    // Answers that nobody waits for are written together, however many.
    return Math.max(
      ...alike.map(({ kind, concurrency }) => (AT_ONCE.has(kind) ? Number.POSITIVE_INFINITY : concurrency)),
    );
  }

  #go(store: Store, asked: RunAsked): Promise<Went> {
    const handles = declare(this.graph, kit(this.engine, this.#outside), (names) =>
      this.#past.length % 2 ? names.toReversed() : names,
    );
    return go({ engine: this.engine, store, outside: this.#outside }, handles, asked);
  }

  async run(event: Event, again = 0): Promise<void> {
    if (again > MOST_DAMAGE) throw new Error('an output cannot be read, however often it is run again');
    await this.#check(await this.#go(this.#store, this.#asked(event)), event, again);
  }

  async #check(went: Went, event: Event, again = 0): Promise<void> {
    if (went.error) throw new Error(`the run broke: ${went.error.stack}`);
    const free = this.#free(went);
    this.#ledger.begin(went.calls, { forced: this.#forced(went), free, failing: this.#outside.failing });
    this.#ledger.end(this.#callsOf(this.graph.nodes.filter(({ remember }) => !remember)));
    if (await this.#damaged(went)) return this.run(event, again + 1);
    await new Reference(this.graph, this.#given(went), this.#ledger).check();
    if (this.#settled && IDLE.has(event.is))
      same(
        'a run with nothing to do',
        Object.values(went.did).filter((did) => did !== 'reused'),
        [],
      );
    this.#settled = went.outcome?.ended === 'done' && this.graph.nodes.every((node) => node.remember);
  }

  /** A flipped bit is noticed by who reads: then the next run computes what was set aside. */
  async #damaged(went: Went): Promise<boolean> {
    try {
      for (const output of went.outputs.values()) {
        await this.#seen(output);
        if (output.is === 'folder') for (const file of output.files) await this.#store.getBytes(file.object);
      }
      return false;
    } catch (error) {
      if (error instanceof this.engine.DamagedError) return true;
      throw error;
    }
  }

  /** Calls that a stage makes again: it was forced, or is not to be remembered. */
  #free(went: Went): (call: string) => boolean {
    const forced = this.#forced(went);
    return this.#callsOf(this.graph.nodes.filter((node) => forced.has(node.id) || !node.remember));
  }

  #callsOf(nodes: readonly Node[]): (call: string) => boolean {
    const starts = nodes.map((node) => (isRowWise(node) ? callOf(node, '').slice(0, -1) : wholeName(node)));
    return (call) => starts.some((start) => call.startsWith(start));
  }

  #given(went: Went): Given {
    const store = this.#store;
    const output = (node: Node, part = ''): Output | undefined => went.outputs.get(`${node.name}${part}`);
    return {
      output,
      ran: (node) => went.did[node.name]?.startsWith('ran') ?? true,
      table: async (node, part) => this.#seen(output(node, part === 'test' ? '_test' : '')),
      value: (node) => went.value(`${node.name}${node.kind === 'split' ? '_summary' : ''}`),
      folder: async (node) => {
        const [file] = (output(node) as FolderOutput).files;
        return file && Buffer.from(await store.getBytes(file.object)).toString('utf8');
      },
    };
  }

  async #seen(output: Output | undefined): Promise<Seen | undefined> {
    if (output?.is !== 'table') return undefined;
    const reader = new this.engine.TableReader(output, this.#store);
    return {
      columns: reader.columns,
      rows: await reader.all(),
      failed: new Set((await reader.failures()).map((f) => f.row)),
    };
  }
}

const MOST_DAMAGE = 20;
const AT_ONCE: ReadonlySet<string> = new Set(['pure', 'explode']);
const IDLE: ReadonlySet<Event['is']> = new Set(['nothing', 'rename', 'options', 'heal', 'fail']);

const wholeName = ({ kind }: Node): string => (kind === 'stream' ? 'stream ' : `${kind}(`);
