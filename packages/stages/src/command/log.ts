import { RedactedStream } from '@millrace/core';
import { appendTo } from './disk.js';

/** What a program says, on disk as it comes and without secrets, whether it was given them or found them. */
export class Log {
  readonly #streams;
  readonly #last: string[] = [];
  #lost: string | undefined;

  constructor(folder: string) {
    this.#streams = { stdout: new Stream(`${folder}/stdout.log`), stderr: new Stream(`${folder}/stderr.log`) };
  }

  readonly heard = (text: Buffer, from: 'stdout' | 'stderr'): void => {
    for (const line of this.#streams[from].lines(text)) this.#keep(line, from);
  };

  close(): void {
    for (const from of ['stdout', 'stderr'] as const) {
      for (const line of this.#streams[from].end()) this.#keep(line, from);
      this.#streams[from].sink.close();
    }
  }

  /** Why some of it is not on disk. No reason to end a program. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** The last lines, of both streams as they came. */
  get tail(): string {
    return this.#last.join('\n');
  }

  #keep(line: string, from: 'stdout' | 'stderr'): void {
    try {
      this.#streams[from].sink.write(`${line}\n`);
    } catch (error) {
      this.#lost ??= (error as Error).message;
    }
    this.#last.push(line.slice(0, LONGEST));
    if (this.#last.length > LINES) this.#last.shift();
  }
}

const LINES = 20;
const LONGEST = 500;
/** A line without end must not fill the memory. */
const MOST = 1 << 20;

class Stream {
  readonly sink;
  readonly #decoder = new TextDecoder();
  readonly #clean = new RedactedStream();
  #open = '';

  constructor(path: string) {
    this.sink = appendTo(path);
  }

  lines(text: Buffer): string[] {
    return this.#split(this.#clean.push(this.#decoder.decode(text, { stream: true })));
  }

  end(): string[] {
    const lines = this.#split(this.#clean.push(this.#decoder.decode()) + this.#clean.end());
    return this.#open ? [...lines, this.#rest()] : lines;
  }

  #split(text: string): string[] {
    const lines = (this.#open + text).split('\n');
    this.#open = lines.pop() as string;
    if (this.#open.length > MOST) lines.push(this.#rest());
    return lines;
  }

  #rest(): string {
    const rest = this.#open;
    this.#open = '';
    return rest;
  }
}
