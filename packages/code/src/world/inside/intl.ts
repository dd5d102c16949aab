import type { Realm } from './realm.js';

type Locales = string | string[] | undefined;
type Options = Readonly<Record<string, unknown>> | undefined;
interface Format {
  new (locales?: unknown, options?: unknown): object;
  supportedLocalesOf(locales: unknown): string[];
}

/** Everything that formats, compares or splits speaks American English in UTC unless the call names another locale or zone. */
export const intl = ({ clock, methods, note }: Realm) => {
  const HOME = 'en-US';
  const { apply, construct } = Reflect;
  const { defineProperty } = Object;
  const { getCanonicalLocales } = Intl;
  const native = Intl as unknown as Record<string, Format>;
  const { DateTimeFormat, NumberFormat, Collator } = native as unknown as Record<string, Format>;

  /** Where V8 has none of the locales it takes the host's. What is no locale is left for it to refuse. */
  const chosen = (locales: unknown, Native: Format): unknown => {
    try {
      const list = getCanonicalLocales(locales as string);
      return list.length > 0 && Native.supportedLocalesOf(list).length > 0 ? list : HOME;
    } catch {
      return locales;
    }
  };
  const kept = new Map<Format, Map<string, unknown>>();
  const here = (locales: unknown, Native: Format): unknown => {
    if (locales === undefined || locales === HOME) return HOME;
    if (typeof locales !== 'string') return chosen(locales, Native);
    const known = kept.get(Native) ?? new Map<string, unknown>();
    kept.set(Native, known);
    const found = known.get(locales) ?? chosen(locales, Native);
    known.set(locales, found);
    return found;
  };
  const zoned = (options: Options): unknown => {
    if (options === undefined) return { __proto__: null, timeZone: 'UTC' };
    if (options === null || options.timeZone !== undefined) return options;
    return { __proto__: Object(options), timeZone: 'UTC' };
  };

  /** Plural rules know `en` alone, but call a default by its whole name. */
  const byDefault = new WeakSet<object>();
  const tellHome = (prototype: Intl.PluralRules) => {
    const { resolvedOptions } = prototype;
    methods(prototype, {
      resolvedOptions(this: Intl.PluralRules) {
        const told = apply(resolvedOptions, this, []);
        return byDefault.has(this) ? { ...told, locale: HOME } : told;
      },
    });
  };

  for (const name of Object.getOwnPropertyNames(Intl)) {
    const Native = native[name] as Format;
    if (typeof Native !== 'function' || !('supportedLocalesOf' in Native)) continue;
    const callable = /^(DateTimeFormat|NumberFormat|Collator)$/.test(name);
    const asked = name === 'DateTimeFormat' ? zoned : (options: Options) => options;
    const made = function (locales?: Locales, options?: Options) {
      if (new.target === undefined && !callable) throw new TypeError(`Constructor Intl.${name} requires 'new'`);
      const target = new.target === undefined || new.target === (made as unknown) ? Native : new.target;
      const locale = here(locales, Native);
      const format = construct(Native, [locale, asked(options)], target);
      if (locale === HOME && locales !== HOME) byDefault.add(format);
      return format;
    };
    const hidden = { enumerable: false, configurable: true };
    defineProperty(made, 'name', { value: name, ...hidden });
    defineProperty(made, 'length', { value: (Native as unknown as { length: number }).length, ...hidden });
    defineProperty(made, 'prototype', {
      value: Native.prototype,
      enumerable: false,
      configurable: false,
      writable: false,
    });
    note(made);
    if (name === 'PluralRules') tellHome(Native.prototype as Intl.PluralRules);
    methods(made, { supportedLocalesOf: Native.supportedLocalesOf });
    methods(Native.prototype as object, { constructor: made });
    methods(Intl, { [name]: made });
  }

  const dates = DateTimeFormat as unknown as { prototype: Intl.DateTimeFormat };
  const format = Object.getOwnPropertyDescriptor(dates.prototype, 'format')?.get as () => (date?: unknown) => string;
  const { formatToParts } = dates.prototype;
  const bound = new WeakMap<object, (date?: unknown) => string>();
  methods(dates.prototype, {
    get format(): (date?: unknown) => string {
      const own = apply(format, this, []) as (date?: unknown) => string;
      const known = bound.get(own) ?? ((date?: unknown) => own(date === undefined ? clock : date));
      bound.set(own, known);
      return known;
    },
    formatToParts(date?: unknown) {
      return apply(formatToParts, this, [date === undefined ? clock : date]);
    },
  });

  const day = { year: 'numeric', month: 'numeric', day: 'numeric' };
  const hour = { hour: 'numeric', minute: 'numeric', second: 'numeric' };
  const { getTime } = Date.prototype;
  /** A formatter costs a hundred times what it formats: those of one locale and no options are kept. */
  const dateMethod = (name: 'toLocaleString' | 'toLocaleDateString' | 'toLocaleTimeString', parts: object) => {
    const original = Date.prototype[name];
    const formats = new Map<unknown, (time: number) => string>();
    const formatIn = (locales: unknown) => {
      const known = formats.get(locales);
      if (known) return known;
      const given = [here(locales, DateTimeFormat as Format), { timeZone: 'UTC', ...parts }];
      const made = apply(format, construct(DateTimeFormat as Format, given), []) as (time: number) => string;
      formats.set(locales, made);
      return made;
    };
    methods(Date.prototype, {
      [name](this: Date, locales?: Locales, options?: Options) {
        if (options !== undefined || (locales !== undefined && typeof locales !== 'string'))
          return apply(original, this, [here(locales, DateTimeFormat as Format) as string, zoned(options) as object]);
        const time = apply(getTime, this, []);
        return Number.isNaN(time) ? 'Invalid Date' : formatIn(locales)(time);
      },
    });
  };
  dateMethod('toLocaleString', { ...day, ...hour });
  dateMethod('toLocaleDateString', day);
  dateMethod('toLocaleTimeString', hour);

  for (const { prototype } of [Number, BigInt]) {
    const original = prototype.toLocaleString as number['toLocaleString'];
    methods(prototype, {
      toLocaleString(this: number, locales?: Locales, options?: Options) {
        return apply(original, this, [here(locales, NumberFormat as Format), options]);
      },
    });
  }
  const { localeCompare, toLowerCase, toUpperCase, toLocaleLowerCase, toLocaleUpperCase } = String.prototype;
  const isHome = (locales: unknown) =>
    locales === undefined || (typeof locales !== 'string' && getCanonicalLocales(locales as string[]).length === 0);
  methods(String.prototype, {
    localeCompare(this: string, that: string, locales?: Locales, options?: Options) {
      if (locales === undefined && options === undefined) return apply(localeCompare, this, [that, HOME]);
      return apply(localeCompare, this, [that, here(locales, Collator as Format), options] as never);
    },
    toLocaleLowerCase(this: string, locales?: Locales) {
      return isHome(locales) ? apply(toLowerCase, this, []) : apply(toLocaleLowerCase, this, [locales as string]);
    },
    toLocaleUpperCase(this: string, locales?: Locales) {
      return isHome(locales) ? apply(toUpperCase, this, []) : apply(toLocaleUpperCase, this, [locales as string]);
    },
  });
};
