import { describe, expect, test } from '@jest/globals';
import type { RunEvent } from '@millrace/core';
import { interruptsOf, type Signals } from '../../src/command/interrupts.js';

/** A clock that stands still until it is told to go on, and signals that come when they are sent. */
function told() {
  let now = 0;
  let later: { at: number; call: () => void }[] = [];
  let send = (): void => undefined;
  const did: string[] = [];
  const signals: Signals = {
    clock: {
      now: () => now,
      after: (ms, call) => {
        const timer = { at: now + ms, call };
        later.push(timer);
        return () => {
          later = later.filter((each) => each !== timer);
        };
      },
    },
    hear: (stop) => {
      send = stop;
      return () => did.push('listens no more');
    },
    watchdog: {
      heard: () => did.push('heard'),
      start: () => did.push('starts'),
      watch: () => did.push('watches'),
      close: () => did.push('closed'),
    },
  };
  const pass = (ms: number) => {
    now += ms;
    for (const { call } of later.filter(({ at }) => at <= now)) call();
    later = later.filter(({ at }) => at > now);
  };
  return { signals, did, pass, send: () => send() };
}

const started: RunEvent = { is: 'stage-started', stage: 'answers', fingerprint: 'f', reasons: [] };
const finished = { is: 'run-finished', outcome: {} } as RunEvent;

function begun(json = false) {
  const { signals, did, pass, send } = told();
  const interrupts = interruptsOf({ json }, { note: (line) => did.push(line) }, signals);
  interrupts.listen();
  const asked = () => [interrupts.drain.aborted, interrupts.abort.aborted];
  return { interrupts, did, pass, send, asked };
}

describe('a request to stop', () => {
  test('is one, however many signals it comes as', () => {
    const { asked, pass, send } = begun();
    send();
    for (const ms of [0, 1, 60, 60, 70]) {
      pass(ms);
      send();
      expect(asked()).toEqual([true, false]);
    }
    pass(10);
    send();
    expect(asked()).toEqual([true, true]);
  });

  test('signals that do not end are no single request: the second stops at once', () => {
    const { asked, pass, send } = begun();
    for (let signal = 0; signal < 3; signal++) {
      send();
      pass(100);
    }
    expect(asked()).toEqual([true, true]);
  });

  test('invites to a second one when that would count as one, and says what is waited for', () => {
    const { interrupts, did, pass, send } = begun();
    interrupts.see(started);
    send();
    pass(199);
    expect(did).toEqual(['watches', 'heard']);
    pass(1);
    expect(did.at(-1)).toBe('stopping: finishing what is in flight in answers; once more to stop at once');
  });

  test('says so before the last lines of a run that ends earlier, once', async () => {
    const { interrupts, did, pass, send } = begun();
    send();
    interrupts.see(finished);
    pass(1000);
    await interrupts.release();
    expect(did).toEqual(['heard', 'stopping; once more to stop at once', 'listens no more', 'closed']);
  });

  test('is heard until no signal can be a part of it, also where the run has ended', async () => {
    const { interrupts, did, pass, send } = begun();
    send();
    pass(50);
    const released = interrupts.release();
    send();
    pass(149);
    await Promise.resolve();
    expect(did).not.toContain('listens no more');
    pass(1);
    await released;
    expect(did.slice(-2)).toEqual(['listens no more', 'closed']);
  });

  test('says nothing among events of --json', () => {
    const { did, pass, send } = begun(true);
    send();
    pass(1000);
    expect(did).toEqual(['heard']);
  });

  test('is heard once something is about to run, and not while code of the user is loaded', () => {
    const { signals, did, send } = told();
    const interrupts = interruptsOf({ json: true }, { note: () => undefined }, signals);
    const planned = (status: string) =>
      interrupts.see({ is: 'planned', plan: { steps: [{ decision: { status } }] } } as unknown as RunEvent);
    planned('reused');
    send();
    expect(did).toEqual([]);
    planned('run');
    send();
    expect(did).toEqual(['starts', 'heard']);
    interrupts.rest();
    interrupts.rest();
    expect(did).toEqual(['starts', 'heard', 'listens no more']);
  });

  test('each signal is reported to the watchdog, which watches as soon as a stage runs', () => {
    const { interrupts, did, send } = begun();
    interrupts.see(started);
    send();
    send();
    expect(did).toEqual(['watches', 'heard', 'heard']);
  });
});
