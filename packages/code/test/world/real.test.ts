import { expect, test } from '@jest/globals';
import { FunctionError, makeWorld } from '../../src/world/index.js';
import { called, loaded } from './loaded.js';

const real = { kind: 'real' } as const;

test('the real world has all of Node, and one realm', async () => {
  const program = await loaded(
    (fs: any) => ({
      make: () => new Date(5),
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
  expect(await called(program, 'run', { x: await called(program, 'make') })).toEqual([
    'function',
    'number',
    true,
    true,
    1,
    true,
  ]);
});

test('an error of the real world names the place in the file of the user, and keeps what it says of itself', async () => {
  const world = makeWorld(real);
  const text = `() => {
  const ask = async () => { throw Object.assign(new Error('busy'), { status: 429, failure: { message: 'later', retryAfterMs: 5 } }); };
  return { run: ({ x }) => ask(x) };
}`;
  const place = (line: number, column: number) => `p.ts:${line}:${column}`;
  const functions = await world.load({ digest: 'r', text, imports: [], place });
  const answer = await called({ world, functions }, 'run', { x: 1 });
  expect(answer).toBeInstanceOf(FunctionError);
  expect(answer).toMatchObject({ message: 'busy', place: 'p.ts:2:49', cause: { status: 429 } });
  expect((answer as FunctionError).failure).toEqual({ message: 'later (p.ts:2:49)', retryAfterMs: 5 });
});

test('what is printed goes to the stage', async () => {
  const lines: string[] = [];
  const program = await loaded(
    () => ({
      run: async ({ x }: { x: number }) => {
        await null;
        console.log('asked', { x });
        console.error('twice');
      },
    }),
    { ...real, log: (level, text) => lines.push(`${level} ${text}`) },
  );
  await called(program, 'run', { x: 7 });
  expect(lines).toEqual(['info asked { x: 7 }', 'error twice']);
});
