import { afterAll, expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/command/said.js';
import { millrace, project, removeProjects } from './millrace.js';

afterAll(removeProjects);

test('millrace alone says what there is', () => {
  const folder = project({});
  const alone = millrace(folder, []);
  expect(alone).toMatchObject({ code: 0, err: '' });
  expect(alone.out).toMatchSnapshot();
  expect(millrace(folder, ['--help']).out).toBe(alone.out);
});

test.each(COMMANDS.map(({ name }) => name))('millrace %s --help', (name) => {
  const { code, out } = millrace(process.cwd(), [name, '--help']);
  expect(code).toBe(0);
  expect(out).toMatchSnapshot();
});

test('--version prints the version', () => {
  expect(millrace(process.cwd(), ['--version']).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});
