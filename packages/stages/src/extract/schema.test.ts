import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { openExtraction } from './extractor.js';
import { json } from './json.js';
import { validator } from './schema.js';

describe('JSON schema', () => {
  test('2020-12 by default, draft 7 where it says so', async () => {
    const tuple = await validator({ prefixItems: [{ type: 'number' }], items: false });
    expect([tuple([1]), tuple([1, 2])]).toEqual([undefined, 'the value must NOT have more than 1 items']);
    const old = await validator({ $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'number' }] });
    expect([old([1]), old(['a'])]).toEqual([undefined, '/0 must be number']);
  });

  test('formats are notes', async () => {
    const check = await validator({ type: 'string', format: 'email' });
    expect(check('no address')).toBeUndefined();
  });

  test('a schema that is none is refused when it is opened', async () => {
    await expect(validator({ type: 'nonsense' })).rejects.toThrow(/Correct it/);
  });
});

describe('a zod schema', () => {
  test('is kept as JSON Schema, so that it has a fingerprint, and checks the same', async () => {
    const schema = z.object({ age: z.number().int().min(0), tags: z.array(z.string()).optional() });
    const extraction = json({ schema });
    expect(JSON.parse(JSON.stringify(extraction))).toEqual(extraction);
    const run = await openExtraction(extraction);
    for (const value of [{ age: 3 }, { age: -1 }, { age: 1.5 }, { age: 1, tags: ['a'] }, { tags: [1], age: 2 }, {}]) {
      expect('value' in (await run(JSON.stringify(value)))).toBe(schema.safeParse(value).success);
    }
  });

  test('may be recursive', async () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree).optional();
      },
    });
    const run = await openExtraction(json({ schema: tree }));
    expect(await run('{"name": "a", "children": [{"name": "b"}]}')).toHaveProperty('value');
    expect(await run('{"name": "a", "children": [{"name": 1}]}')).toMatchObject({ reason: 'schema' });
  });

  test.each<[string, z.ZodType, RegExp]>([
    ['a refinement', z.object({ a: z.string().refine((s) => s !== 'x') }), /\/a is refined by code/],
    ['a refinement in a list', z.array(z.number().superRefine(() => {})), /\/element is refined/],
    ['a transform', z.object({ a: z.string().transform(Number) }), /is a transform/],
    ['trimming', z.string().trim(), /changed by code/],
    ['a default', z.object({ a: z.number().default(3) }), /\/a is a default/],
    ['a catch', z.number().catch(0), /is a catch/],
    ['coercion', z.coerce.number(), /is coerced/],
    ['an instance', z.custom(() => true), /is a custom/],
    ['a date', z.object({ a: z.date() }), /JSON does not have/],
    ['a refinement in a lazy one', z.lazy(() => z.string().refine(() => true)), /refined by code/],
    ['a refinement in a union', z.union([z.string(), z.number().refine(() => true)]), /refined by code/],
  ])('with %s is refused, never weakened', (_name, schema, message) => expect(() => json({ schema })).toThrow(message));
});
