import { afterAll, expect, test } from '@jest/globals';
import { keyOf, madeAnswers, plainAnswers, ROWS } from './generated/answers.js';
import { removeFolders } from './project.js';

afterAll(removeFolders);

test('a file that is imported at once and later runs in its turn', async () => {
  const files = {
    'pipeline.ts':
      "import { map, pipeline } from 'millrace';\nimport { a } from './a.js';\nimport { log } from './log.js';\nimport { b } from './b.js';\nexport default pipeline({ out: map({}, { run: async ({ x }) => ({ y: [x, a, b, log.join(), (await import('./b.js')).b] }) }) });\n",
    'log.ts': 'export const log = [];\n',
    'a.ts': "import { log } from './log.js';\nlog.push('a');\nexport const a = 1;\n",
    'b.ts': "import { log } from './log.js';\nlog.push('b');\nexport const b = 2;\n",
  };
  const expected = ROWS.map((x) => JSON.stringify({ y: [x, 1, 2, 'a,b', 2] }));
  expect(plainAnswers([files])).toEqual([{ answers: expected }]);
  expect(await madeAnswers(files)).toMatchObject({ told: { answers: expected } });
});

test('files that are imported later count in the order in which they are asked for, wherever they lie and whatever stands around', async () => {
  const later = (name: string, more: string) =>
    `import { log } from './log.js';\nlog.push('${name}');\nexport const ${name} = 1;\n${more}`;
  const files = (more: string) => ({
    'pipeline.ts':
      "import { map, pipeline } from 'millrace';\nimport { log } from './log.js';\nawait import('./b.js');\nawait import('./c.js');\nawait import('./a.js');\nexport default pipeline({ out: map({}, { run: ({ x }) => ({ y: [x, log.join()] }) }) });\n",
    'log.ts': 'export const log = [];\n',
    ...Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.ts`, later(name, more)])),
  });
  const keys = await Promise.all(
    ['', '// one\n', '/* two */\n', 'const three = 3;\n', '// four\n'].map((more) => keyOf(files(more))),
  );
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).not.toMatch(/^refused/);
  expect(await madeAnswers(files(''))).toMatchObject({
    told: { answers: ROWS.map((x) => JSON.stringify({ y: [x, 'b,c,a'] })) },
  });
});
