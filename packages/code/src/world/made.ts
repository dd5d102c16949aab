import { constants, createContext } from 'node:vm';
import type { Context, Level, Log } from './context.js';
import { makeHost } from './host.js';
import { type Moment, type Prelude, preludeText } from './prelude.js';
import { scriptOf } from './scripts.js';

const prelude = preludeText();

/** A realm of its own, with nothing of Node in it but what the prelude gives. */
export const madeContext = (log: Log, moment: Moment): Context => {
  const context = createContext(constants.DONT_CONTEXTIFY);
  let isOpen = true;
  const host = makeHost({
    log: (level, text) => log(level as Level, text),
    later: () => void setImmediate(() => isOpen && timers.tick()),
  });
  const begin = scriptOf(prelude, { name: 'millrace:world' }).runInContext(context) as Prelude;
  const { tools, timers } = begin(host, moment);
  return {
    run: (text, options) => scriptOf(text, options).runInContext(context),
    tools,
    close: () => {
      isOpen = false;
    },
  };
};
