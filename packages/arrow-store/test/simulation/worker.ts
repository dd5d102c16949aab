import { runInThisContext } from 'node:vm';
import { workerData } from 'node:worker_threads';
import { Gate } from './gate.js';
import { type Identity, Killed, World } from './process.js';
import { type Api, type Program, programs } from './programs.js';
import type { Question } from './question.js';
import { Replica } from './replica.js';

interface Order {
  readonly identity: Identity;
  readonly program: Program;
}

interface Told {
  readonly shared: SharedArrayBuffer;
  readonly code: string;
  readonly me: number;
  readonly main: number;
}

const { shared, code, me, main } = workerData as Told;
const replica = new Replica(new Gate(shared, me), me, main);
const NAMES = 'SIM, process, performance, Date, setTimeout, setInterval, clearTimeout, clearInterval, Math';
const make = runInThisContext(`(({ ${NAMES} }) => { ${code}; return MADE; })`) as (globals: object) => Api;

const ask = (question: Question) => replica.ask(question);

/** A process from its start to its end: a program on modules of its own. */
async function live({ identity, program }: Order): Promise<string> {
  const world = new World(identity, ask);
  let ended: string | undefined;
  const act = async () => programs[program.is](make(world.globals()), world, program as never);
  act().then(
    () => {
      ended = 'done';
    },
    (error: unknown) => {
      ended = error instanceof Killed || world.killed ? 'killed' : `failed: ${(error as Error).stack}`;
    },
  );
  for (;;) {
    await new Promise(setImmediate);
    if (ended !== undefined || world.killed) return ended ?? 'killed';
    try {
      if (!world.step()) return 'stuck: it waits for nothing';
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

process.on('unhandledRejection', (error) => {
  if (!(error instanceof Killed)) ask({ op: 'note', args: ['unhandled', { error: String((error as Error).stack) }] });
});

let said = 'ready';
for (;;) said = await live(ask({ op: 'end', args: [said] }).value as Order);
