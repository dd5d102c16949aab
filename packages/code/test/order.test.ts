import { afterAll, expect, test } from '@jest/globals';
import { madeAnswers, plainAnswers, ROWS } from './generated/answers.js';
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
