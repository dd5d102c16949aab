import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { remove } from '../../../../jest/remove.js';

const PACKAGE = resolve(process.cwd(), 'packages/millrace');
export const BIN = join(PACKAGE, 'dist/bundle/millrace.js');

let isNew = false;

/** The command as users get it, built when it is older than what it is built from. */
export function built(): string {
  if (!isNew) buildIfOld();
  isNew = true;
  return BIN;
}

function buildIfOld(): void {
  const lock = join(PACKAGE, 'dist/.built-by');
  mkdirSync(dirname(lock), { recursive: true });
  while (!claim(lock)) spawnSync('sleep', ['0.1']);
  try {
    if (!existsSync(BIN) || statSync(BIN).mtimeMs < newest()) {
      const made = spawnSync(process.execPath, [join(PACKAGE, 'build.mjs')], { encoding: 'utf8' });
      if (made.status !== 0) throw new Error(made.stderr);
    }
  } finally {
    rmSync(lock, { force: true });
  }
}

const claim = (lock: string): boolean => {
  try {
    symlinkSync(String(process.pid), lock);
    return true;
  } catch {
    if (!isAlive(holderOf(lock))) rmSync(lock, { force: true });
    return false;
  }
};

const holderOf = (lock: string): number => {
  try {
    return Number(readlinkSync(lock));
  } catch {
    return process.pid;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const newest = (): number => {
  const folders = ['core', 'code', 'arrow-store', 'stages', 'millrace'].map((name) =>
    resolve(PACKAGE, '..', name, 'src'),
  );
  const times = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(folder, name)).mtimeMs),
  );
  return Math.max(statSync(join(PACKAGE, 'build.mjs')).mtimeMs, ...times);
};

const made: string[] = [];

export type Files = Readonly<Record<string, string>>;

/** A project of its own, where `millrace` can be imported. */
export function project(files: Files): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-command-')));
  made.push(folder);
  write(folder, { 'package.json': '{ "name": "project", "private": true, "type": "module" }\n', ...files });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(PACKAGE, join(folder, 'node_modules/millrace'));
  return folder;
}

export function write(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

export const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

export const removeProjects = (): void => {
  remove(...made.splice(0));
};

const KEPT = ['PATH', 'HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'LANG'];

/** No key and no setting of the machine that runs the tests. */
export const environment = (more: Files = {}): Record<string, string> => ({
  ...Object.fromEntries(
    KEPT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] as string]])),
  ),
  ...more,
});

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command to its end. */
export function millrace(folder: string, words: readonly string[], env: Files = {}): Said {
  const { status, stdout, stderr } = spawnSync(process.execPath, [built(), ...words], {
    cwd: folder,
    env: environment(env),
    encoding: 'utf8',
    timeout: 600_000,
  });
  return { code: status, out: stdout, err: stderr };
}

export interface Going {
  readonly signal: (name: NodeJS.Signals) => void;
  readonly until: (text: string) => Promise<void>;
  readonly end: Promise<Said>;
}

/** Begins the command, to meet it on its way. Its code is what a shell says, also where a signal ended it. */
export function begin(folder: string, words: readonly string[], env: Files = {}): Going {
  const child = spawn(process.execPath, [built(), ...words], { cwd: folder, env: environment(env) });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const end = new Promise<Said>((done) =>
    child.on('close', (code, signal) =>
      done({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), out, err }),
    ),
  );
  const until = (text: string) =>
    new Promise<void>((found, failed) => {
      const look = () => {
        if ((out + err).includes(text)) return found();
        if (child.exitCode !== null) return failed(new Error(`ended without saying ${text}: ${out}${err}`));
        setTimeout(look, 10);
      };
      look();
    });
  return { signal: (name) => child.kill(name), until, end };
}

export const lines = (text: string): string[] => text.trimEnd().split('\n');

/** First two words of each line: what ran and what did not. */
export const statuses = (text: string): string[] =>
  lines(text).flatMap(
    (line) => /^(ran|reused|cut off|failed|skipped|waited|kept) +(\S+)/.exec(line)?.slice(1, 3).join(' ') ?? [],
  );
