import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from '@jest/globals';
import { environment, millrace, project, read, removeProjects, write } from './millrace.js';

afterAll(removeProjects);

const HEAD =
  "import { map, pipeline, source } from 'millrace';\nconst rows = source.rows([{ x: 1 }, { x: 2 }], { columns: { x: 'float' } });\n";
const pipelineOf = (run: string, top = '', settings = '') =>
  `${top}${HEAD}export default pipeline({ out: map(rows, { ${settings}run: ${run} }) });\n`;
const TWICE = 'const twice = (x: number) => x * 2;\nexport const elsewhere = 1;\n';
const answers = (folder: string) => {
  millrace(folder, ['export', 'out', '--to', 'answers.jsonl', '--overwrite']);
  return read(folder, 'answers.jsonl');
};

const ELSEWHERE = { TZ: 'America/New_York', LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' };
const HERE = { TZ: 'UTC', LC_ALL: 'en_US.UTF-8', LANG: 'en_US.UTF-8' };

describe('a pure function runs in a world of its own', () => {
  const asked = {
    'the time zone': '({ x }) => ({ y: new Date(...([2024, 0, x] as [number, number, number])).toISOString() })',
    'the language': '({ x }) => ({ y: (x * 1234.5).toLocaleString([]) })',
  };

  test.each(Object.entries(asked))('%s of a machine is none of its business, and that is said', (_, run) => {
    const folder = project({ 'pipeline.ts': pipelineOf(run) });
    const elsewhere = millrace(folder, ['run'], ELSEWHERE);
    expect([elsewhere.code, elsewhere.err, elsewhere.out]).toEqual([
      0,
      '',
      expect.stringMatching(/^out: The function run depends on the time zone or the language of this machine/m),
    ]);
    const there = answers(folder);
    const fresh = project({ 'pipeline.ts': pipelineOf(run) });
    expect(millrace(fresh, ['run'], HERE)).toMatchObject({ code: 0, err: '' });
    expect(answers(fresh)).toBe(there);
    expect(millrace(folder, ['plan'], HERE).out).toMatch(/nothing would run/);
  });

  test('what another file changes of the language stops every command that loads it', () => {
    const folder = project({
      'pipeline.ts': pipelineOf('({ x }) => ({ y: Math.hypot(x, 1) })', "import './patch.js';\n"),
      'patch.ts': 'const M: any = Math;\nM.hypot = () => 7;\nexport {};\n',
    });
    const { code, err } = millrace(folder, ['run']);
    expect([code, err]).toEqual([1, expect.stringMatching(/it changes Math\.hypot, which belongs to the language/)]);
  });

  test.each(['pure', 'answered'])(
    'state that another file sets behind the key is refused before anything is called: %s',
    (nature) => {
      const files = {
        'state.ts': 'export const state: { x?: number } = {};\n',
        'setup.ts':
          "import { state } from './state.js';\nconst trap = { get go() { state.x = 5; return 1; } };\ntrap.go;\n",
        'pipeline.ts': pipelineOf(
          `({ x }) => { console.log('asked'); return { y: state.x ?? x }; }, nature: '${nature}'`,
          "import { state } from './state.js';\nimport './setup.js';\n",
        ),
      };
      const folder = project(files);
      const { code, out, err } = millrace(folder, ['run']);
      expect([code, err]).toEqual([1, expect.not.stringContaining('asked')]);
      expect(out + err).toContain('`state` (state.ts:1) is `{ x: 5 }` in the program and `{}` in its own code');
      write(folder, { 'setup.ts': 'export {};\n' });
      expect(millrace(folder, ['run'])).toMatchObject({ code: 0, err: expect.stringContaining('asked') });
    },
  );

  test('a counter from row to row is refused by name', () => {
    const folder = project({ 'pipeline.ts': pipelineOf('({ x }) => ({ y: x + n++ })', 'let n = 0;\n') });
    const { code, out, err } = millrace(folder, ['run']);
    expect([code, out + err]).toEqual([
      1,
      expect.stringMatching(
        /when the rows come in another order, at another time and with other chance: it keeps something from one row to the next/,
      ),
    ]);
  });

  test.each([
    ['a pure function', '', 'out row 1: it sees 2\nout row 1:   twice'],
    ['one that asks', "nature: 'answered', ", 'out row 1: it sees 2\nout row 1:   twice'],
    ['one that has waited', "nature: 'answered', ", 'out row 1: it sees 2\nout row 1:   twice', 'await 0; '],
  ])('what %s prints goes to stderr with its stage and its row, and is an event', (_, setting, said, first = '') => {
    const run = `async ({ x }) => { ${first}console.log('it sees', x + '\\n  twice'); return { y: x }; }`;
    const plain = first ? run : run.replace('async ', '');
    const folder = project({ 'pipeline.ts': pipelineOf(plain, '', setting) });
    const { code, out, err } = millrace(folder, ['run', '--json']);
    expect(code).toBe(0);
    expect(err).toContain(said);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.filter(({ event }) => event === 'printed')).toContainEqual({
      event: 'printed',
      stage: 'out',
      row: 1,
      level: 'info',
      text: 'it sees 2\n  twice',
    });
  });

  test('what a file prints while it is loaded, and a function with a version, leave the answer of --json whole', () => {
    const print = "console.log('loaded');\n";
    const folder = project({
      'pipeline.ts': pipelineOf("({ x }) => { console.log('called'); return { y: x }; }", print, "version: '1', "),
    });
    const { code, out, err } = millrace(folder, ['run', '--json']);
    expect([code, err]).toEqual([0, expect.stringMatching(/loaded\n(.*\n)*called/)]);
    for (const line of out.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  test('a row that waits for a timer gets its answer', () => {
    const folder = project({
      'pipeline.ts': pipelineOf(
        'async ({ x }) => { await new Promise((done) => setTimeout(done, 5)); return { y: x }; }',
      ),
    });
    expect(millrace(folder, ['run'])).toMatchObject({ code: 0, err: '' });
    expect(answers(folder)).toBe('{"x":1,"y":1}\n{"x":2,"y":2}\n');
  });

  test('the text that it ran from is kept with what it gave, and shown', () => {
    const folder = project({ 'pipeline.ts': pipelineOf('({ x }) => ({ y: twice(x) })', TWICE) });
    millrace(folder, ['run']);
    const { code } = JSON.parse(millrace(folder, ['show', 'out', '--code', '--json']).out);
    expect(code).toEqual([expect.stringMatching(/twice = \(x\) => x \* 2/)]);
    expect(code.join()).not.toContain('elsewhere');
    expect(millrace(folder, ['show', 'out', '--code']).out).toContain('twice = (x) => x * 2');
    expect(millrace(folder, ['show', 'rows', '--code']).out).toContain('no text is kept');
  });

  test('an error names the place in the user’s own file', () => {
    const folder = project({
      'pipeline.ts': pipelineOf('({ x }) => ({ y: deep(x) })', "import { deep } from './lib/deep.js';\n"),
      'lib/deep.ts': 'export const deep = (x: any): number => {\n  return x.a.b;\n};\n',
    });
    millrace(folder, ['run']);
    expect(millrace(folder, ['show', 'out', '--failed']).out).toMatch(
      /Cannot read properties of undefined.*lib\/deep\.ts:2:/s,
    );
  });
});

describe('a function that runs as it was imported', () => {
  test('has the time zone that code has set in its key, if it reads the zone', () => {
    const stage = `map(rows, { impure: ['locale'], run: ({ x }) => ({ y: new Date(x * 3_600_000).getHours() }) })`;
    const folder = project({
      'pipeline.ts': `import './setup.js';\n${HEAD}export default pipeline({ out: ${stage} });\n`,
      'setup.ts': "process.env.TZ = 'UTC';\nexport {};\n",
    });
    const inZone = (zone: string) => {
      write(folder, { 'setup.ts': `process.env.TZ = '${zone}';\nexport {};\n` });
      millrace(folder, ['run'], { TZ: 'America/New_York' });
      return answers(folder);
    };
    const [tokyo, london] = [inZone('Asia/Tokyo'), inZone('Europe/London')];
    expect([tokyo, london].map((text) => JSON.parse(text.slice(0, text.indexOf('\n'))).y)).toEqual([10, 2]);
    expect(inZone('Asia/Tokyo')).toBe(tokyo);
    expect(millrace(folder, ['plan'], { TZ: 'America/New_York' }).out).toMatch(/nothing would run/);
  });
});

describe('a script', () => {
  const script = (top: string, value: string, more = '') =>
    project({
      'd.jsonl': '{"n":5}\n',
      'script.mjs': `import { parseArgs } from 'node:util';\nimport { group, ${HEAD.slice(9)}${top}
const found = await pipeline({ out: map(rows, { ${more}run: ({ x }) => ({ y: [x, ${value}].join(' of ') }) }) }).run();
console.log(JSON.stringify(await found.out.column('y')));\n`,
    });
  const start = (folder: string, words: readonly string[] = []) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['script.mjs', ...words], {
      cwd: folder,
      env: environment(),
      encoding: 'utf8',
    });
    return { code: status, out: stdout, err: stderr };
  };
  const BEST =
    "const best = group(source.jsonl('d.jsonl'), { aggregates: { top: { max: 'n' } } });\nconst earlier = await pipeline({ best }).run();\nconst [limit] = await earlier.best.column('top');";

  test('says which words of the command line a function reads, and how to give them', () => {
    const top = "const { values } = parseArgs({ options: { k: { type: 'string', default: '1' } } });";
    const { code, err } = start(script(top, 'values.k'), ['--k', '2']);
    expect([code, err]).toEqual([1, expect.stringMatching(/reads util\.parseArgs \(script\.mjs:4:\d+\).*as config/s)]);
  });

  test('says that a function takes what an earlier pipeline gave, and how to give it', () => {
    const { code, err } = start(script(BEST, 'limit'));
    expect([code, err]).toEqual([1, expect.stringMatching(/run uses limit from around it.*uses: \{ limit \}/s)]);
  });

  test('runs a function again for another value of an earlier pipeline that it declares', () => {
    const folder = script(BEST, 'limit', 'uses: { limit }, ');
    const given = (most: number) => {
      write(folder, { 'd.jsonl': `{"n":5}\n{"n":${most}}\n` });
      return start(folder).out;
    };
    expect([given(7), given(99)]).toEqual(['["1 of 7","2 of 7"]\n', '["1 of 99","2 of 99"]\n']);
  });
});
