import { renameSync } from 'node:fs';
import { type Files, millrace, project, read, write } from '../../packages/millrace/test/command/millrace.js';

/** What of a project may change beside its data: code within and around the functions, packages, its place, the machine. */
interface State {
  readonly factor: number;
  readonly mark: string;
  readonly table: number | undefined;
  readonly patch: string;
  readonly spacing: string;
  readonly rows: readonly number[];
  readonly given: readonly string[];
  readonly moves: number;
  readonly machine: Readonly<Record<string, string>>;
}

const FIRST: State = {
  factor: 2,
  mark: '!',
  table: undefined,
  patch: '',
  spacing: '',
  rows: [1, 2, 3],
  given: ['low', 'high'],
  moves: 0,
  machine: { TZ: 'UTC', LANG: 'en_US.UTF-8' },
};

const functions = ({ spacing }: State): string => `import { scale } from './lib/scale.js';
import * as state from './lib/state.js';
import { shout, when } from 'tool';
${spacing}
export const scaled = ({ n }: { n: number }) => ({ scaled: scale(n) });
export const told = ({ n }: { n: number }, given: object) => ({ told: shout(Object.keys(given).join() + n) });
export const looked = ({ n }: { n: number }) => ({ looked: n + (state.table.x ?? 0), flat: [[n], [n]].flat().length });
export const dated = ({ n }: { n: number }) => ({ dated: when(n) });
`;

const PIPELINE = (given: readonly string[]): string => `import { map, pipeline, source } from 'millrace';
import './setup.js';
import { dated, looked, scaled, told } from './functions.js';
const rows = source.jsonl('rows.jsonl', { columns: { n: 'float64' } });
const a = map(rows, { run: scaled });
const b = map(a, { reads: ['n'], with: { ${given.map((name) => `${name}: ${name.length}`).join(', ')} }, run: told });
const c = map(b, { reads: ['n'], run: looked });
export default pipeline({ a, b, c, d: map(c, { reads: ['n'], run: dated }) });
`;

const filesOf = (state: State): Files => ({
  'pipeline.ts': PIPELINE(state.given),
  'functions.ts': functions(state),
  'setup.ts': `import * as state from './lib/state.js';\n${state.patch}\n${state.table === undefined ? 'void state;' : `state.table.x = ${state.table};`}\n`,
  'lib/scale.ts': `const FACTOR = ${state.factor};\nexport const scale = (n: number): number => n * FACTOR;\n`,
  'lib/state.ts': 'export const table: { x?: number } = {};\n',
  'node_modules/tool/package.json': '{ "name": "tool", "version": "1.0.0", "main": "index.js" }\n',
  'node_modules/tool/index.js': `exports.shout = (text) => text.toUpperCase() + ${JSON.stringify(state.mark)};\nexports.when = (n) => new Date(n * 3600000).toLocaleString();\n`,
  'rows.jsonl': state.rows.map((n) => `{"n":${n}}\n`).join(''),
});

interface Edit {
  readonly to: (state: State, random: () => number) => Partial<State>;
  /** Nothing runs again. */
  readonly isNeutral?: true;
}

const below = (most: number, random: () => number) => Math.floor(random() * most);
const oneOf = <T>(all: readonly T[], random: () => number): T => all[below(all.length, random)] as T;

const PATCHES = [
  'Object.assign(Math, { max: () => 7 });',
  'const words: any = String; words.prototype.toUpperCase = () => "patched";',
  'for (const list of [Array]) (list.prototype as any).flat = () => [1, 2, 3];',
  'Reflect.set(globalThis, "Date", class extends Date { toLocaleString() { return "patched"; } });',
];

const MACHINES = [
  { TZ: 'America/New_York', LANG: 'de_DE.UTF-8' },
  { TZ: 'Asia/Tokyo', LC_ALL: 'ja_JP.UTF-8' },
  { TZ: 'UTC', LANG: 'C' },
];

const EDITS: Readonly<Record<string, Edit>> = {
  'a helper is edited': { to: (_, random) => ({ factor: 2 + below(3, random) }) },
  'a package is edited in place': { to: (_, random) => ({ mark: oneOf(['!', '?', '.'], random) }) },
  'another file sets the state of a module': { to: (_, random) => ({ table: oneOf([undefined, 5], random) }) },
  'another file patches what belongs to the language': { to: (_, random) => ({ patch: oneOf(PATCHES, random) }) },
  'rows come and go': { to: (_, random) => ({ rows: [1, 2, 3, 4, 5].slice(below(3, random)) }) },
  'code is formatted': {
    to: (_, random) => ({ spacing: `// ${below(1000, random)}\ntype Unused = ${below(9, random)};\n` }),
    isNeutral: true,
  },
  'what a function is given is written in another order': {
    to: ({ given }) => ({ given: [...given].reverse() }),
    isNeutral: true,
  },
  'the project is moved': { to: ({ moves }) => ({ moves: moves + 1 }), isNeutral: true },
  'the machine is another': { to: (_, random) => ({ machine: oneOf(MACHINES, random) }), isNeutral: true },
};

/** Lives through edits of code, of which what breaks a program lasts for one run. Gives what was unlike a run from nothing, or ran for nothing. */
export function liveCode(edits: number, random: () => number): { readonly wrong: string[]; readonly ended: number } {
  let folder = project({});
  write(folder, filesOf(FIRST));
  let state = FIRST;
  const wrong: string[] = [];
  let ended = 0;
  const lived: string[] = [];
  const run = (store: string, more = {}) =>
    millrace(folder, ['run', '--json', '--store', store], { ...state.machine, ...more });
  run('kept');
  for (let n = 0; n < edits; n++) {
    const what = oneOf(Object.keys(EDITS), random);
    const { to, isNeutral } = EDITS[what] as Edit;
    const wasSound = isSound(state);
    const before = state.moves;
    const healed = { ...state, patch: '', table: undefined };
    state = { ...healed, ...to(healed, random) };
    lived.push(what);
    if (state.moves > before) folder = moved(folder, state.moves);
    write(folder, filesOf(state));
    const [now, fresh] = [run('kept'), run(`fresh-${n}`, { XDG_CACHE_HOME: `${folder}/cache-${n}` })];
    const answers = [now, fresh].map(
      ({ code }, i) => `${code} ${code === 0 ? valuesIn(folder, i ? `fresh-${n}` : 'kept', state) : ''}`,
    );
    if (answers[0] !== answers[1])
      wrong.push(`after ${lived.join(', then ')}: ${answers.join(' and from nothing ')}\n${now.err}`);
    if (now.code === 0) ended++;
    const ran = computed(now.out);
    if (isNeutral && wasSound && ran.length > 0) wrong.push(`after ${lived.join(', then ')}: ${ran} ran for nothing`);
  }
  return { wrong, ended };
}

const isSound = ({ patch, table }: State) => patch === '' && table === undefined;

const moved = (folder: string, moves: number): string => {
  const to = `${folder}-${moves}`;
  renameSync(folder, to);
  return to;
};

const valuesIn = (folder: string, store: string, { machine }: State): string => {
  const words = ['export', 'd', '--as', 'jsonl', '--to', `${store}.jsonl`, '--overwrite', '--store', store];
  const { code, err } = millrace(folder, words, machine);
  return code === 0 ? read(folder, `${store}.jsonl`) : err;
};

const computed = (out: string): string[] =>
  out
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event: string; stage: string; status: string; ranRows?: number })
    .filter(({ event, status, ranRows = 0 }) => event === 'stage-finished' && status === 'ran' && ranRows > 0)
    .map(({ stage }) => stage);
