import { expect, test } from '@jest/globals';
import { FunctionError } from '../../src/world/index.js';
import { loaded } from './loaded.js';

const real = { kind: 'real' } as const;

test('the real world has all of Node, and one realm', async () => {
  const { world, functions } = await loaded(
    (fs: any) => ({
      run: async ({ x }: { x: unknown }) => [
        typeof fs.default.readFileSync,
        typeof process.pid,
        x instanceof Date,
        Buffer.from('a') instanceof Uint8Array,
        (await import('node:path')).sep.length,
        new Response('x') instanceof Response,
      ],
    }),
    { ...real, imports: ['node:fs'] },
  );
  // The tests themselves run in a realm of their own.
  const { make } = await world.load({ digest: 'date', text: '() => ({ make: () => new Date(5) })', imports: [] });
  const [answer] = await world.rows(functions['run']!, { names: ['x'] })({
    columns: [[world.calling(make!)()]],
    count: 1,
  });
  expect(answer).toEqual(['function', 'number', true, true, 1, true]);
});

test('an error of the real world names the place in the file of the user and keeps what was thrown', async () => {
  const { makeWorld } = await import('../../src/world/index.js');
  const world = makeWorld(real);
  const text = `() => {
  const ask = async () => { throw Object.assign(new Error('busy'), { status: 429 }); };
  return { run: ({ x }) => ask(x) };
}`;
  const { run } = await world.load({
    digest: 'r',
    text,
    imports: [],
    place: (line, column) => `p.ts:${line}:${column}`,
  });
  const [answer] = await world.rows(run!, { names: ['x'] })({ columns: [[1]], count: 1 });
  expect(answer).toBeInstanceOf(FunctionError);
  const { message, place, cause } = answer as FunctionError;
  expect([message, place, (cause as { status: number }).status]).toEqual(['busy', 'p.ts:2:49', 429]);
});

test('what is printed goes to the stage, with its row where only one waits', async () => {
  const lines: string[] = [];
  const { world, functions } = await loaded(
    () => ({
      run: async ({ x }: { x: number }) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        console.log('asked', { x });
        console.error('twice');
      },
    }),
    { ...real, log: (level, text, row) => lines.push(`${level} ${text} of ${row}`) },
  );
  await world.rows(functions['run']!, { names: ['x'] })({ columns: [[7]], count: 1, first: 3 });
  expect(lines).toEqual(['info asked { x: 7 } of 3', 'error twice of 3']);
});

test('a package runs from its text and loads with the way that is given', async () => {
  const packages = new Map([['p', 'const { join } = require("node:path"); exports.default = (x) => join("a", x);']]);
  const { world, functions } = await loaded((p: any) => ({ run: ({ x }: { x: string }) => p.default(x) }), {
    ...real,
    imports: ['p'],
    packages,
  });
  expect(await world.rows(functions['run']!, { names: ['x'] })({ columns: [['b']], count: 1 })).toEqual(['a/b']);
});
