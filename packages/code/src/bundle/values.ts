/** Where a file of the bundle is asked for the values at its top, while it is loaded. */
const ASKING = Symbol.for('millrace.values');

/** Gives the value that a name at the top of a file has now. */
export type Look = (name: string) => unknown;

const looks = new Map<string, Look>();

/** By the address of the file. */
export const lookInto = (address: string): Look | undefined => looks.get(address);

/** Before the first file of a bundle is loaded. No export: whoever lists those of a file would see it. */
export const askForValues = (): void => {
  Object.assign(globalThis, { [ASKING]: (address: string, look: Look) => looks.set(address, look) });
};

const TELL =
  "\nglobalThis[Symbol.for('millrace.values')]?.(import.meta.url, (__millrace_name) => eval(__millrace_name));\n";

export const withValues = (text: string) => text + TELL;
/** The text of the user's files alone. */
export const withoutValues = (text: string) => (text.endsWith(TELL) ? text.slice(0, -TELL.length) : text);
