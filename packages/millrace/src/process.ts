import { createInterface } from 'node:readline/promises';

/** The one file of this package that touches the process. */
export const environment = (name: string): string | undefined => process.env[name];
/** A variable that a file says. What is set already wins. */
export function setVariable(name: string, value: string): void {
  process.env[name] ??= value;
}
/** The group that new files of this user belong to. */
export const ownGroup = (): number | undefined => process.getegid?.();
export const workingFolder = (): string => process.cwd();
export const givenArguments = (): readonly string[] => process.argv.slice(2);
export const endWith = (code: number): void => {
  process.exitCode = code;
};

/** The exit code of a run that was asked to stop. */
export const INTERRUPTED = 130;

/** A process that ends before its command did has not succeeded, whatever code it ends with. Gives the way to say that the command is done. */
export function failWithoutEnd(say: (code: number) => string): () => void {
  const onExit = (code: number) => {
    if (code === INTERRUPTED) return;
    process.stderr.write(`${say(code)}\n`);
    process.exitCode = code || 1;
  };
  process.once('exit', onExit);
  return () => process.off('exit', onExit);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ends at once, whatever is under way. A thread of the runtime that waits for a pipe or for a name would hold the exit for
 * as long; a signal that nobody hears ends the process with it.
 */
export async function endNow(code: number): Promise<never> {
  for (let left = 20; left > 0 && waitsOutside(); left--) await new Promise((done) => setTimeout(done, 25));
  if (!waitsOutside()) process.exit(code);
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  process.kill(process.pid, 'SIGINT');
  return new Promise(() => undefined);
}

const waitsOutside = (): boolean => process.getActiveResourcesInfo().some((name) => /^(FSReq|Get\w+Req)/.test(name));

export interface Clock {
  /** Milliseconds from some beginning; never set back. */
  readonly now: () => number;
  /** Calls back after so many milliseconds. Gives the way to no longer do so. */
  readonly after: (ms: number, call: () => void) => () => void;
}

export const processClock: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** What users' code prints is for people: stdout is the answer of the command. */
export const printToStderr = (): void => {
  globalThis.console = new console.Console(process.stderr, process.stderr);
};

export const warn = (text: string): void => void process.stderr.write(text);

/** Whose files are as good as this user's own: root's, and under `sudo` those of who called it. Undefined: files have no owners here. */
export function trustedOwners(): ReadonlySet<number> | undefined {
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  const caller = user === 0 ? Number(environment('SUDO_UID') ?? 0) : user;
  return new Set([0, user, caller]);
}

/** Machine code fits one runtime only. */
export const runtimeName = (): string => `${process.version}-${process.arch}`;

/** Calls back at each request to stop. Gives the way to no longer listen. */
export function onInterrupt(stop: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, stop);
  return () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
}

/** Calls back when nothing is left that could ever happen. Gives the way to no longer listen. */
export function onIdle(call: () => void): () => void {
  process.once('beforeExit', call);
  return () => process.off('beforeExit', call);
}

/** Asks the person at the terminal; whatever is no clear yes is a no. */
export async function askYes(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return true;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(question)).trim());
  } finally {
    asking.close();
  }
}

/** What a command writes to. */
export interface Terminal {
  readonly write: (text: string) => void;
  readonly warn: (text: string) => void;
  /** A person watches: lines can be rewritten. */
  readonly live: boolean;
  readonly columns: () => number;
  readonly color: boolean;
}

export function terminal(): Terminal {
  const { stdout } = process;
  stdout.on('error', quietly);
  const plain = Boolean(environment('NO_COLOR')) || environment('TERM') === 'dumb';
  const forced = Boolean(environment('FORCE_COLOR')) && environment('FORCE_COLOR') !== '0';
  return {
    write: (text) => void stdout.write(text),
    warn,
    live: Boolean(stdout.isTTY) && !environment('CI') && environment('TERM') !== 'dumb',
    columns: () => stdout.columns || 80,
    color: !plain && (forced || Boolean(stdout.isTTY)),
  };
}

/** Piece by piece, as fast as the reader takes them. */
export async function writeOut(pieces: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const { stdout } = process;
  for await (const piece of pieces) {
    if (!stdout.writable) return;
    if (!stdout.write(piece)) await drained(stdout);
  }
}

/** Also where the reader went away. */
const drained = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, done);
  });

/** A reader that went away (`millrace ls | head`) ends the output, not the run. */
const quietly = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
};
