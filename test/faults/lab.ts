import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { built } from '../../packages/millrace/test/command/millrace.js';
import { type BatchServer, startBatchServer } from '../../packages/stages/src/models/testing/batch-server.js';
import { chat } from '../../packages/stages/src/models/testing/openai-routes.js';
import type { Seen } from '../../packages/stages/src/models/testing/wire.js';
import { Commands } from './commands.js';
import { again, changed, shortened, strange, syncedAnswers } from './found.js';
import { type Change, changesIn, Disk } from './power-cut.js';
import type { Scenario } from './scenarios.js';
import { countedIn, type Ended, ended, type Fault, faulty, type Operation } from './shim.js';

const TABLE = '{"word":"one"}\n{"word":"two"}\n';

/** A scenario that is ready to be met by a fault. */
export interface Ready {
  readonly scenario: Scenario;
  /** Operations of the command on a good disk. */
  readonly operations: Readonly<Record<Operation, number>>;
  /** Outputs afterwards; and before, where there are some. */
  readonly after: Outputs;
  readonly before: Outputs;
  /** What is asked then. */
  readonly asked: readonly string[];
}

/** A scenario and all that it changed on the disk, from nothing to its end. */
export interface Recorded extends Ready {
  readonly changes: readonly Change[];
}

type Outputs = Readonly<Record<string, string | undefined>>;

/** A server and a folder, for one case at a time. */
export class Lab {
  readonly #root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'millrace-faults-'));
  #seen = 0;
  #cases = 0;
  /** Each case has a folder of its own: what runs the commands remembers where stores were. */
  #project = 'project';
  readonly #commands: Commands;

  private constructor(
    readonly library: string,
    private readonly server: BatchServer,
  ) {
    const bundle = dirname(built());
    this.#commands = new Commands([join(bundle, 'load.js'), join(bundle, 'engine.js')], this.environment());
  }

  static async open(library: string): Promise<Lab> {
    const server = await startBatchServer({ dimensions: 4 });
    const lab = new Lab(library, server);
    for (const method of ['GET', 'HEAD'])
      server.route(`${method} /v1/table.jsonl`, () => ({ headers: { etag: '"1"' }, body: Buffer.from(TABLE) }));
    server.behave({ looks: 1 });
    return lab;
  }

