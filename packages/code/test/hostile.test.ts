import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expected, together } from './hostile.js';
import { MODULES } from './hostile-modules.js';
import { PACKAGES } from './hostile-packages.js';
import { STATE } from './hostile-state.js';
import { SYNTAX } from './hostile-syntax.js';
import { removeFolders } from './project.js';

afterAll(removeFolders);

describe.each([
  ['state', STATE],
  ['syntax', SYNTAX],
  ['modules', MODULES],
  ['packages', PACKAGES],
] as const)('edits that a careless reader would miss: %s', (_, edits) => {
  let answers: Awaited<ReturnType<typeof together>>;
  beforeAll(async () => {
    answers = await together(edits);
  });
  test.each(edits.map((each) => [each.name, each] as const))('%s', (name, each) => {
    expect(answers.get(name)).toEqual(expected(each));
  });
});
