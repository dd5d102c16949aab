import type { Gate } from './gate.js';
import type { Question, Reply } from './question.js';
import { type Outcome, Schedule, type ScheduleOptions } from './schedule.js';

/** What the threads are told for a round. */
export interface Round {
  readonly seed: number;
  readonly options: ScheduleOptions;
}

export type Ended = { readonly outcome: Outcome } | { readonly error: string };

/**
 * The schedule as the thread of one process has it. Each thread goes through all of it, with the same outcome, since it
 * follows from the seed and from what the processes ask: its own process asks here, what the others asked stands in the
 * log. So threads change only where processes do, some hundred times a schedule, and not with each question.
 */
export class Replica {
  private schedule: Schedule | undefined;
  private steps: Generator<number, Outcome, Question> | undefined;
  private round = 0;
  private reply: Reply = { now: 0 };

  constructor(
    private readonly gate: Gate,
    private readonly me: number,
    private readonly main: number,
  ) {}

  /** Answers its own process, once the schedule comes to that. */
  ask(question: Question): Reply {
    try {
      this.goOn(this.steps ? this.asked(this.steps, question) : this.awaited());
    } catch (error) {
      this.end({ error: String((error as Error).stack) });
    }
    return this.reply;
  }

  private asked(steps: NonNullable<typeof this.steps>, question: Question): IteratorResult<number, Outcome> {
    this.gate.publish(this.schedule?.changesNothing(question) ? '' : JSON.stringify(question));
    return steps.next(question);
  }

  private awaited(): IteratorResult<number, Outcome> {
    this.gate.wait();
    return this.begun();
  }

  private begun(): IteratorResult<number, Outcome> {
    this.gate.rewind();
    this.round = this.gate.round;
    const { seed, options } = this.gate.take() as Round;
    const answer = (side: number, reply: Reply) => {
      if (side === this.me) this.reply = reply;
    };
    this.schedule = new Schedule(seed, answer, options);
    this.steps = this.schedule.run();
    return this.steps.next();
  }

  private goOn(first: IteratorResult<number, Outcome>): void {
    let result = first;
    while (result.done || result.value !== this.me) {
      const asked = result.done ? undefined : this.gate.next();
      if (asked !== undefined) result = (this.steps as NonNullable<typeof this.steps>).next(questionOf(asked));
      else {
        if (result.done) this.end({ outcome: result.value });
        else this.gate.hand(result.value);
        if (this.round !== this.gate.round) result = this.begun();
      }
    }
  }

  private end(ended: Ended): void {
    this.gate.put(ended);
    this.gate.hand(this.main);
  }
}

const SILENT: Question = { op: 'silent', args: [] };

const questionOf = (text: string): Question => (text === '' ? SILENT : (JSON.parse(text) as Question));
