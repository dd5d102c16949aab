import type { Doer } from './disk.js';
import { answerOf, ROWS } from './programs.js';

/** What processes said that they did, and what of it must not be. */
export class Ledger {
  readonly broken: string[] = [];
  /** Calls that were made though their answer was there. */
  repeated = 0;
  calls = 0;
  commits = 0;
  private readonly holders = new Map<number, (Doer & { readonly since: number })[]>();
  private readonly answers = new Map<string, { readonly at: number; counts: boolean; readonly by: number }>();
  private readonly asked = new Map<number, number>();
  private readonly counters = new Map<number, { readonly counter: number; readonly text: string }[]>();
  /** Processes that stood still at some time. */
  readonly excused = new Set<number>();

  constructor(
    readonly promise: 'each' | 'second',
    /** Machines that believe old names, or sweeps that let go what is old, may cost a call; nothing else. */
    readonly mayRepeat: boolean,
  ) {}

  private wrong(what: string): void {
    this.broken.push(what);
  }

  note(
    by: Doer,
    now: number,
    [what, about]: readonly [string, { stage: number; row: number; text: string; counter: number }],
  ): void {
    const { stage, row, text, counter } = about;
    const key = `${stage} ${row}`;
    if (what === 'took') this.took(by, now, stage);
    else if (what === 'gives') this.gives(by, stage);
    else if (what === 'asks') this.asks(by, stage, row);
    else if (what === 'checks') this.checks(by, stage);
    else if (what === 'kept') this.answers.set(key, { at: now, counts: this.promise === 'second', by: by.pid });
    else if (what === 'counts') this.counts(key);
    else if (what === 'frame') this.frame(stage, text);
    else if (what === 'read') this.read(stage, text, counter);
    else if (what === 'committed') this.committed(by, about);
    else this.wrong(`${by.pid} ${what} ${JSON.stringify(about)}`);
  }

  private took(by: Doer, now: number, stage: number): void {
    const holders = (this.holders.get(stage) ?? []).filter(({ pid }) => pid !== by.pid);
    for (const other of holders)
      if (!this.mayRepeat && !this.excused.has(other.pid))
        this.wrong(
          `stage ${stage}: ${by.pid} of ${by.host} took the lock that ${other.pid} of ${other.host} holds since ${other.since}`,
        );
    this.holders.set(stage, [...holders, { ...by, since: now }]);
    this.last.set(stage, by.pid);
    this.late.delete(`${by.pid} ${stage}`);
    // What was answered until now can be known; what others have in flight, or answer later, cannot.
    this.asked.set(by.pid, now);
  }

  private gives({ pid }: Doer, stage: number): void {
    this.holders.set(
      stage,
      (this.holders.get(stage) ?? []).filter((each) => each.pid !== pid),
    );
  }

  private asks({ pid }: Doer, stage: number, row: number): void {
    const key = `${stage} ${row}`;
    this.calls++;
    this.texts.add(answerOf(stage, row, pid));
    const answer = this.answers.get(key);
    if (!answer) return;
    this.repeated++;
    if (!this.mayRepeat && answer.at < (this.asked.get(pid) ?? 0))
      this.wrong(`stage ${stage}: ${pid} asks for row ${key} again`);
    // At most what is in flight: who lost the lock looks before the next call.
    else if (!this.mayRepeat && this.overtaken.has(`${pid} ${stage}`))
      this.wrong(`stage ${stage}: ${pid} lost the lock and asks for row ${key} again, not for the first time`);
    this.overtaken.add(`${pid} ${stage}`);
  }

  private readonly deaths = new Map<number, number>();
  private readonly overtaken = new Set<string>();
  /** Who took a lock last. */
  private readonly last = new Map<number, number>();
  private readonly late = new Set<string>();
  private readonly texts = new Set<string>();

  private counts(key: string): void {
    const answer = this.answers.get(key);
    if (answer) answer.counts = true;
  }

  /** Who was overtaken sees that before it commits. */
  private checks({ pid }: Doer, stage: number): void {
    if (this.last.get(stage) !== pid) this.late.add(`${pid} ${stage}`);
  }

  private frame(stage: number, text: string): void {
    if (!this.texts.has(text)) this.wrong(`stage ${stage}: a journal gave ${JSON.stringify(text)}`);
  }

  private committed({ pid }: Doer, { stage, text, counter }: { stage: number; text: string; counter: number }): void {
    this.commits++;
    if (this.late.has(`${pid} ${stage}`))
      this.wrong(`stage ${stage}: ${pid} commits though another took the lock before it looked`);
    const before = this.counters.get(stage) ?? [];
    if (before.some((each) => each.counter === counter))
      this.wrong(`stage ${stage}: two commits have the number ${counter}`);
    this.counters.set(stage, [...before, { counter, text }]);
  }

  private read(stage: number, text: string, counter: number): void {
    const commits = this.counters.get(stage) ?? [];
    const rows = text.split('\n');
    if (rows.length !== ROWS || !rows.every((each) => this.texts.has(each)))
      this.wrong(`stage ${stage}: commit ${counter} of ${commits.length} gave ${JSON.stringify(text)}`);
  }

  died(pid: number, now: number): void {
    this.deaths.set(pid, now);
    for (const [stage, holders] of this.holders)
      this.holders.set(
        stage,
        holders.filter((each) => each.pid !== pid),
      );
  }

  /** The power failed: what was not promised to survive it may be asked again. The dead sync nothing any more. */
  cut(now: number): void {
    for (const [key, { at, counts, by }] of this.answers) {
      const had = (this.deaths.get(by) ?? now) - at;
      if (!counts || (this.promise === 'second' && (had < 1100 || this.excused.has(by)))) this.answers.delete(key);
    }
    this.holders.clear();
    this.overtaken.clear();
  }

  /** What the store must say in the end. */
  newest(stage: number): number {
    return Math.max(0, ...(this.counters.get(stage) ?? []).map(({ counter }) => counter));
  }
}
