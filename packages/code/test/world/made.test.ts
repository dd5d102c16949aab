import { describe, expect, test } from '@jest/globals';
import { MOMENT, OTHER_MOMENT } from '../../src/world/index.js';
import { called, loaded, told } from './loaded.js';

test('in a world of another moment the clock and chance are others, and each draws the same numbers again', async () => {
  const asked = (moment = MOMENT) => told(() => [Date.now(), Math.random(), Math.random()], { moment });
  const [now, other] = [(await asked()) as number[], (await asked(OTHER_MOMENT)) as number[]];
  expect([now[0], other[0]]).toEqual([MOMENT.clock, OTHER_MOMENT.clock]);
  expect(new Set([...now.slice(1), ...other.slice(1)]).size).toBe(4);
  expect([await asked(), await asked(OTHER_MOMENT)]).toEqual([now, other]);
});

describe('the clock stands still', () => {
  test('whatever reads it', async () => {
    const answers = await told(() => [
      Date.now(),
      new Date().getTime(),
      +new Date(Date()),
      new (Date.prototype.constructor as DateConstructor)().getTime(),
      Date.parse(new Intl.DateTimeFormat('en-US', { dateStyle: 'short' }).format()),
      new File([], 'x').lastModified,
      performance.timeOrigin,
    ]);
    expect(answers).toEqual(Array(7).fill(MOMENT.clock));
    expect(
      await told(() => [
        performance.now(),
        new Event('x').timeStamp,
        process.hrtime().join(),
        String(process.hrtime.bigint()),
        process.uptime(),
      ]),
    ).toEqual([0, 0, '0,0', '0', 0]);
  });

  test('also over timers, which keep their order and take no time', async () => {
    const program = await loaded(() => ({
      run: async () => {
        const seen: unknown[] = [Date.now()];
        const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
        await Promise.all([
          wait(3e8).then(() => seen.push('late')),
          wait(5).then(() => seen.push('soon')),
          new Promise<void>((resolve) => setImmediate(() => resolve(void seen.push('at once')))),
        ]);
        seen.push(Date.now() - (seen[0] as number));
        return seen.slice(1).join();
      },
    }));
    expect(await called(program, 'run')).toBe('at once,soon,late,0');
  });
});

describe('chance is the same for each call', () => {
  test('whatever was drawn before', async () => {
    const program = await loaded(() => ({
      run: () =>
        [Math.random(), Math.random(), crypto.randomUUID(), ...crypto.getRandomValues(new Uint8Array(3))].join(),
      one: () => Math.random(),
    }));
    const first = await called(program, 'run');
    await called(program, 'one');
    expect(await called(program, 'run')).toBe(first);
    expect(new Set(`${first}`.split(',')).size).toBeGreaterThan(4);
  });

  test('the numbers are spread evenly', async () => {
    const program = await loaded(() => ({
      run: () => {
        const counts = new Array(10).fill(0);
        for (let n = 0; n < 10_000; n++) counts[Math.floor(Math.random() * 10)] += 1;
        return counts.every((count) => count > 850 && count < 1150);
      },
    }));
    expect(await called(program, 'run')).toBe(true);
  });

  test('after an await a draw is refused', async () => {
    const program = await loaded(() => ({
      bad: async () => {
        await null;
        return Math.random();
      },
    }));
    expect((await called(program, 'bad')) as Error).toMatchObject({
      message: expect.stringContaining('Math.random() and crypto after an await are refused'),
    });
  });
});

describe('what tells more than the key holds is not told', () => {
  test('places in stacks', async () => {
    const [stack, captured, custom] = (await told(() => {
      const own = {} as { stack: string };
      Error.captureStackTrace(own);
      const before = Error.prepareStackTrace;
      Error.prepareStackTrace = (_, sites) =>
        sites.map((site) => `${site.getFileName()}:${site.getLineNumber()}`).join();
      const custom = new Error('x').stack;
      Error.prepareStackTrace = before;
      return [new TypeError('m').stack, own.stack.split('\n').length, custom];
    })) as unknown[];
    expect([stack, captured, custom]).toEqual(['TypeError: m', 1, Array(10).fill('code:1').join()]);
  });

  test('the layout of functions', async () => {
    const answers = await told(() => {
      const other = function named(/* here */ x: number) {
        return x;
      };
      return [
        String(other),
        String(() => 1),
        String(async () => 1),
        String(function* () {}),
        String(class A {}),
        String(Math.max),
        String(Date),
        String(Object),
        String({ m() {} }.m),
        `${Function}`,
      ];
    });
    expect(answers).toEqual([
      'function () { }',
      '() => { }',
      'async function () { }',
      'function* () { }',
      'class { }',
      'function max() { [native code] }',
      'function Date() { [native code] }',
      'function Object() { [native code] }',
      '() => { }',
      'function () { [native code] }',
    ]);
  });

  test('when memory is freed', async () => {
    expect(
      await told(() => [
        typeof SharedArrayBuffer,
        new WeakRef({ a: 1 }).deref(),
        new FinalizationRegistry(() => {}).unregister({}),
        String(new WeakRef({})),
      ]),
    ).toEqual(['undefined', { a: 1 }, false, '[object WeakRef]']);
  });
});

