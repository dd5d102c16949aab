import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Ended, LONGEST_MS } from './shim.js';

const PROGRAM = fileURLToPath(new URL('in-one-process.mjs', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly answers: Interface;
}

/** Runs commands on a good disk, in a process that goes on from case to case: most of the time of a new one is its start. */
export class Commands {
  #running: Running | undefined;
  #runs = 0;

  constructor(
    private readonly engine: readonly [load: string, engine: string],
    private readonly environment: Record<string, string>,
  ) {}

  /** How each of them ended; of a process that ended or hung, that alone. */
  async run(folder: string, lines: readonly (readonly string[])[]): Promise<Ended[]> {
    if (++this.#runs % MOST_RUNS === 0) this.end();
    this.#running ??= this.#start();
    const { child, answers } = this.#running;
    let err = '';
    const hear = (chunk: unknown) => {
      err += chunk;
    };
    child.stderr?.on('data', hear);
    child.stdin?.write(`${JSON.stringify({ folder, lines })}\n`);
    const ended = await first(child, answers);
    child.stderr?.off('data', hear);
    if (typeof ended !== 'string') return ended;
    this.#running = undefined;
    return [{ by: ended, out: '', err }];
  }

  /** The next commands run in a new process. */
  end(): void {
    this.#running?.child.kill('SIGKILL');
    this.#running = undefined;
  }

  #start(): Running {
    const { environment: env } = this;
    const child = spawn(process.execPath, [PROGRAM, ...this.engine], { env, stdio: 'pipe' });
    child.stdin.on('error', () => {});
    return { child, answers: createInterface({ input: child.stdout }) };
  }
}

/** Each store that a process has opened keeps its thread: another process goes on after so many. */
const MOST_RUNS = 500;

const first = (child: ChildProcess, answers: Interface): Promise<Ended[] | string> =>
  new Promise((done) => {
    const late = setTimeout(() => {
      over('hangs');
      child.kill('SIGKILL');
    }, LONGEST_MS);
    const answered = (line: string) => over(JSON.parse(line) as Ended[]);
    const closed = (code: number | null, signal: string | null) => over(signal ?? `exit code ${code}`);
    const over = (ended: Ended[] | string) => {
      clearTimeout(late);
      answers.off('line', answered);
      child.off('close', closed);
      done(ended);
    };
    answers.on('line', answered);
    child.on('close', closed);
  });
