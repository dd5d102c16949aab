import { afterAll, afterEach, expect, test } from '@jest/globals';
import { load, projectOf, removeFolders } from './project.js';

afterAll(removeFolders);

const { hypot, random } = Math;
const { trim } = String.prototype;
// Files are loaded into the process of the tests.
afterEach(() => {
  Object.assign(Math, { hypot, random });
  Object.defineProperty(String.prototype, 'trim', {
    value: trim,
    writable: true,
    enumerable: false,
    configurable: true,
  });
});

const HEAD = "import { map, pipeline } from 'millrace';\n";
const STAGES = 'export default pipeline({ one: map(1, { run: ({ x }: any) => ({ y: x }) }) });\n';

test.each([
  ['Object.assign(Math, { hypot: () => 7, random: () => 0.5 });', 'Math.hypot and Math.random'],
  ['const M: any = Math; M.hypot = () => 7;', 'Math.hypot'],
  ['const { prototype } = String; Reflect.set(prototype, "trim", () => "");', 'String.prototype.trim'],
  ['delete (Math as any).hypot;', 'Math.hypot'],
])(
  'a file that changes what belongs to the language is refused, and what it changes is named: %s',
  async (code, named) => {
    const folder = projectOf({
      'lib/patch.ts': `${code}\nexport {};\n`,
      'pipeline.ts': `import './lib/patch.js';\n${HEAD}${STAGES}`,
    });
    await expect(load(folder, 'pipeline.ts')).rejects.toThrow(
      new RegExp(`^Cannot load .*pipeline\\.ts: it changes ${named}, which belongs? to the language\\.`),
    );
  },
);

test('what is added to the language, and parts of it that are there to be set, change nothing', async () => {
  const code =
    'Object.defineProperty(String.prototype, "shout", { value: () => "!", configurable: true });\nError.stackTraceLimit = 50;';
  const folder = projectOf({ 'pipeline.ts': `${code}\n${HEAD}${STAGES}` });
  try {
    await expect(load(folder, 'pipeline.ts')).resolves.toBeDefined();
  } finally {
    Reflect.deleteProperty(String.prototype, 'shout');
  }
});
