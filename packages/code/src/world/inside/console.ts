import type { Realm } from './realm.js';

/** What functions print goes to the host as text. */
export const makeConsole = ({ host, define }: Realm) => {
  const counts = new Map<string, number>();
  let indent = '';
  const say = (level: string, given: readonly unknown[]) => {
    const text = host.format(...given);
    const lines = indent === '' ? text : indent + text.replaceAll('\n', `\n${indent}`);
    host.log(level, lines);
  };
  const own: Record<string, (...given: unknown[]) => void> = {};
  const levels = {
    log: 'info',
    info: 'info',
    debug: 'debug',
    dir: 'info',
    dirxml: 'info',
    table: 'info',
    trace: 'debug',
    warn: 'warn',
    error: 'error',
  };
  for (const [name, level] of Object.entries(levels))
    own[name] = (...given) => say(level, name === 'dir' || name === 'table' ? given.slice(0, 1) : given);
  Object.assign(own, {
    assert(holds: unknown, ...given: unknown[]) {
      if (!holds) say('error', given.length > 0 ? ['Assertion failed:', ...given] : ['Assertion failed']);
    },
    count(label = 'default') {
      const count = (counts.get(`${label}`) ?? 0) + 1;
      counts.set(`${label}`, count);
      say('info', [`${label}: ${count}`]);
    },
    countReset(label = 'default') {
      counts.delete(`${label}`);
    },
    group(...given: unknown[]) {
      if (given.length > 0) say('info', given);
      indent += '  ';
    },
    groupEnd() {
      indent = indent.slice(2);
    },
    // The clock stands still.
    time() {},
    timeLog: (label = 'default', ...given: unknown[]) => say('info', [`${label}: 0ms`, ...given]),
    timeEnd: (label = 'default') => say('info', [`${label}: 0ms`]),
    timeStamp() {},
    profile() {},
    profileEnd() {},
    clear() {},
  });
  own['groupCollapsed'] = own['group'] as () => void;
  define('console', own);
};