describe('code made from text', () => {
  test('sees the same world', async () => {
    const answers = await told(() => [
      new Function('a', 'b', 'return a + b')(1, 2),
      Function('return typeof require')(),
      (0, eval)('1 + 1'),
      eval('typeof module'),
      (() => {}).constructor === Function,
      Function.prototype.constructor === Function,
      (function* () {}.constructor as FunctionConstructor)('yield 5')().next().value,
      new Function('return "import (x)" /* import(y) */')(),
      (() => {}) instanceof Function,
      new (class extends Function {})('return 7')(),
      eval(5 as never),
      [].constructor.constructor('return typeof Date.now')(),
    ]);
    expect(answers).toEqual([3, 'undefined', 2, 'undefined', true, true, 5, 'import (x)', true, 7, 5, 'function']);
  });

  test.each([
    'new Function("return import(\'fs\')")',
    'Function("a = import(\'fs\')", "")',
    'eval("import(\'fs\')")',
    '(async () => {}).constructor("await import/**/(\'fs\')")',
    '(async function* () {}).constructor("yield import(\'fs\')")',
    'Reflect.construct(Function, ["import(\'fs\')"])',
    'new Function("import.meta")',
    'new Function({ n: 0, toString() { return this.n++ ? "import(1)" : "import(2)"; } })',
    'new (class extends Function {})("import(\'fs\')")',
  ])('is refused an import: %s', async (text) => {
    const answer = await called(await loaded(`() => ({ run: () => ${text} })`), 'run');
    expect((answer as Error).message).toContain('import() in code made from text is refused');
  });

  test('a program that imports while it runs is refused', async () => {
    await expect(loaded(`() => ({ run: () => import('fs') })`)).rejects.toThrow(
      'loads a module by import() while it runs',
    );
  });
});

describe('modules that are not given', () => {
  test('can be taken, called and extended while a program loads, and no more', async () => {
    const program = await loaded(
      (fs: any, http: any, events: any) => {
        class Agent extends http.Agent {
          hi() {
            return 'hi';
          }
        }
        const { readFile } = fs.promises;
        const limit = fs.constants.X_OK;
        const made = http.createServer(() => {}).listen(80);
        const own = new events.EventEmitter();
        return {
          read: () => readFile('x'),
          agent: () => new Agent(),
          made: () => made.close(),
          own: () => own.on('a', () => {}).listenerCount('a'),
          kinds: () => [typeof fs.readFileSync, typeof limit],
        };
      },
      { imports: ['node:fs', 'http', 'events'] },
    );
    const say = async (name: string) => {
      const answer = await called(program, name);
      return answer instanceof Error ? answer.message.split(' is not given')[0] : answer;
    };
    expect(await Promise.all(['read', 'agent', 'made', 'own'].map(say))).toEqual([
      'fs.promises.readFile',
      'http.Agent',
      'http.createServer().listen().close',
      1,
    ]);
  });

  test('what is no module is not found', async () => {
    await expect(loaded(() => ({}), { imports: ['nothing-like-it'] })).rejects.toThrow(
      "Cannot find module 'nothing-like-it'",
    );
  });
});

test('what a program patches is its own', async () => {
  await told(() => {
    Array.prototype.map = () => [];
    Object.assign(Math, { max: () => 0 });
    Promise.prototype.then = (() => {}) as never;
    return 0;
  });
  expect([[1].map(String), Math.max(1, 2), await told(() => [1].map((x) => x + 1))]).toEqual([['1'], 2, [2]]);
});
