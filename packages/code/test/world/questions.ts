/** Asks a world for thousands of dates and formats; told by its text, so that it can be asked anywhere. */
export const questions = (): string[] => {
  const answers: string[] = [];
  const ask = (name: string, tell: () => unknown) => {
    let told: string;
    try {
      const value = tell();
      told =
        typeof value === 'object'
          ? JSON.stringify(value)
          : `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`;
    } catch (error) {
      told = `${(error as Error).name}: ${(error as Error).message}`;
    }
    answers.push(`${name} = ${told}`);
  };
  let seed = 7;
  const next = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 4_294_967_296) * below);
  };
  const any = <T>(list: readonly T[]): T => list[next(list.length)] as T;

  const times = [
    0, -1, 1e12, 1_585_443_600_000, 1_585_447_200_000, 1_603_587_600_000, 951_782_400_000, -2_208_988_800_000,
  ];
  times.push(-62_198_755_200_000, -1e14, 8e15, 8.64e15, 8.64e15 + 1, Number.NaN, 1_325_203_200_000, 1_316_908_800_000);
  for (let n = 0; n < 150; n++) times.push(next(4e9) * 1000 - 2e12 + next(1000));

  const gets = [
    'FullYear',
    'Month',
    'Date',
    'Day',
    'Hours',
    'Minutes',
    'Seconds',
    'Milliseconds',
    'Year',
    'TimezoneOffset',
  ];
  const tells = [
    'toString',
    'toDateString',
    'toTimeString',
    'toUTCString',
    'toJSON',
    'toLocaleString',
    'toLocaleDateString',
    'toLocaleTimeString',
    'valueOf',
  ];
  const call = (date: Date, name: string, ...given: unknown[]) =>
    (date as never as Record<string, (...g: unknown[]) => unknown>)[name]!(...given);
  for (const time of times) {
    for (const name of gets) ask(`${time}.get${name}`, () => call(new Date(time), `get${name}`));
    for (const name of tells) ask(`${time}.${name}`, () => call(new Date(time), name));
    ask(`${time} + text`, () => `${new Date(time)} ${(new Date(time) as never as number) + 1} ${+new Date(time)}`);
  }

  const values = [
    0,
    1,
    -1,
    2,
    11,
    12,
    13,
    28,
    29,
    30,
    31,
    32,
    59,
    60,
    99,
    100,
    1899,
    1970,
    2020,
    2024,
    -5,
    1.7,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ];
  const sets = ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds', 'Milliseconds', 'Year', 'UTCHours', 'Time'];
  for (let n = 0; n < 800; n++) {
    const time = any(times);
    const name = any(sets);
    const given = Array.from({ length: 1 + next(4) }, () => any(values));
    ask(`${time}.set${name}(${given})`, () => {
      const date = new Date(time);
      return [call(date, `set${name}`, ...given), date.getTime(), date.toString()];
    });
  }
  for (let n = 0; n < 500; n++) {
    const given = Array.from({ length: 2 + next(6) }, () => any(values));
    ask(`new Date(${given})`, () => new Date(...(given as [number, number])).toString());
    ask(`Date.UTC(${given})`, () => Date.UTC(...(given as [number, number])));
  }

  const months = ['Jan', 'February', 'MAR', 'april', 'Sept', 'Dec', '1', '2', '13', '06'];
  const zones = [
    '',
    '',
    '',
    '',
    '',
    'Z',
    ' Z',
    ' UTC',
    ' GMT',
    ' EST',
    ' PDT',
    '+02:00',
    ' +0200',
    '-05',
    ' GMT+1',
    ' GMT-0830',
    ' (CET)',
    ' (Mitteleuropäische Zeit)',
    ' UTC (x)',
    ' MEZ',
    ' CEST',
  ];
  const hours = [
    '',
    '',
    ' 10:20',
    ' 1:2:3',
    ' 23:59:59.999',
    ' 12:00 am',
    ' 12:00 PM',
    ' 24:00',
    ' 25:00',
    'T10:20',
    'T10:20:30',
    'T10:20:30.5',
    ' 10',
    ' 10:20:30:40',
    ' 10.5',
  ];
  const shapes: readonly (() => string)[] = [
    () =>
      `${any(['2020', '1999', '0099', '20', '+002020', '-002020'])}-${any(['01', '3', '12', '13'])}-${any(['01', '5', '29', '31'])}`,
    () => `${any(months)} ${any(['1', '05', '29', '31', '32'])}, ${any(['2020', '99', '49', '50', '5', '12345'])}`,
    () => `${any(['1', '05', '29'])} ${any(months)} ${any(['2020', '1970', '2100'])}`,
    () => `${any(['1', '05', '29'])}-${any(months)}-${any(['2020', '1970', '21'])}`,
    () => `${any(['1', '05', '12', '13'])}/${any(['1', '05', '29'])}/${any(['2020', '1970', '21'])}`,
    () =>
      `${any(['Mon', 'Tuesday', 'xyz'])}${any([', ', ' ', ' (a (b) c) '])}${any(months)} ${any(['1', '05'])} ${any(['2020', '1970'])}`,
    () => any(['2020', '2020-06', '', ' ', 'now', 'x', '2020-01-01 (', '12', '2020-01-01x', 'T10:00', '10:00']),
  ];
  for (let n = 0; n < 4000; n++) {
    const text = any(shapes)() + any(hours) + any(zones);
    const whole = any([
      text,
      text,
      text,
      ` ${text}`,
      `${text} `,
      text.toLowerCase(),
      text.replace(' ', '(x)'),
      text.replace('-', '−'),
    ]);
    ask(`Date.parse(${JSON.stringify(whole)})`, () => Date.parse(whole));
  }
  const objects: readonly (readonly [string, unknown])[] = [
    ['a date', new Date(5)],
    ['null', null],
    ['undefined', undefined],
    ['true', true],
    ['a list', [2020, 1]],
    ['a bigint', 5n],
    ['a boxed text', new String('2020-01-01 10:00')],
    ['a symbol', Symbol.iterator],
    ['valueOf', { valueOf: () => 7 }],
    ['toString', { valueOf: () => ({}), toString: () => '2020-01-01 10:00' }],
    ['toPrimitive', { [Symbol.toPrimitive]: (hint: string) => `2020-01-01 ${hint.length}:00` }],
    ['nothing', { valueOf: () => ({}), toString: () => ({}) }],
    ['a text', '2020-01-01 10:00'],
  ];
  for (const [name, value] of objects) {
    ask(`new Date(${name})`, () => new Date(value as never).getTime());
    ask(`Date.parse(${name})`, () => Date.parse(value as never));
  }
  class Own extends Date {
    more() {
      return this.getHours();
    }
  }
  ask('a subclass', () => [
    new Own(0).more(),
    new Own(2020, 1, 1).toString(),
    new Own('2020-01-01 10:00') instanceof Date,
    `${new Own(0)}`,
  ]);
  ask('Date itself', () => [
    Date.name,
    Date.length,
    new Date(0).constructor === Date,
    Object.keys(Date),
    Object.keys(Date.prototype),
    Date.prototype.constructor === Date,
  ]);
  for (const name of ['getHours', 'toString', 'toLocaleString', 'getTimezoneOffset', 'setYear'] as const)
    ask(`${name} of no date`, () => {
      try {
        return call({ [name]: (Date.prototype as never as Record<string, unknown>)[name] } as never, name, 1);
      } catch (error) {
        return error instanceof TypeError;
      }
    });

  const locales: readonly unknown[] = [
    undefined,
    [],
    'en-US',
    'en',
    'de',
    'de-CH',
    'tr',
    'ja-JP',
    'ar-EG',
    'xx',
    ['xx', 'fr'],
    ['xx'],
    'en-GB',
    'th-TH-u-nu-thai',
    'i-klingon',
    'x',
    null,
    {},
    5,
    'zh-Hant-TW',
    'sr-Latn',
    'no',
    'tl',
  ];
  const options: readonly unknown[] = [
    undefined,
    {},
    { timeZone: 'Asia/Kolkata' },
    { timeZone: undefined },
    { dateStyle: 'full' },
    { dateStyle: 'short', timeStyle: 'long' },
    { timeStyle: 'full', timeZone: 'America/New_York' },
    { month: 'long' },
    { weekday: 'short', hour: 'numeric' },
    { timeZoneName: 'long' },
    { timeZoneName: 'short' },
    { hour12: false },
    { era: 'long' },
    null,
    { timeZone: 'Nowhere' },
    { fractionalSecondDigits: 2, second: 'numeric' },
    { dayPeriod: 'long' },
    { calendar: 'hebrew' },
  ];
  const some = [0, 1_585_443_600_000, -2_208_988_800_000, Number.NaN];
  for (const locale of locales)
    for (const option of options) {
      const time = any(some);
      const name = `${JSON.stringify(locale)}, ${JSON.stringify(option)}, ${time}`;
      for (const method of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'])
        ask(`${method}(${name})`, () => call(new Date(time), method, locale, option));
      ask(`DateTimeFormat(${name})`, () => {
        const format = new Intl.DateTimeFormat(locale as string, option as object);
        const { locale: told, timeZone } = format.resolvedOptions();
        return [told, timeZone, format.format(5e11), format.formatToParts(5e11).length, format.formatRange(0, 5e11)];
      });
    }
  const numbers = [0, -0, 1234.5, -1e21, 0.000_001, Number.NaN, Number.POSITIVE_INFINITY, 12_345_678_901];
  const styles: readonly unknown[] = [
    undefined,
    {},
    { style: 'percent' },
    { style: 'currency', currency: 'EUR' },
    { notation: 'compact' },
    { style: 'unit', unit: 'liter' },
    { minimumFractionDigits: 3 },
    { style: 'nothing' },
  ];
  for (const locale of locales) {
    for (const style of styles)
      for (const number of numbers) {
        ask(`${number}.toLocaleString(${JSON.stringify([locale, style])})`, () =>
          number.toLocaleString(locale as string, style as object),
        );
        ask(`NumberFormat(${JSON.stringify([locale, style])})`, () =>
          new Intl.NumberFormat(locale as string, style as object).format(number),
        );
      }
    const name = JSON.stringify(locale);
    ask(`bigint ${name}`, () => 12_345_678n.toLocaleString(locale as string));
    for (const [a, b] of [
      ['a', 'B'],
      ['ä', 'z'],
      ['i', 'I'],
      ['ı', 'i'],
      ['résumé', 'resume'],
      ['10', '9'],
      ['ll', 'lz'],
      ['', 'a'],
    ] as const) {
      ask(`${a}.localeCompare(${b}, ${name})`, () => a.localeCompare(b, locale as string));
      ask(`${a}.localeCompare(${b}, ${name}, numeric)`, () =>
        a.localeCompare(b, locale as string, { numeric: true, sensitivity: 'base' }),
      );
      ask(`Collator(${name}) ${a} ${b}`, () => new Intl.Collator(locale as string).compare(a, b));
    }
    for (const text of ['TITLE iI ıİ', 'ÀÉ ß ǅ', 'ΑΣ'])
      ask(`cases of ${text} in ${name}`, () => [
        text.toLocaleLowerCase(locale as string),
        text.toLocaleUpperCase(locale as string),
      ]);
    ask(`PluralRules(${name})`, () => [1, 2, 5].map((n) => new Intl.PluralRules(locale as string).select(n)));
    ask(`ordinals(${name})`, () =>
      [1, 2, 3, 4].map((n) => new Intl.PluralRules(locale as string, { type: 'ordinal' }).select(n)),
    );
    ask(`RelativeTimeFormat(${name})`, () =>
      new Intl.RelativeTimeFormat(locale as string, { numeric: 'auto' }).format(-1, 'day'),
    );
    ask(`ListFormat(${name})`, () => new Intl.ListFormat(locale as string).format(['a', 'b', 'c']));
    ask(`DisplayNames(${name})`, () => new Intl.DisplayNames(locale as string, { type: 'region' }).of('DE'));
    ask(
      `Segmenter(${name})`,
      () => [...new Intl.Segmenter(locale as string, { granularity: 'word' }).segment('a b, c.')].length,
    );
    ask(`lists in ${name}`, () => [
      ([1234.5, new Date(0)] as unknown[] as { toLocaleString(l: unknown): string }).toLocaleString(locale),
      (Float64Array.of(1234.5, 2) as never as { toLocaleString(l: unknown): string }).toLocaleString(locale),
    ]);
    for (const kind of [
      'DateTimeFormat',
      'NumberFormat',
      'Collator',
      'PluralRules',
      'RelativeTimeFormat',
      'ListFormat',
      'Segmenter',
    ] as const)
      ask(`${kind}(${name}).resolvedOptions()`, () =>
        new (Intl[kind] as new (l: unknown) => Intl.NumberFormat)(locale).resolvedOptions(),
      );
  }
  ask('lists', () => ([1234.5, new Date(0), 5n, null, 'x'] as unknown[]).toLocaleString());
  ask('numbers', () => Float64Array.of(1234.5, 2).toLocaleString());
  ask('without new', () => [
    Intl.DateTimeFormat().resolvedOptions().locale,
    Intl.NumberFormat().format(1e6),
    Intl.Collator().compare('a', 'B'),
  ]);
  ask('plurals without new', () => (Intl.PluralRules as never as () => unknown)());
  ask('sorted', () =>
    ['b', 'ä', 'A', 'z', 'ı', 'i', 'I'].sort(Intl.Collator().compare).sort((a, b) => a.localeCompare(b)),
  );
  ask('format is bound', () => [0, 1e11].map(new Intl.DateTimeFormat().format));
  ask('the same function', () => {
    const format = new Intl.DateTimeFormat();
    return format.format === format.format;
  });
  ask('names', () => [
    Object.getOwnPropertyNames(Intl).length,
    Intl.DateTimeFormat.name,
    Intl.DateTimeFormat.length,
    Intl.NumberFormat.prototype.constructor === Intl.NumberFormat,
    new Intl.NumberFormat() instanceof Intl.NumberFormat,
  ]);
  class Short extends Intl.DateTimeFormat {
    constructor() {
      super(undefined, { dateStyle: 'short' });
    }
  }
  ask('a subclass of a format', () => [
    new Short().format(0),
    new Short() instanceof Short,
    new Short().resolvedOptions().timeZone,
  ]);
  ask('supported', () => Intl.DateTimeFormat.supportedLocalesOf(['de', 'xx', 'en']));
  ask('normal forms', () => ['ﬁ', 'é'].map((each) => each.normalize('NFKD').length));
  return answers;
};
