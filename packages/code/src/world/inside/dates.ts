import type { Realm } from './realm.js';
import type { InUtc } from './zone.js';

/** Dates in UTC whatever the zone of the host, and a clock that stands still. */
export const dates = ({ clock, define, methods }: Realm, inUtc: InUtc) => {
  const Native = Date;
  const { prototype } = Native;
  const { parse, UTC } = Native;
  const { apply, construct } = Reflect;
  const { getTime, getUTCFullYear, setUTCFullYear, toUTCString } = prototype;
  const toPrimitive = Symbol.toPrimitive;

  const parseText = (text: string): number => {
    const more = inUtc(text);
    if (more === '') return parse(text);
    return parse(text + (text.includes('(') ? open(text) : '') + more);
  };
  /** A comment that is left open would swallow what is appended. */
  const open = (text: string): string => {
    let depth = 0;
    for (let at = text.indexOf('('); at >= 0 && at < text.length; at++) {
      if (text[at] === '(') depth++;
      else if (text[at] === ')' && depth > 0) depth--;
    }
    return ')'.repeat(depth);
  };
  /** `new Date(value)` takes dates as they are, and asks other objects for a number or a text. */
  const primitive = (value: object): unknown => {
    try {
      return apply(getTime, value, []);
    } catch {
      const own = (value as { [toPrimitive]?: unknown })[toPrimitive];
      if (own !== undefined && own !== null) return apply(own as () => unknown, value, ['default']);
      for (const name of ['valueOf', 'toString'] as const) {
        const given = typeof value[name] === 'function' ? value[name]() : value;
        if (typeof given !== 'object' && typeof given !== 'function') return given;
        if (given === null) return given;
      }
      throw new TypeError('Cannot convert object to primitive value');
    }
  };
  const single = (value: unknown): number => {
    if (typeof value === 'number') return value;
    const plain =
      (typeof value === 'object' && value !== null) || typeof value === 'function' ? primitive(value) : value;
    return typeof plain === 'string' ? parseText(plain) : +(plain as number);
  };

  function Made(...given: number[]) {
    if (new.target === undefined) return text(clock);
    const value = given.length === 1 ? single(given[0]) : given.length === 0 ? clock : apply(UTC, undefined, given);
    return new.target === Made ? new Native(value) : construct(Native, [value], new.target);
  }
  const hidden = { enumerable: false, configurable: true };
  Object.defineProperty(Made, 'name', { value: 'Date', ...hidden });
  Object.defineProperty(Made, 'length', { value: 7, ...hidden });
  Object.defineProperty(Made, 'prototype', {
    value: prototype,
    enumerable: false,
    configurable: false,
    writable: false,
  });
  methods(Made, {
    now: () => clock,
    parse: (given: unknown) => parseText(`${given}`),
    UTC,
  });
  methods(prototype, { constructor: Made });
  define('Date', Made);

  /** `Thu, 01 Jan 1970 00:00:00 GMT`; years may have more figures than four, and a sign. */
  const parts = /^(\w+), (\d\d) (\w+) (-?\d+) ([\d:]+)/;
  const told = (time: number) => parts.exec(apply(toUTCString, new Native(time), []));
  const day = ([, week, date, month, year]: RegExpExecArray) => `${week} ${month} ${date} ${year}`;
  const hour = (found: RegExpExecArray) => `${found[5]} GMT+0000 (Coordinated Universal Time)`;
  const tell = (time: number, tells: (found: RegExpExecArray) => string) => {
    const found = told(time);
    return found ? tells(found) : 'Invalid Date';
  };
  const text = (time: number) => tell(time, (found) => `${day(found)} ${hour(found)}`);
  methods(prototype, {
    toString(this: Date) {
      return text(apply(getTime, this, []));
    },
    toDateString(this: Date) {
      return tell(apply(getTime, this, []), day);
    },
    toTimeString(this: Date) {
      return tell(apply(getTime, this, []), hour);
    },
    getTimezoneOffset(this: Date) {
      return Number.isNaN(apply(getTime, this, [])) ? Number.NaN : 0;
    },
    getYear(this: Date) {
      return apply(getUTCFullYear, this, []) - 1900;
    },
    setYear(this: Date, given: unknown) {
      const year = Number(given);
      const whole = Math.trunc(year);
      if (Number.isNaN(year)) return apply(prototype.setTime, this, [year]);
      return apply(setUTCFullYear, this, [whole >= 0 && whole <= 99 ? 1900 + whole : year]);
    },
  });
  const own: Record<string, unknown> = prototype as unknown as Record<string, unknown>;
  for (const name of ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds', 'Milliseconds', 'Day'])
    for (const verb of name === 'Day' ? ['get'] : ['get', 'set'])
      methods(prototype, { [`${verb}${name}`]: own[`${verb}UTC${name}`] });
};
