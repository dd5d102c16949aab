import { dirname, resolve } from 'node:path';
import type { Loaded } from '@millrace/code';
import { isOfOthers, readText, shownPath } from './disk.js';
import { FileMistakes } from './file/mistakes.js';
import { codeOptions } from './framework.js';
import { whileLoading } from './loading.js';
import { Mistake } from './mistake.js';
import { onIdle } from './process.js';

export interface CodeTrust {
  /** The user named the file: its code runs, whoever owns it. */
  readonly named?: boolean;
}

/** Loads a file of the user's code. What stands in the way is said with its place: it is the user's to mend. */
export async function loadCode(file: string, { named = false }: CodeTrust = {}): Promise<Loaded> {
  const { loadPipelineFile } = await import('@millrace/code');
  const loading = loadPipelineFile(file, { ...codeOptions(), check: named ? () => undefined : refuseForeign });
  try {
    return await whileLoading(shownPath(file), () => orIdle(loading, file));
  } catch (error) {
    throw isOurs(error) ? error : (unread(error, file) ?? thrown(error, file));
  }
}

/** A promise at the top that nobody settles would end the process as if all were done. */
async function orIdle<T>(loading: Promise<T>, file: string): Promise<T> {
  let listens = () => {};
  const idle = new Promise<never>((_, fail) => {
    listens = onIdle(() =>
      fail(
        new Mistake(
          `Cannot load ${shownPath(file)}: it awaits something at the top that never comes. Settle the promise, or await it in a stage.`,
        ),
      ),
    );
  });
  return Promise.race([loading, idle]).finally(() => listens());
}

function refuseForeign(files: readonly string[]): void {
  const foreign = files.find(isOfOthers);
  if (foreign !== undefined)
    throw new Mistake(
      `Cannot load ${shownPath(foreign)}: it, or its folder, belongs to another user, who could make it do anything. Make it yours, or name the pipeline if you trust all of it: --file.`,
    );
}

const isOurs = (error: unknown) =>
  error instanceof Mistake || (error instanceof Error && /^(BUG:|Cannot load )/.test(error.message));

interface Unread {
  readonly text: string;
  readonly location: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly length: number;
  } | null;
}

/** What the bundler could not read or find. */
function unread(error: unknown, file: string): Mistake | undefined {
  const { errors } = (error ?? {}) as { readonly errors?: readonly Unread[] };
  if (!Array.isArray(errors) || errors.length === 0) return undefined;
  return new FileMistakes(
    (errors as readonly Unread[]).map(({ text, location }) => {
      const at = resolve(dirname(file), location?.file ?? file);
      return {
        file: shownPath(at),
        text: location ? readText(at) : '',
        span: location ? { ...location, column: location.column + 1 } : undefined,
        says: `${text}.`,
      };
    }),
  );
}

/** What the file threw while it was loaded. */
function thrown(error: unknown, file: string): Mistake {
  const { message, stack = '' } = error instanceof Error ? error : { message: `it throws ${String(error)}` };
  const place = stack.split('\n').find((line) => line.includes(`${dirname(file)}/`));
  const [, at = '', line = ''] = /([^\s()]+):(\d+):\d+\)?$/.exec(place ?? '') ?? [];
  const where = at ? ` (${shownPath(at.replace(/^file:\/\//, ''))}:${line})` : '';
  return new Mistake(
    `Cannot load ${shownPath(file)}: ${message.replace(/\.$/, '')}${where}. Mend it and run again; --verbose shows the stack.`,
    { cause: error },
  );
}