  async close(): Promise<void> {
    this.#commands.end();
    await this.server.close();
    rmSync(this.#root, { recursive: true, force: true });
  }

  at = (...parts: readonly string[]): string => join(this.#root, ...parts);

  /** Runs a scenario on a good disk. */
  async ready(scenario: Scenario): Promise<Ready> {
    this.#commands.end();
    rmSync(this.at('pristine'), { recursive: true, force: true });
    this.write('pristine', scenario.files(this.server.baseURL));
    if (scenario.killedAfter !== undefined) await this.killed(scenario, scenario.killedAfter);
    else if (scenario.before) await this.commands('pristine', scenario.before);
    if (scenario.edit) this.write('pristine', scenario.edit(this.server.baseURL));
    this.fresh();
    const before = await this.outputs(scenario);
    this.fresh();
    const act = await this.act(scenario);
    if (act.by !== (scenario.exit ?? 0)) throw new Error(`${scenario.name} ended with ${act.by}: ${act.out}${act.err}`);
    const operations = countedIn(this.at('count'));
    await this.commands(this.#project, settle(scenario));
    const after = await this.outputs(scenario);
    const lost = scenario.outputs.filter((name) => after[name] === undefined);
    if (lost.length > 0) throw new Error(`${scenario.name} gives no ${lost} on a good disk.`);
    return { scenario, operations, before, after, asked: this.asked() };
  }

  /** What is wrong when the scenario meets a fault; nothing if all is as it should be. */
  async meet({ scenario, ...ready }: Ready, fault: Fault): Promise<string[]> {
    this.fresh();
    const own = this.files(scenario);
    const found: string[] = [];
    const act = await this.act(scenario, fault);
    const killed = fault.how === 'kill' && act.by === 'SIGKILL';
    if (typeof act.by === 'string' && !killed) found.push(`ended by ${act.by}: ${act.err}`);
    if (/BUG:|\n\s+at .*:\d+:\d+/.test(act.out + act.err)) found.push(`said ${act.err || act.out}`);
    found.push(...(await this.settled({ scenario, ...ready })));
    found.push(...again(this.asked(), { scenario, ...ready }, { ...fault, said: this.said() }));
    for (const [path, is] of changed(own, this.files(scenario))) found.push(`${path}, which is the user's, ${is}`);
    const what = `${fault.how}${fault.onward ? ' from' : ' at'} ${fault.at} of ${fault.ops} (${this.said()})`;
    return found.map((each) => `${scenario.name}, ${what}: ${shortened(each)}`);
  }

  /** Runs a scenario on a good disk, and keeps what it changes. */
  async record(scenario: Scenario): Promise<Recorded> {
    const ready = await this.ready(scenario);
    this.fresh();
    rmSync(this.at('log'), { force: true });
    const { by, err } = await this.act(scenario, undefined, this.at('log'));
    if (by !== (scenario.exit ?? 0)) throw new Error(`${scenario.name} ended with ${by}: ${err}`);
    return { ...ready, changes: changesIn(this.at('log'), this.at(this.#project)) };
  }

  /** What is wrong after a power cut between two changes. */
  async cut({ scenario, changes, ...ready }: Recorded, at: number, random: () => number): Promise<string[]> {
    this.fresh();
    const own = this.files(scenario);
    const disk = new Disk(this.at(this.#project));
    for (const change of changes.slice(0, at)) disk.change(change);
    rmSync(this.at(this.#project), { recursive: true });
    disk.cut(this.at(this.#project), random);
    const found = await this.settled({ scenario, ...ready });
    const most = ready.asked.length - syncedAnswers(changes.slice(0, at));
    if (this.asked().length > most) found.push(`${this.asked().length} calls, and ${most} were not synced`);
    for (const [path, is] of changed(own, this.files(scenario))) found.push(`${path}, which is the user's, ${is}`);
    return found.map((each) => `${scenario.name}, cut after ${at} of ${changes.length}: ${shortened(each)}`);
  }

  /** What is wrong now, and after the commands that go on. */
  private async settled({ scenario, ...ready }: Ready): Promise<string[]> {
    const found: string[] = [];
    const shown = await this.outputs(scenario, 'quietly');
    for (const [name, text] of Object.entries(shown))
      if (!name.includes('/') && text !== undefined)
        for (const line of strange(text, [ready.after[name], ready.before[name]]))
          found.push(`shows of ${name}: ${line}`);
    for (const { by, out, err } of await this.commands(this.#project, settle(scenario), 'quietly'))
      if (by !== 0) found.push(`then ended with ${by}: ${err || out}`);
    const after = await this.outputs(scenario, 'quietly');
    for (const [name, text] of Object.entries(ready.after))
      if (after[name] !== text) found.push(`${name} is ${after[name] ?? 'not there'}`);
    return found;
  }

  private said = (): string =>
    existsSync(this.at('say')) ? readFileSync(this.at('say'), 'utf8').trim().replaceAll(this.#root, '') : '';

  private fresh(): void {
    for (const name of [this.#project, 'count', 'say']) rmSync(this.at(name), { recursive: true, force: true });
    this.#project = `project-${++this.#cases}`;
    cpSync(this.at('pristine'), this.at(this.#project), {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    this.#seen = this.server.seen.length;
  }

  private write(folder: string, files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.at(folder, name)), { recursive: true });
      writeFileSync(this.at(folder, name), text);
    }
  }

  private act = ({ act }: Scenario, fault?: Fault, log?: string): Promise<Ended> =>
    ended([built(), ...act], this.at(this.#project), {
      ...this.environment(),
      ...faulty(
        this.library,
        { below: this.at(this.#project), count: this.at('count'), say: this.at('say'), ...(log && { log }) },
        fault,
      ),
    });

  private environment = (): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: this.at('home'),
    XDG_CACHE_HOME: this.at('cache'),
    TMPDIR: tmpdir(),
  });

  private async commands(folder: string, lines: readonly (readonly string[])[], how?: 'quietly'): Promise<Ended[]> {
    const all = await this.#commands.run(this.at(folder), lines);
    const bad = all.find(({ by }) => by !== 0);
    if (bad && !how) throw new Error(`${JSON.stringify(lines)} ended with ${bad.by}: ${bad.err}${bad.out}`);
    return all;
  }

  /** Begins the commands before, and kills them when the server has answered so many calls. */
  private async killed({ before = [] }: Scenario, calls: number): Promise<void> {
    let left = calls;
    const child = spawn(process.execPath, [built(), ...(before[0] ?? [])], {
      cwd: this.at('pristine'),
      env: this.environment(),
      stdio: 'ignore',
    });
    const over = new Promise((done) => child.on('close', done));
    this.server.route('POST /v1/chat/completions', (seen: Seen) => {
      if (left-- > 0) return chat(seen);
      child.kill('SIGKILL');
      return new Promise(() => {});
    });
    await over;
    this.server.route('POST /v1/chat/completions', chat);
  }

  private async outputs({ outputs }: Scenario, how?: 'quietly'): Promise<Outputs> {
    const [files, stages] = [
      outputs.filter((name) => name.includes('/')),
      outputs.filter((name) => !name.includes('/')),
    ];
    const to = (name: string) => this.at(`${name}.jsonl`);
    for (const name of stages) rmSync(to(name), { force: true });
    const lines = stages.map((name) => ['export', name, '--as', 'jsonl', '--to', to(name)]);
    if (lines.length > 0) await this.commands(this.#project, lines, how ?? 'quietly');
    const text = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
    return Object.fromEntries([
      ...stages.map((name) => [name, text(to(name))] as const),
      ...files.map((name) => [name, text(this.at(this.#project, name))] as const),
    ]);
  }

  /** Prompts and texts, one for each time that they were asked; a batch counts as all that is in it. */
  private asked(): string[] {
    return this.server.seen.slice(this.#seen).flatMap(({ path, body }) => {
      if (path.endsWith('/chat/completions')) return JSON.stringify((body as { messages: unknown }).messages);
      if (path.endsWith('/embeddings')) return [(body as { input: string | string[] }).input].flat();
      return path.endsWith('/files') ? (String(body).match(/"custom_id":"[^"]*"/g) ?? []) : [];
    });
  }

  /** All of the project that neither the store nor the command owns. */
  private files = ({ writes = [] }: Scenario): Map<string, string> => {
    const found = new Map<string, string>();
    const walk = (folder: string): void => {
      for (const name of readdirSync(this.at(this.#project, folder))) {
        const path = join(folder, name);
        if (path === '.millrace' || writes.includes(path.replace(/\.\d+\.part$/, '.*.part'))) continue;
        const is = lstatSync(this.at(this.#project, path));
        if (is.isDirectory()) walk(path);
        found.set(
          path,
          is.isFile()
            ? readFileSync(this.at(this.#project, path), 'latin1')
            : is.isSymbolicLink()
              ? readlinkSync(this.at(this.#project, path))
              : 'a folder',
        );
      }
    };
    walk('');
    return found;
  };
}

const settle = ({ settle, act }: Scenario): readonly (readonly string[])[] => settle ?? [act];
