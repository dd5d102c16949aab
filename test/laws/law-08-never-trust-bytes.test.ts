import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '@millrace/arrow-store';
import { DamagedError, memoryStore, type Output, type Store } from '@millrace/core';
import { filesBelow, flipBit, folder } from './files.js';
import { go, Outside, type Went } from './kit.js';
import { type Lab, lab } from './lab.js';

const texts = Array.from({ length: 30 }, (_, i) => ({ id: i, text: `text ${i} that is longer than sixteen bytes` }));

function pipeline(store: Store, outside = new Outside()) {
  const world = lab(store, outside);
  const { k } = world;
  const questions = k.rows(texts);
  const answers = k.asked(questions, { from: 'text', into: 'answer' });
  const pieces = k.explode(answers, { from: 'answer', into: 'piece' });
  const model = k.train(answers, { by: 'text' });
  const outputs = {
    questions,
    answers,
    pieces,
    sorted: k.sort(answers, { by: 'answer' }),
    model,
    tuned: k.tuned(questions, { from: 'text', into: 'tuned', model }),
  };
  return { world, outputs };
}

const TABLES = ['questions', 'answers', 'pieces', 'sorted', 'tuned'] as const;

/** All that the outputs hold, without how often it was asked. */
async function contentOf(went: Went): Promise<unknown> {
  const rows = await Promise.all(TABLES.map((name) => went.rows(name)));
  return JSON.parse(JSON.stringify(rows).replaceAll(/#\d+/g, '#'));
}

async function finished(): Promise<{ root: string; content: unknown; outside: Outside }> {
  const root = folder();
  const outside = new Outside();
  const store = openStore(root);
  const { world, outputs } = pipeline(store, outside);
  const content = await contentOf(await go(world, outputs));
  await store.close();
  return { root, content, outside };
}

const DAMAGE: Readonly<Record<string, (file: string) => void>> = {
  'a flipped bit': (file) => flipBit(file),
  'half of it': (file) => {
    chmodSync(file, 0o644);
    truncateSync(file, Math.floor(readFileSync(file).length / 2));
  },
  'no file': (file) => rmSync(file),
  'other bytes': (file) => {
    chmodSync(file, 0o644);
    writeFileSync(file, 'Dear diary, this is no store.\n');
  },
};

describe.each(Object.entries(DAMAGE))('%s', (_, spoil) => {
  test('in every object in turn: noticed before it is used, said, set aside, and computed again', async () => {
    const { root, content, outside } = await finished();
    const objects = filesBelow(join(root, 'objects')).filter((name) => !name.endsWith('.sum'));
    expect(objects.length).toBeGreaterThan(10);
    for (const name of objects) {
      spoil(join(root, 'objects', name));
      const store = openStore(root);
      const { world, outputs } = pipeline(store, outside);
      const first = await contentOf(await go(world, outputs, { need: 'all' })).catch((error: unknown) => error);
      if (first instanceof Error) expect([name, first]).toEqual([name, expect.any(DamagedError)]);
      else expect([name, first]).toEqual([name, content]);
      const second = await go(world, outputs, { need: 'all' });
      expect([name, second.outcome?.ended, await contentOf(second)]).toEqual([name, 'done', content]);
      await store.close();
    }
  });

  test('in every record in turn: what it said is looked at anew, and nothing is asked again', async () => {
    const { root, content, outside } = await finished();
    for (const name of filesBelow(join(root, 'records'))) {
      spoil(join(root, 'records', name));
      const store = openStore(root);
      const { world, outputs } = pipeline(store, outside);
      const again = await go(world, outputs, { need: 'all' });
      expect([name, again.outcome?.ended]).toEqual([name, 'done']);
      expect([name, await contentOf(again)]).toEqual([name, content]);
      expect(again.calls.filter((call) => /^(asked|tuned)/.test(call))).toEqual([]);
      await store.close();
    }
  });
});

const objectsIn = (output: Output | undefined, column: string): string[] => {
  if (output?.is !== 'table') throw new Error('no table');
  const of = output.columns.find(({ name }) => name === column);
  return (output.groups[of?.group ?? -1]?.segments ?? []).flatMap(({ data }) => data ?? []);
};

describe('damage is of one object', () => {
  test('a column that an artifact only passes through: its own answers stay, nothing is asked again', async () => {
    const { root, outside } = await finished();
    const store = openStore(root);
    const { world, outputs } = pipeline(store, outside);
    const found = await go(world, outputs);
    const [passed] = objectsIn(found.outputs.get('answers'), 'text');
    flipBit(join(root, 'objects', `${passed}`.slice(0, 2), `${passed}`));
    const again = await go(world, outputs, { need: 'all' });
    await expect(again.rows('answers')).rejects.toThrow(/damaged/);
    const mended = await go(world, outputs, { need: 'all' });
    expect(mended.did).toMatchObject({ questions: 'ran', answers: expect.stringMatching(/reused|ran 0/) });
    expect([again.calls, mended.calls].flat().filter((call) => call.startsWith('asked'))).toEqual([]);
    expect(await mended.rows('answers')).toHaveLength(30);
    await store.close();
  });

  test('a lost segment of answers costs its own rows and no others', async () => {
    const store = memoryStore();
    const outside = new Outside();
    const world = lab(store, outside);
    const build = (n: number) => {
      const answers = world.k.asked(world.k.rows(texts.slice(0, n)), { from: 'text', into: 'answer' });
      return { answers, below: world.k.pure(answers, { from: 'answer', into: 'p' }) };
    };
    await go(world, build(20));
    const grown = await go(world, build(30));
    const segments = objectsIn(grown.outputs.get('answers'), 'answer');
    expect(segments).toHaveLength(2);
    store.shelf.delete(segments[1] as string);
    const again = await go(world, build(30), { need: 'all' });
    expect(again.calls.filter((call) => call.startsWith('asked'))).toHaveLength(10);
    expect(again.did).toMatchObject({ answers: 'ran 10/30', below: 'ran 10/30' });
  });

  test('it is said: as an event, with the object, and as a reason of the stage that runs for it', async () => {
    const { root, outside } = await finished();
    const store = openStore(root);
    const { world, outputs } = pipeline(store, outside);
    const [object] = objectsIn((await go(world, outputs)).outputs.get('answers'), 'answer');
    await store.close();
    flipBit(join(root, 'objects', `${object}`.slice(0, 2), `${object}`));
    const next = openStore(root);
    const again = pipeline(next, outside);
    const went = await go(again.world, {
      ...again.outputs,
      more: again.world.k.count(again.outputs.answers, { by: 'answer' }),
    });
    expect(went.outcome?.ended).toBe('done');
    expect(went.events).toContainEqual({ is: 'damaged', object, what: expect.any(String) });
    expect(went.events.find((e) => e.is === 'stage-started' && e.stage === 'answers')).toMatchObject({
      reasons: [{ is: 'lost' }],
    });
    expect(went.events.filter((e) => e.is === 'planned').map((e) => e.is === 'planned' && e.again)).toEqual([
      false,
      true,
    ]);
    expect(filesBelow(join(root, 'quarantine')).some((name) => name.includes(`${object}`))).toBe(true);
    await next.close();
  });
});

test('a hundred damaged objects, of which each is found only when the one below is computed again', async () => {
  const root = folder();
  const build = ({ k }: Lab, asked: number) => {
    let last = k.rows([{ o0: 'a text that is longer than sixteen bytes' }]);
    for (let n = 1; n <= 105; n++)
      last = k.pure(last, { from: `o${n - 1}`, into: `o${n}`, with: n === 105 ? asked : 0 });
    return { last };
  };
  const first = lab(openStore(root));
  await go(first, build(first, 0));
  await first.store.close();
  for (const file of filesBelow(join(root, 'objects')).filter((name) => name.endsWith('.arrow')))
    flipBit(join(root, 'objects', file));
  const world = lab(openStore(root));
  const went = await go(world, build(world, 1));
  expect([went.error, went.outcome?.ended]).toEqual([undefined, 'done']);
  expect(went.events.filter(({ is }) => is === 'planned').length).toBeGreaterThan(100);
  await world.store.close();
});

test('a torn journal loses the answer that was being written and no other', async () => {
  const root = folder();
  const outside = new Outside();
  const store = openStore(root);
  const { world, outputs } = pipeline(store, outside);
  outside.failing.add(texts[20]?.text ?? '');
  const stopping = () =>
    world.k.asked(outputs.questions, { from: 'text', into: 'answer', options: { onRowFailure: 'stop' } });
  const first = await go(world, { answers: stopping() });
  expect(first.outcome?.ended).toBe('failed');
  await store.close();
  outside.failing.clear();
  const [journal] = filesBelow(join(root, 'journals'));
  const file = join(root, 'journals', journal as string);
  const whole = readFileSync(file);
  truncateSync(file, whole.lastIndexOf('MRJ1', whole.lastIndexOf('MRJ1') - 1) + 30);
  const next = openStore(root);
  const on = await go({ ...world, store: next }, { answers: stopping() });
  expect(first.calls).toHaveLength(20);
  expect(on.calls).toHaveLength(30 - 20 + 1);
  expect(on.outcome?.ended).toBe('done');
  await next.close();
});

test('what the quarantine and the trash hold is never read', async () => {
  const { root, content, outside } = await finished();
  for (const name of filesBelow(join(root, 'objects'))) rmSync(join(root, 'objects', name));
  const store = openStore(root);
  const { world, outputs } = pipeline(store, outside);
  expect(await contentOf(await go(world, outputs, { need: 'all' }))).toEqual(content);
  await store.close();
});

test('entries of the cut-off index that changed places are not believed: the record says of which computation it is', async () => {
  const root = folder();
  const rows = [{ text: 'aa' }, { text: 'b' }];
  const build = ({ k, outside }: Lab, version: number) => {
    const source = k.rows(rows);
    const size = k.rowStage(
      source,
      { from: 'text', into: 'size', version },
      {
        name: 'sized',
        nature: 'pure',
        answer: (text, key) => {
          outside.answer(key, text);
          return { out: `${text.length}` };
        },
      },
    );
    const pure = (n: number) => k.pure(size, { from: 'size', into: 'p', with: n });
    return { size, one: pure(1), other: pure(2) };
  };
  const store = openStore(root);
  const first = await go(lab(store), build(lab(store), 1));
  const expected = [await first.rows('one'), await first.rows('other')];
  await store.close();
  const index = join(root, 'cutoff');
  const kinds = filesBelow(index).map((name) => {
    const fingerprint = name.slice(-32);
    const record = filesBelow(join(root, 'records')).find((each) => each.includes(fingerprint)) as string;
    return { name, record: readFileSync(join(root, 'records', record), 'utf8') };
  });
  const [a, b] = kinds.filter(({ record }) => /"kind":"[^"]*pure"/.test(record)).map(({ name }) => name) as [
    string,
    string,
  ];
  // Each name now stands in the folder of the other.
  for (const [name, to] of [
    [a, b],
    [b, a],
  ] as const) {
    rmSync(join(index, name));
    writeFileSync(join(index, dirname(to), basename(name)), '');
  }
  const again = openStore(root);
  const world = lab(again);
  const second = await go(world, build(world, 2));
  expect(second.did).toMatchObject({
    one: expect.stringMatching(/^(ran|reused)/),
    other: expect.stringMatching(/^(ran|reused)/),
  });
  expect([await second.rows('one'), await second.rows('other')]).toEqual(expected);
  await again.close();
});
