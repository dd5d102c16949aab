// biome-ignore lint/complexity/noBannedTypes: only its place on the stack is looked at.
type Called = Function;

/**
 * Remembers from where a method was called, for errors that come out of its promise: their stack ends in our own code,
 * and a script that does not catch them would show its author no line of their own.
 */
export function callPlace(called: Called): <E>(error: E) => E {
  const here: { readonly stack?: string } = {};
  Error.captureStackTrace(here, called);
  return (error) => {
    if (error instanceof Error) tellPlace(error, here.stack ?? '');
    return error;
  };
}

const FRAME = '\n    at ';

/** The caller's lines come first: that is where it can be put right. */
function tellPlace(error: Error, stack: string): void {
  const frames = stack.split(FRAME).slice(1);
  const callers = frames.filter((frame) => !frame.includes('node:'));
  const [first] = callers;
  const told = error.stack ?? String(error);
  if (first === undefined || told.includes(first)) return;
  const at = told.indexOf(FRAME);
  const head = at < 0 ? told : told.slice(0, at);
  error.stack = [head, ...callers].join(FRAME) + told.slice(head.length);
}
