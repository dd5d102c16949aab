import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXAMPLES = fileURLToPath(new URL('..', import.meta.url));
const COMMAND = join(EXAMPLES, '../packages/millrace/dist/bundle/millrace.js');

/** What a run said of one stage. */
export interface StageSaid {
  readonly stage: string;
  readonly fingerprint: string;
  readonly status: string;
  readonly rows?: number;
  readonly ranRows?: number;
  readonly failedRows?: number;
  readonly reasons: readonly { readonly is: string; readonly text: string }[];
  readonly cost: { readonly calls: number; readonly rows: number };
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Said {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Ran extends Said {
  readonly events: readonly Readonly<Record<string, unknown> & { event: string }>[];
  readonly stages: Readonly<Record<string, StageSaid>>;
  /** stage → `reused`, `cut off`, `ran 120 of 1000`. */
  readonly did: Readonly<Record<string, string>>;
  /** stage → why, in the words of the command. */
  readonly why: Readonly<Record<string, readonly string[]>>;
}

/** A copy of an example in a folder of its own, driven through the command as its user would. */
export class Project {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #children = new Set<ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    this.env = { ...process.env, XDG_CACHE_HOME: join(folder, '.user-cache'), NO_COLOR: '1', NODE_OPTIONS: '' };
    delete this.env['MILLRACE_STORE'];
  }

  /** `name` of an example, or nothing for an empty folder. */
  static of(name?: string): Project {
    const folder = mkdtempSync(join(tmpdir(), `millrace-${name ?? 'project'}-`));
    if (name) cpSync(join(EXAMPLES, name), folder, { recursive: true, filter: (from) => isShipped(from) });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
    return new Project(folder);
  }

  path = (...parts: readonly string[]): string => join(this.folder, ...parts);
  read = (file: string): string => readFileSync(this.path(file), 'utf8');

  async write(file: string, text: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** An edit as a person makes it. What is not there cannot be edited. */
  edit(file: string, from: string, to: string): void {
    const before = this.read(file);
    if (!before.includes(from)) throw new Error(`${file} does not say ${JSON.stringify(from)}.`);
    writeFileSync(
      this.path(file),
      before.replace(from, () => to),
    );
  }

  start(...words: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [COMMAND, ...words], { cwd: this.folder, env: this.env });
    this.#children.add(child);
    child.on('exit', () => this.#children.delete(child));
    return child;
  }

  command = (...words: readonly string[]): Promise<Said> => ended(this.start(...words));

  /** A command that must succeed and prints JSON. */
  async json<T>(...words: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.command(...words, '--json');
    if (code !== 0) throw new Error(`millrace ${words.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  run = async (...words: readonly string[]): Promise<Ran> => ranOf(await this.command('run', '--json', ...words));

  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    // A killed process may still write while its folder is removed.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

const isShipped = (path: string): boolean => {
  const name = basename(path);
  return !name.endsWith('.test.ts') && !['.millrace', 'README.md', 'expected', 'node_modules'].includes(name);
};

export async function ended(child: ChildProcess): Promise<Said> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** What a run printed as JSON lines, read as its program would. */
export function ranOf(said: Said): Ran {
  const events = said.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Ran['events'][number]);
  const finished = events.filter(({ event }) => event === 'stage-finished') as unknown as StageSaid[];
  return {
    ...said,
    events,
    stages: Object.fromEntries(finished.map((stage) => [stage.stage, stage])),
    did: Object.fromEntries(finished.map((stage) => [stage.stage, didText(stage)])),
    why: Object.fromEntries(finished.map(({ stage, reasons }) => [stage, reasons.map(({ text }) => text)])),
  };
}

const didText = ({ status, ranRows, rows }: StageSaid): string =>
  status === 'ran' && ranRows !== undefined ? `ran ${ranRows} of ${rows}` : status;
