import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { openStore, type StoreOptions } from '@millrace/arrow-store';
import type { RunAsked, RunEvent } from '@millrace/core';
import { type Campaign, tried } from './damage.js';
import { outputsOf, type Shape } from './graph.js';
import { runOnce } from './once.js';

/** What a process of its own is to do. Comes as JSON; what happens it says line by line, as it happens. */
export type Order =
  | {
      readonly act: 'run';
      readonly store: string;
      readonly shape: Shape;
      readonly asked?: Omit<RunAsked, 'drain'>;
      readonly open?: StoreOptions;
    }
  | { readonly act: 'sweep'; readonly store: string; readonly maxAgeMs?: number }
  | { readonly act: 'damage'; readonly file: string };

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const sayEvent = (event: RunEvent): void => {
  if (event.is === 'run-started') say({ begun: event.run });
  if (event.is === 'stage-started') say({ started: event.stage });
  if (event.is === 'stage-waiting') say({ waiting: event.stage });
  if (event.is === 'stage-finished') say({ finished: event.stage, status: event.status });
};

/** The first Ctrl-C takes no more work, the second stops at once. */
const interrupts = () => {
  const drain = new AbortController();
  const stop = new AbortController();
  process.on('SIGINT', () => {
    (drain.signal.aborted ? stop : drain).abort();
    say({ heard: 'a request to stop' });
  });
  return { drain: drain.signal, stop: stop.signal };
};

async function run({ store: root, shape, asked, open }: Extract<Order, { act: 'run' }>): Promise<void> {
  const { drain, stop } = interrupts();
  const store = openStore(root, open);
  say({ report: await runOnce(outputsOf(shape), { ...asked, drain }, { store, onEvent: sayEvent, stop }) });
  await store.close();
}

/** Again and again, with no grace at all, until it is killed. */
async function sweep({ store: root, maxAgeMs }: Extract<Order, { act: 'sweep' }>): Promise<void> {
  const store = openStore(root);
  for (let swept = 0; ; await pause(3)) {
    swept += store.gc({ graceMs: 0, ...(maxAgeMs !== undefined && { maxAgeMs }) }).objects.length;
    say({ swept });
  }
}

/** One case after the other; what came of it goes beside the file they stand in. */
async function damage({ file }: Extract<Order, { act: 'damage' }>): Promise<void> {
  const campaign = JSON.parse(readFileSync(file, 'utf8')) as Campaign;
  for (const each of campaign.cases) appendFileSync(`${file}.out`, `${JSON.stringify(await tried(campaign, each))}\n`);
}

const order = JSON.parse(process.argv[2] ?? '') as Order;
try {
  if (order.act === 'run') await run(order);
  else await (order.act === 'sweep' ? sweep(order) : damage(order));
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
