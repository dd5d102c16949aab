import type { Cost, RunEvent } from '@millrace/core';
import { cut, oneLine, padded, width } from './lines.js';
import { count, duration, money } from './words.js';

interface Going {
  readonly started: number;
  readonly done: number;
  readonly of: number | undefined;
  readonly cost: Partial<Cost>;
}

/** The stages that run now, for the lines at the bottom of a terminal. */
export type Live = ReadonlyMap<string, Going>;

export const NOTHING_LIVE: Live = new Map();

export function follow(live: Live, event: RunEvent, now: number): Live {
  if (event.is === 'stage-started')
    return new Map(live).set(event.stage, { started: now, done: 0, of: undefined, cost: {} });
  if (event.is === 'stage-progress') {
    const { stage, done, of, cost } = event;
    return new Map(live).set(stage, { started: live.get(stage)?.started ?? now, done, of, cost });
  }
  if (event.is !== 'stage-finished' && event.is !== 'stage-failed') return live;
  const left = new Map(live);
  left.delete(event.stage);
  return left;
}

/** One line a stage: rows, rate, time left, cost. Never wider than the terminal, so that nothing wraps. */
export function liveLines(live: Live, now: number, columns: number): string[] {
  const names = Math.min(20, Math.max(0, ...[...live.keys()].map((name) => width(oneLine(name)))));
  return [...live].map(([name, going]) =>
    cut(`runs     ${padded(cut(oneLine(name), names), names)}  ${goingText(going, now)}`, columns - 1),
  );
}

function goingText({ started, done, of, cost }: Going, now: number): string {
  const seconds = Math.max(0.001, (now - started) / 1000);
  const rate = done / seconds;
  const left = of !== undefined && done > 0 ? (of - done) / rate : undefined;
  const parts = [
    of === undefined ? (done ? count(done) : '') : `${count(done)} of ${count(of)}`,
    done ? `${rate >= 10 ? count(rate) : rate.toFixed(1)}/s` : duration(seconds),
    left !== undefined && seconds > 1 ? `${duration(left)} left` : '',
    cost.money ? money(cost.money) : '',
    cost.tokens ? `${count(cost.tokens)} tokens` : '',
  ];
  return parts.filter(Boolean).join('  ');
}
