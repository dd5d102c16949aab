/** Asks Node's pure modules; told by its text, so that it can be asked in Node and in a world. */
export const moduleQuestions = async (require: (name: string) => any): Promise<string[]> => {
  const answers: string[] = [];
  const { Buffer } = require('buffer');
  const show = (value: any, deep = 0): unknown => {
    if (deep > 6) return '…';
    if (typeof value === 'function') return 'function';
    if (typeof value !== 'object' || value === null)
      return Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`;
    if (Buffer.isBuffer(value)) return `Buffer ${value.toString('hex')}`;
    if (Array.isArray(value)) return value.map((each) => show(each, deep + 1));
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, show(each, deep + 1)]));
  };
  const ask = async (name: string, tell: () => unknown) => {
    try {
      answers.push(`${name} = ${JSON.stringify(show(await tell()))}`);
    } catch (error: any) {
      answers.push(`${name} ! ${error?.name} ${String(error?.code)}`);
    }
  };

  const path = require('path');
  const paths = [
    '',
    '/',
    'a',
    '/a/b.c',
    'a/../b',
    '../x',
    './y/',
    '/a//b/./c/..',
    '.bashrc',
    'x.tar.gz',
    'C:\\x\\y.txt',
    '/a/b/',
    'a.b.',
    5,
    undefined,
  ];
  for (const one of paths) {
    for (const name of ['normalize', 'isAbsolute', 'dirname', 'basename', 'extname', 'parse'])
      await ask(`path.${name}(${one})`, () => path[name](one));
    for (const name of ['normalize', 'dirname', 'basename', 'parse'])
      await ask(`path.win32.${name}(${one})`, () => path.win32[name](one));
    for (const other of paths) {
      await ask(`path.join(${one}, ${other})`, () => path.join(one, other));
      await ask(`path.resolve(/r, ${one}, ${other})`, () => path.resolve('/r', one, other));
      await ask(`path.relative(/${one}, /${other})`, () => path.relative(`/${one}`, `/${other}`));
      await ask(`path.basename(${one}, ${other})`, () => path.basename(one, other));
    }
  }
  for (const parts of [
    { dir: '/a', base: 'b.c' },
    { root: '/', name: 'x', ext: '.y' },
    { name: 'x', ext: 'y' },
    { root: '/', dir: '/', base: 'q' },
    {},
  ])
    await ask(`path.format(${JSON.stringify(parts)})`, () => path.format(parts));
  await ask('path itself', () => [
    path.sep,
    path.delimiter,
    path.posix === path,
    path.win32.sep,
    require('node:path') === path,
    require('path/posix') === path,
  ]);

  const querystring = require('querystring');
  for (const text of [
    'a=1&b=2&a=3',
    '',
    'a',
    '=b',
    'a=&&b',
    'x=%zz&y=%E4',
    'p+q=r+s',
    'ä=ö',
    'a=b=c',
    '__proto__=1',
    5,
  ])
    await ask(`querystring.parse(${text})`, () => querystring.parse(text));
  await ask('querystring.parse with others', () => [
    querystring.parse('a:1;b:2', ';', ':'),
    querystring.parse('a=1&b=2', null, null, { maxKeys: 1 }),
    querystring.parse('a=1', '&', '=', { decodeURIComponent: (each: string) => `${each}!` }),
  ]);
  for (const value of [
    { a: 1, b: ['x', 'y z'], c: true, d: null, e: undefined, f: Number.NaN, g: 5n, h: {} },
    {},
    null,
    'x',
    { "ä(!)*'~": '-_.' },
  ])
    await ask('querystring.stringify', () => querystring.stringify(value));

  const punycode = require('punycode');
  for (const text of ['mañana', 'bücher', '☃-⌘', 'abc', '', 'Ünïcödé', '𝄞x', '日本語']) {
    await ask(`punycode ${text}`, () => [
      punycode.encode(text),
      punycode.decode(punycode.encode(text)),
      punycode.toASCII(`${text}.com`),
      punycode.toUnicode(punycode.toASCII(`x@${text}.com`)),
      punycode.ucs2.decode(text),
    ]);
  }
  await ask('punycode of nothing', () => punycode.decode('x-ä'));

  const url = require('url');
  const addresses = [
    'http://a.b:80/c?d=e#f',
    '/p?q=1',
    'mailto:x@y',
    '//h/p',
    'HTTP://U:P@H/',
    'x',
    '',
    'http://a.b/c d',
    'javascript:alert(1)',
    'http://ä.de',
  ];
  for (const text of addresses) {
    await ask(`url.parse(${text})`, () => ({ ...url.parse(text) }));
    await ask(`url.parse(${text}, true)`, () => ({ ...url.parse(text, true, true).query }));
    await ask(`url.format(${text})`, () => [url.format(text), url.parse(text).format(), url.parse(text).href]);
    for (const to of addresses) await ask(`url.resolve(${text}, ${to})`, () => url.resolve(text, to));
  }
  await ask('url.format of parts', () => [
    url.format({ protocol: 'http', host: 'x', pathname: 'y', query: { a: [1, 2] } }),
    url.format(new url.URL('http://u:p@x/y#z'), { auth: false, fragment: false }),
  ]);
  await ask('paths and addresses', () => [
    url.fileURLToPath('file:///a%20b/c'),
    url.pathToFileURL('/a b#c').href,
    url.domainToASCII('ä.de'),
    url.domainToUnicode('xn--4ca.de'),
    url.fileURLToPath('http://x'),
  ]);

  const util = require('util');
  class Own {
    x = 1;
  }
  const values = [
    1,
    -0,
    "a'b",
    null,
    undefined,
    true,
    5n,
    Symbol('s'),
    [1, [2, [3, [4]]]],
    { a: { b: { c: { d: 1 } } } },
    new Date(0),
    /x/g,
    new Map([[1, { a: 1 }]]),
    new Set([1]),
    new Own(),
    [, 1],
    () => 1,
    class A {},
    Uint8Array.of(1),
    {
      get a() {
        return 1;
      },
    },
    'x'.repeat(200),
    Array.from({ length: 120 }, (_, at) => at),
    Object.create(null),
    new Proxy({}, {}),
    [undefined, null],
    { 'a-b': 1, [Symbol('k')]: 2 },
    new WeakMap(),
    Object(1),
    [['a', 1]].entries(),
  ];
  for (const [at, value] of values.entries()) {
    await ask(`util.inspect ${at}`, () => [
      util.inspect(value),
      util.inspect(value, { depth: 0 }),
      util.inspect(value, { compact: false, sorted: true }),
    ]);
    await ask(`util.format ${at}`, () =>
      typeof value === 'function'
        ? ''
        : [util.format('%s', value), util.format('%j %d %i %o', value, 1.5, 1.5, 'x'), util.format(value, value)],
    );
    for (const name of [
      'isDate',
      'isRegExp',
      'isMap',
      'isSet',
      'isPromise',
      'isProxy',
      'isTypedArray',
      'isUint8Array',
      'isBoxedPrimitive',
      'isAsyncFunction',
    ])
      await ask(`util.types.${name} ${at}`, () => util.types[name](value));
    for (const [other, more] of values.entries())
      await ask(`util.isDeepStrictEqual ${at} ${other}`, () => util.isDeepStrictEqual(value, more));
  }
  await ask('util', async () => {
    const read = util.promisify((given: number, done: (error: unknown, value?: number) => void) =>
      given > 0 ? done(null, given + 1) : done(new Error('no')),
    );
    const seen: unknown[] = [await read(1), await read(0).catch((error: Error) => error.message)];
    function Above() {}
    function Below() {}
    Above.prototype.hi = () => 'hi';
    util.inherits(Below, Above);
    seen.push(
      new (Below as any)().hi(),
      (Below as any).super_ === Above,
      util.deprecate((x: number) => x, 'old')(3),
      util.stripVTControlCharacters('\u001b[31mx\u001b[0m'),
      util.inspect.custom,
      util.promisify.custom,
      util.isArray([]),
      util.types.isDate({}),
      typeof util.debuglog('x'),
    );
    await new Promise<void>((resolve) =>
      util.callbackify(async () => 5)((error: unknown, value: number) => resolve(void seen.push(error, value))),
    );
    return seen;
  });

  const { EventEmitter, once } = require('events');
  await ask('events', async () => {
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    const listener = (...given: unknown[]) => seen.push(['a', ...given]);
    emitter.on('newListener', (name: string) => seen.push(`new ${name}`));
    emitter.on('removeListener', (name: string) => seen.push(`less ${name}`));
    emitter
      .on('a', listener)
      .once('a', () => seen.push('once'))
      .prependListener('a', () => seen.push('first'));
    seen.push(
      emitter.emit('a', 1, 2),
      emitter.emit('a'),
      emitter.emit('none'),
      emitter.listenerCount('a'),
      emitter.eventNames(),
      emitter.listeners('a').length,
    );
    emitter.off('a', listener).removeListener('a', listener);
    seen.push(emitter.rawListeners('a').length, emitter.getMaxListeners());
    emitter.setMaxListeners(3).removeAllListeners('a');
    seen.push(emitter.getMaxListeners(), emitter.listenerCount('a'), Object.keys(new EventEmitter()));
    const soon = once(emitter, 'b');
    emitter.emit('b', 7, 8);
    seen.push(await soon);
    class Own extends EventEmitter {}
    function Old(this: unknown) {
      EventEmitter.call(this);
    }
    util.inherits(Old, EventEmitter);
    const old = new (Old as any)();
    old.on('x', () => seen.push('old'));
    old.emit('x');
    const own = new Own();
    seen.push(
      own instanceof EventEmitter,
      require('events') === EventEmitter,
      EventEmitter.defaultMaxListeners,
      EventEmitter.name,
    );
    return seen;
  });
  await ask('an error event', () => new EventEmitter().emit('error', new TypeError('t')));
  await ask('an error event without error', () => new EventEmitter().emit('error', 'x'));
  await ask('no listener', () => new EventEmitter().on('x', 5));

  for (const text of ['', 'abc', 'äöü€𝄞', 'aGk=', '00ff', '\ud800'])
    for (const encoding of [
      'utf8',
      'hex',
      'base64',
      'base64url',
      'latin1',
      'ascii',
      'utf16le',
      'binary',
      undefined,
      'x',
    ]) {
      await ask(`Buffer.from(${JSON.stringify(text)}, ${encoding})`, () => {
        const bytes = Buffer.from(text, encoding);
        return [
          bytes,
          bytes.length,
          bytes.toString(),
          bytes.toString('hex'),
          Buffer.byteLength(text, encoding),
          bytes.toString(encoding, 1, 3),
          JSON.stringify(bytes),
        ];
      });
    }
  await ask('buffers', () => {
    const bytes = Buffer.from([1, 2, 255, 256, -1]);
    const copy = Buffer.from(bytes);
    copy[0] = 9;
    return [
      bytes,
      copy,
      Buffer.alloc(3),
      Buffer.alloc(5, 'ab'),
      Buffer.alloc(4, 7),
      Buffer.concat([bytes, copy], 7),
      Buffer.compare(bytes, copy),
      bytes.equals(copy),
      bytes.slice(1, -1),
      bytes.subarray(2),
      Buffer.isBuffer(bytes),
      Buffer.isBuffer(Uint8Array.of(1)),
      Buffer.isEncoding('UTF8'),
      Buffer.isEncoding('q'),
      bytes.indexOf(255),
      bytes.includes(3),
      Buffer.from('abcabc').lastIndexOf('bc'),
      Buffer.from('abcabc').indexOf('c', 3),
      Buffer.from('abc').indexOf(''),
      bytes instanceof Uint8Array,
      Buffer.from(Uint16Array.of(1, 300).buffer),
      Buffer.from({ length: 2, 0: 5, 1: 6 }),
      Buffer.from(JSON.parse(JSON.stringify(bytes))),
      Buffer.from(new String('x')),
      Buffer.from('abcd').swap16().toString(),
      [...Buffer.from('ab').entries()],
      Buffer.from('ab').map((each: number) => each + 1),
      `${Buffer.from('hi')}`,
    ];
  });
  for (const bad of [5, null, undefined, {}]) await ask(`Buffer.from(${bad})`, () => Buffer.from(bad));
  await ask('buffers are written', () => {
    const bytes = Buffer.alloc(16);
    const seen = [
      bytes.write('äb', 1),
      bytes.write('ff00', 4, 'hex'),
      bytes.write('xyz', 6, 2),
      bytes.copy(bytes, 8, 0, 4),
      bytes.fill('q', 12, 14),
      bytes.fill(0x141, 15),
    ];
    return [seen.slice(0, 4), bytes];
  });
  for (const [name, value, size] of [
    ['Int8', -5, 1],
    ['UInt8', 250, 1],
    ['Int16LE', -300, 2],
    ['UInt16BE', 65_000, 2],
    ['Int32BE', -70_000, 4],
    ['UInt32LE', 4e9, 4],
    ['FloatLE', 1.5, 4],
    ['DoubleBE', Math.PI, 8],
    ['BigInt64LE', -5n, 8],
    ['BigUInt64BE', 5n, 8],
  ] as const)
    await ask(`numbers ${name}`, () => {
      const bytes = Buffer.alloc(10);
      return [
        bytes[`write${name}`](value, 1),
        bytes,
        bytes[`read${name}`](1),
        typeof bytes[`read${name.replace('UInt', 'Uint')}`],
        bytes[`read${name}`](10 - size),
      ];
    });
  await ask('a number out of range', () => Buffer.alloc(2).readInt32LE(0));
  for (const name of ['IntLE', 'UIntBE', 'IntBE', 'UIntLE'])
    for (const size of [1, 3, 6])
      await ask(`${name} of ${size}`, () => {
        const bytes = Buffer.alloc(8);
        const value = name.startsWith('U') ? 200 : -100;
        return [bytes[`write${name}`](value, 1, size), bytes, bytes[`read${name}`](1, size)];
      });

  const { StringDecoder } = require('string_decoder');
  for (const encoding of ['utf8', 'utf16le', 'base64', 'hex', 'latin1', 'UCS-2'])
    await ask(`StringDecoder ${encoding}`, () => {
      const bytes = Buffer.from('aä€𝄞!', encoding === 'utf16le' || encoding === 'UCS-2' ? 'utf16le' : 'utf8');
      return [1, 2, 3, 5].map((size) => {
        const decoder = new StringDecoder(encoding);
        const told: string[] = [];
        for (let at = 0; at < bytes.length; at += size) told.push(decoder.write(bytes.subarray(at, at + size)));
        // A half of a sign may come with the next piece: Node's own are not alike.
        const end = decoder.end();
        return [encoding === 'utf8' ? told : '', told.join('') + end, decoder.encoding];
      });
    });

  const assert = require('assert');
  for (const [name, given] of Object.entries<any[]>({
    ok: [0],
    equal: [1, '1'],
    strictEqual: [1, '1'],
    deepEqual: [{ a: [1] }, { a: ['1'] }],
    deepStrictEqual: [{ a: [1] }, { a: ['1'] }],
    notEqual: [1, 1],
    match: ['abc', /b/],
    fail: ['m'],
    ifError: [null],
    notDeepStrictEqual: [[1], [1]],
  }))
    await ask(`assert.${name}`, () => assert[name](...given));
  await ask('assert throws', async () => {
    const thrower = () => {
      throw new TypeError('bad thing');
    };
    assert.throws(thrower);
    assert.throws(thrower, TypeError);
    assert.throws(thrower, /bad/);
    assert.throws(thrower, { message: 'bad thing', name: 'TypeError' });
    await assert.rejects(Promise.reject(new Error('x')), /x/);
    assert(true);
    return [assert.strict === assert.strict.strict, assert.strict.equal === assert.strict.strictEqual];
  });
  await ask('assert throws another', () =>
    assert.throws(() => {
      throw new TypeError('bad');
    }, RangeError),
  );
  await ask('assert throws nothing', () => assert.throws(() => {}));
  await ask('an AssertionError', () => {
    try {
      assert.strictEqual(1, 2, 'mine');
    } catch (error: any) {
      return [
        error.message.split('\n')[0],
        error.actual,
        error.expected,
        error.operator,
        error.generatedMessage,
        error instanceof assert.AssertionError,
        error instanceof Error,
      ];
    }
    return undefined;
  });

  const crypto = require('crypto');
  for (const name of ['md5', 'sha1', 'sha256', 'sha512', 'SHA256', 'nothing'])
    await ask(`crypto ${name}`, () => {
      const hash = crypto.createHash(name).update('aä').update(Uint8Array.of(1, 2)).update('00ff', 'hex');
      return [hash.copy().digest('hex'), hash.digest(), crypto.createHmac(name, 'key').update('x').digest('base64')];
    });
  await ask('a digest twice', () => {
    const hash = crypto.createHash('md5');
    hash.digest();
    return hash.digest();
  });
  await ask('more of crypto', () => [crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a'))]);

  const zlib = require('zlib');
  for (const name of ['gzip', 'deflate', 'deflateRaw', 'brotliCompress'])
    await ask(`zlib.${name}Sync`, () => {
      const packed = zlib[`${name}Sync`]('hello hello hello '.repeat(20));
      const back =
        name === 'gzip'
          ? 'gunzip'
          : name === 'deflate'
            ? 'inflate'
            : name === 'deflateRaw'
              ? 'inflateRaw'
              : 'brotliDecompress';
      return [packed, zlib[`${back}Sync`](packed).toString(), zlib[`${back}Sync`](new Uint8Array(packed)).length];
    });
  await ask('zlib', () => [
    zlib.gzipSync('x', { level: 9 }).length,
    zlib.constants.Z_BEST_SPEED,
    zlib.Z_BEST_SPEED,
    zlib.inflateSync('nothing'),
  ]);
  return answers;
};
