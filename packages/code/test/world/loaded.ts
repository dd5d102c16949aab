import { createHash } from 'node:crypto';
import { type Functions, makeWorld, type Packages, type World, type WorldOptions } from '../../src/world/index.js';

interface Options extends Partial<WorldOptions> {
  readonly imports?: readonly string[];
  readonly packages?: Packages;
}

/** A world with one program; its text is taken as it stands here. */
export const loaded = async (
  program: string | ((...imports: never[]) => unknown),
  { imports = [], packages, kind = 'made', ...options }: Options = {},
): Promise<{ readonly world: World; readonly functions: Functions }> => {
  const world = makeWorld({ kind, ...options });
  const text = `${program}`;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return { world, functions: await world.load({ digest, text, imports: imports.map(asked) }, packages) };
};

const asked = (name: string) => ({ name, how: 'import' }) as const;

/** Calls a function of a program; an error stands for what it threw. */
export const called = async (
  { world, functions }: Awaited<ReturnType<typeof loaded>>,
  name: string,
  ...given: unknown[]
): Promise<unknown> => {
  try {
    return await world.calling(functions[name] as () => void)(...given);
  } catch (error) {
    return error;
  }
};

/** What a function returns that runs alone in a world, as data of this realm. */
export const told = async (fn: (...imports: never[]) => unknown, options: Options = {}): Promise<unknown> => {
  const program = await loaded(`(...imports) => ({ run: () => (${fn})(...imports) })`, options);
  const answer = await called(program, 'run');
  program.world.close();
  if (answer instanceof Error) throw answer;
  return answer === undefined ? undefined : JSON.parse(JSON.stringify(answer));
};
