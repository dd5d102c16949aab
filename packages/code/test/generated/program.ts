import type { Files } from '../project.js';
import { Chance } from './chance.js';

/** What a module offers to others, by kind: how a value is asked of it. */
type Sort = 'number' | 'function' | 'object' | 'list' | 'map' | 'class' | 'enum' | 'change';

interface Name {
  readonly sort: Sort;
  /** As it is written where it stands: `a1`, `m2.a1`. */
  readonly text: string;
  /** The file that offers it, and its name there. */
  readonly from?: { readonly file: string; readonly name: string };
}

interface Own extends Name {
  readonly exported: boolean;
}

/** A program of several files whose functions answer by what the files did while they loaded; the same for each seed. */
export const programOf = (seed: number): Files => new Writer(new Chance(seed)).files();

const ROOT = 0;

class Writer {
  readonly #modules: Module[];
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
    // Files that import one another and wait for one another never end.
    chance.waits = chance.is(0.6);
    this.#modules = Array.from({ length: chance.whole(3, 7) }, (_, at) => new Module(at, chance));
  }

  files(): Files {
    // From the last to the first: who imports a later one knows what it offers. Cycles lead back by functions alone.
    for (const module of [...this.#modules].reverse()) module.write(this.#modules);
    return Object.fromEntries([
      ...this.#modules.map((module) => [module.file, module.text()]),
      ['pipeline.ts', this.#pipeline()],
    ]);
  }

  #pipeline(): string {
    const root = this.#modules[ROOT] as Module;
    const lines = ["import { map, pipeline } from 'millrace';"];
    const known: Name[] = [];
    for (const module of this.#modules) {
      const way = module === root ? 'used' : this.#chance.pick(['used', 'run', 'left', 'left']);
      if (way === 'used') known.push(...importOf(module, this.#chance, lines, ROOT));
      if (way === 'run') lines.push(`import './${module.name}.js';`);
    }
    lines.push(...statements(known, this.#chance, this.#chance.whole(0, 2)));
    const later = this.#chance.pick(this.#modules);
    const asked = this.#chance.pick([
      ...later.own.filter(({ exported, sort }) => exported && isValue(sort)),
      undefined,
    ]);
    const value = expression(known, this.#chance, 3, 'x');
    const isLater = this.#chance.waits && asked !== undefined && this.#chance.is(0.4);
    const own = isLater
      ? `async ({ x }) => { const late = await import('./${later.name}.js'); return { y: [${value}, ${readOf({ ...asked, text: `late.${asked.text}` }, this.#chance, 'x')}] }; }`
      : `({ x }) => ({ y: ${value} })`;
    const run = this.#chance.pick([own, `async ${own.replace(/^async /, '')}`]);
    const named = this.#chance.is(0.4);
    if (named) lines.push(`const run = ${run};`);
    lines.push(`export default pipeline({ out: map({}, { run${named ? '' : `: ${run}`} }) });`);
    return `${lines.join('\n')}\n`;
  }
}

class Module {
  readonly at: number;
  readonly name: string;
  readonly own: Own[] = [];
  readonly #chance: Chance;
  readonly #lines: string[] = [];
  #names = 0;

  constructor(at: number, chance: Chance) {
    this.at = at;
    this.name = `m${at}`;
    this.#chance = chance;
  }

  get file() {
    return `${this.name}.ts`;
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  write(all: readonly Module[]) {
    const chance = this.#chance;
    const known: Name[] = [];
    const later = all.slice(this.at + 1);
    // Where one file waits, Node goes on with those that do not need it: here each needs the next.
    if (chance.waits && later[0]) this.#lines.push(`import './${later[0].name}.js';`);
    for (const module of later) {
      if (chance.is(0.55)) known.push(...importOf(module, chance, this.#lines, this.at));
      else if (chance.is(0.2)) this.#lines.push(`import './${module.name}.js';`);
      if (chance.is(0.15)) this.#passOn(module);
    }
    // A cycle: the earlier file has not run yet when this one does, but its functions are there.
    const before = all.slice(0, this.at);
    if (!chance.waits && before.length > 0 && chance.is(0.5)) {
      const back = chance.pick(before);
      this.#lines.push(`import * as back${this.at} from './${back.name}.js';`);
      known.push({ sort: 'function', text: `back${this.at}.base${back.at}` });
    }
    this.#lines.push(`export function base${this.at}(x) { return x + (late${this.at} ?? ${chance.whole(1, 9)}); }`);
    this.#lines.push(`export var late${this.at} = ${expression(known, chance, 1)};`);
    this.own.push({ sort: 'function', text: `base${this.at}`, exported: true });
    known.push({ sort: 'number', text: `late${this.at}` });
    for (let left = chance.whole(3, 8); left > 0; left--) {
      const name = this.#declare(known);
      known.push(name);
      if (chance.is(0.55)) this.#lines.push(...statements(known, chance, 1));
    }
    if (chance.is(0.5)) this.#default(known);
  }

  #fresh(): string {
    return `a${this.at}_${this.#names++}`;
  }

  #passOn(module: Module) {
    const chance = this.#chance;
    const exported = module.own.filter((each) => each.exported);
    if (exported.length === 0) return;
    const each = chance.pick(exported);
    const name = this.#fresh();
    if (chance.is(0.2)) this.#lines.push(`export * from './${module.name}.js';`);
    if (chance.is(0.5) && !each.text.includes('.')) {
      this.#lines.push(`export { ${each.text} as ${name} } from './${module.name}.js';`);
      this.own.push({ sort: each.sort, text: name, exported: true });
    } else {
      this.#lines.push(`export * as ${name} from './${module.name}.js';`);
      this.own.push({ sort: each.sort, text: `${name}.${each.text}`, exported: true });
    }
  }

  #declare(known: readonly Name[]): Own {
    const chance = this.#chance;
    const name = this.#fresh();
    const exported = chance.is(0.8);
    const word = exported ? 'export ' : '';
    const sort = chance.pick<Sort>([
      'number',
      'number',
      'function',
      'function',
      'function',
      'object',
      'object',
      'list',
      'map',
      'class',
      'enum',
      'change',
    ]);
    this.#lines.push(word + declaration(sort, name, known, chance));
    const own = { sort, text: name, exported };
    this.own.push(own);
    if (sort === 'number' && chance.is(0.4)) {
      this.#lines[this.#lines.length - 1] = `${word}let ${name} = ${expression(known, chance, 1)};`;
      this.#lines.push(`export const set_${name} = (to) => { ${name} = to; };`);
      this.own.push({ sort: 'change', text: `set_${name}`, exported: true });
    }
    return own;
  }

  #default(known: readonly Name[]) {
    const chance = this.#chance;
    const value = expression(known, chance, 2, 'x');
    this.#lines.push(
      chance.pick([
        `export default (x) => ${value};`,
        `export default function (x) { return ${value}; }`,
        `const Given = class { static give(x) { return ${value}; } }; export default Given.give;`,
      ]),
    );
    this.own.push({ sort: 'function', text: 'default', exported: true });
  }
}

const isValue = (sort: Sort) => sort !== 'change';

/** One way of many to get what another file offers. */
const importOf = (module: Module, chance: Chance, lines: string[], into: number): Name[] => {
  const offered = module.own.filter(({ exported }) => exported);
  if (offered.length === 0) return [];
  const some = chance.some(offered, 4);
  const space = `n${into}_${module.at}_${lines.length}`;
  const fromFile = ({ sort, text }: Name): Name => ({ sort, text, from: { file: module.name, name: text } });
  const named = some.filter(({ text }) => !text.includes('.')).map((each) => fromFile(each));
  const through = (from: string) => some.map((each) => ({ ...fromFile(each), text: `${from}.${each.text}` }));
  switch (chance.pick(['named', 'named', 'renamed', 'all', 'all', 'awaited', 'taken'])) {
    case 'named':
      if (named.length === 0) return [];
      lines.push(
        `import { ${named.map(({ text }) => `${text} as ${space}${text}`).join(', ')} } from './${module.name}.js';`,
      );
      return named.map((each) => ({ ...each, text: `${space}${each.text}` }));
    case 'renamed': {
      const usual = named.filter(({ text }) => text === 'default');
      if (usual.length > 0) {
        lines.push(`import ${space} from './${module.name}.js';`);
        return [{ sort: 'function', text: space }];
      }
      lines.push(`import * as ${space} from './${module.name}.js';`);
      return through(space);
    }
    case 'awaited':
      lines.push(
        chance.waits
          ? `const ${space} = await import('./${module.name}.js');`
          : `import * as ${space} from './${module.name}.js';`,
      );
      return through(space);
    case 'taken': {
      const plain = named.filter(({ text }) => text !== 'default');
      if (plain.length === 0) return [];
      lines.push(`import * as ${space} from './${module.name}.js';`);
      lines.push(`const { ${plain.map(({ text }) => `${text}: ${space}${text}`).join(', ')} } = ${space};`);
      return plain.map((each) => ({ ...each, text: `${space}${each.text}` }));
    }
    default:
      lines.push(`import * as ${space} from './${module.name}.js';`);
      return through(space);
  }
};

const declaration = (sort: Sort, name: string, known: readonly Name[], chance: Chance): string => {
  const value = (depth = 2) => expression(known, chance, depth);
  const body = (depth = 2) => expression(known, chance, depth, 'x');
  switch (sort) {
    case 'number':
      return chance.pick([
        () => `const ${name} = ${value()};`,
        () => `let ${name} = ${value()};`,
        () => `var ${name} = ${value()};`,
        () => `const ${name} = await Promise.resolve(${value()});`,
        () => `const ${name} = (() => { let n = ${value(1)}; for (let i = 0; i < 3; i++) n += i; return n; })();`,
      ])();
    case 'function':
      return chance.pick([
        () => `const ${name} = (x) => ${body()};`,
        () => `function ${name}(x) { return ${body()}; }`,
        () => `function ${name}(x, y = ${body(1)}) { if (x > 2) return y; return ${body()}; }`,
        () => `const ${name} = ((k) => (x) => x * k + ${body(1)})(${value(1)});`,
        () => `const ${name} = function self(x) { return x > 3 ? self(x - 2) : ${body(1)}; };`,
        () =>
          `const ${name} = (x) => { switch (x % 3) { case 0: return ${body(1)}; case 1: return ${body(1)}; default: return [x, ${body(1)}].reduce((a, b) => a + b, 0); } };`,
      ])();
    case 'object':
      return chance.pick([
        () => `const ${name} = { a: ${value(1)}, b: ${value(1)} };`,
        () => `const ${name} = Object.assign(Object.create({ b: ${value(1)} }), { a: ${value(1)} });`,
        () =>
          `const ${name} = { a: ${value(1)}, get b() { return this.a + ${value(1)}; }, set b(to) { this.a = to; } };`,
        () => `let ${name} = { a: ${value(1)}, b: ${value(1)} };`,
      ])();
    case 'list':
      return `const ${name} = [${value(1)}, ${value(1)}];`;
    case 'map':
      return `const ${name} = new Map([['k', ${value(1)}]]);`;
    case 'class':
      return chance.pick([
        () => `class ${name} { static count = ${value(1)}; #n = ${value(1)}; at(x) { return this.#n + ${body(1)}; } }`,
        () =>
          `class ${name} { static count = ${value(1)}; static { this.count += ${value(1)}; } at(x) { return x + ${name}.count; } }`,
        () =>
          `class ${name} { static get count() { return ${value(1)}; } get base() { return ${value(1)}; } at(x) { return x * this.base; } }`,
        () =>
          `class ${name} extends (class { at(x) { return ${body(1)}; } }) { static count = ${value(1)}; at(x) { return super.at(x) + 1; } }`,
      ])();
    case 'enum':
      return `enum ${name} { One = ${chance.whole(0, 9)}, Two = One + ${chance.whole(1, 9)}, Three = ${chance.whole(0, 9)} }`;
    case 'change':
      return changing(name, known, chance);
  }
};

/** A function that changes what stands around it, to be called while files load. */
const changing = (name: string, known: readonly Name[], chance: Chance): string => {
  const [first] = statements(known, chance, 1, 'x');
  return `function ${name}(x) { ${first ?? 'return x;'} return x; }`;
};

/** What a statement may do to something known. */
const statements = (known: readonly Name[], chance: Chance, count: number, around?: string): string[] =>
  Array.from({ length: count }, () => statement(known, chance, around)).filter((each) => each !== '');

const statement = (known: readonly Name[], chance: Chance, around?: string): string => {
  const targets = known.filter(
    ({ sort }) => sort === 'object' || sort === 'list' || sort === 'map' || sort === 'class' || sort === 'change',
  );
  const target = targets.length > 0 ? chance.pick(targets) : undefined;
  if (!target) return '';
  const value = expression(known, chance, 1, around);
  const text = around === undefined ? wayTo(target, chance) : target.text;
  switch (target.sort) {
    case 'object':
      return chance.pick([
        `${text}.a = ${value};`,
        `${text}['b'] = ${value};`,
        `${text}.a += ${value};`,
        `Object.assign(${text}, { a: ${value} });`,
        `Object.defineProperty(${text}, 'a', { value: ${value}, writable: true, configurable: true, enumerable: true });`,
        `Reflect.set(${text}, 'a', ${value});`,
        `[1, 2].forEach((each) => { ${target.text}.a += each; });`,
        `for (const each of [${value}]) ${text}.a -= each;`,
        `((of) => { of.a = ${value}; })(${text});`,
        `{ const of = ${text}; of.a = ${value}; }`,
        `({ a: ${text}.a } = { a: ${value} });`,
        `if (${value} > 2) delete ${text}.a; else ${text}.a = 1;`,
        `try { ${text}.a = ${value}; throw new Error('x'); } catch { ${text}.a += 1; }`,
        ...(around
          ? []
          : [
              `await Promise.resolve(${value}).then((of) => { ${target.text}.a = of; });`,
              `for await (const each of [${value}]) ${text}.a = each;`,
            ]),
      ]);
    case 'list':
      return chance.pick([
        `${text}.push(${value});`,
        `${text}[0] = ${value};`,
        `${text}.length = 1;`,
        `${text}.sort((a, b) => b - a);`,
        `${text}.unshift(...[${value}]);`,
        `Array.prototype.push.call(${text}, ${value});`,
      ]);
    case 'map':
      return chance.pick([
        `${text}.set('k', ${value});`,
        `${text}.delete('k');`,
        `new Map([['k', ${value}]]).forEach((v, k) => ${target.text}.set(k, v));`,
      ]);
    case 'class':
      return chance.pick([
        `${text}.prototype.at = function (x) { return x + ${value}; };`,
        `Object.defineProperty(${text}, 'count', { value: ${value}, configurable: true, writable: true });`,
        `${text}.prototype.more = ${value};`,
      ]);
    default:
      return around
        ? `${text}(1);`
        : chance.pick([
            `${text}(${value});`,
            `[${value}].map(${text});`,
            `${text}.call(null, ${value});`,
            `Promise.resolve(${value}).then(${text});`,
            `await Promise.resolve(${value}).then(${text});`,
          ]);
  }
};

/** What a statement writes to reach something of another file. */
const wayTo = ({ text, from }: Name, chance: Chance): string => {
  const [, space, last] = /^(\w+)\.(\w+)$/.exec(text) ?? [];
  if (chance.is(0.6)) return text;
  const ways = space
    ? [
        `${space}['${last}']`,
        `${space}[['${last}'][0]]`,
        `({ of: ${space} }).of.${last}`,
        `[${space}][0].${last}`,
        `(({ ${last}: of }) => of)(${space})`,
      ]
    : [];
  if (chance.waits && from && from.name !== 'default')
    ways.push(
      `(await import('./${from.file}.js')).${from.name}`,
      `(await import('./${from.file}.js').then((of) => of)).${from.name}`,
    );
  return ways.length > 0 ? chance.pick(ways) : text;
};

/** A number, made of what is known, and of `x` where a function is given it. */
const expression = (known: readonly Name[], chance: Chance, depth: number, x?: string): string => {
  const leaf = () => (x && chance.is(0.4) ? x : `${chance.whole(0, 9)}`);
  if (depth === 0) return leaf();
  const values = known.filter(({ sort }) => isValue(sort));
  if (values.length > 0 && chance.is(0.65)) return readOf(chance.pick(values), chance, leaf());
  const [one, other] = [expression(known, chance, depth - 1, x), expression(known, chance, depth - 1, x)];
  return chance.pick([
    `(${one} + ${other})`,
    `(${one} - ${other})`,
    `(${one} * 3 % 101)`,
    `(${one} > ${other} ? ${other} : 7)`,
    `Math.max(${one}, ${other})`,
    `[${one}, ${other}].at(-1)`,
    `(({ p = ${other} }) => p)({ p: ${one} })`,
    `\`\${${one}}\`.length`,
  ]);
};

const readOf = ({ sort, text }: Name, chance: Chance, given: string): string => {
  switch (sort) {
    case 'function':
      return chance.pick([`${text}(${given})`, `[${given}].map((each) => ${text}(each))[0]`, `${text}?.(${given})`]);
    case 'object':
      return chance.pick([
        `(${text}.a ?? 40)`,
        `(${text}['b'] ?? 41)`,
        `Object.keys(${text}).length`,
        `(({ a = 42 }) => a)(${text})`,
      ]);
    case 'list':
      return chance.pick([
        `${text}.length`,
        `(${text}[0] ?? 43)`,
        `${text}.reduce((a, b) => a + b, 0)`,
        `Math.max(...${text})`,
      ]);
    case 'map':
      return chance.pick([`(${text}.get('k') ?? 44)`, `${text}.size`, `[...${text}.values()].length`]);
    case 'class':
      return chance.pick([`new ${text}().at(${given})`, `${text}.count`, `(new ${text}().more ?? 45)`]);
    case 'enum':
      return chance.pick([`${text}.Two`, `${text}.One`, `${text}[${text}.Three].length`]);
    default:
      return text;
  }
};
