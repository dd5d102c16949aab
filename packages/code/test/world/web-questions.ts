/** Asks what the language lacks and platforms have; told by its text, so that it can be asked in Node and in a world. */
export const webQuestions = async (): Promise<string[]> => {
  const answers: string[] = [];
  const show = (value: unknown): unknown => {
    if (typeof value === 'function') return 'function';
    if (typeof value !== 'object' || value === null)
      return Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`;
    if (Array.isArray(value)) return value.map(show);
    if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${Array.from(value as Uint8Array)}`;
    if (value instanceof Map || value instanceof Set) return [value.constructor.name, ...[...value].map(show)];
    if (value instanceof Date || value instanceof RegExp) return `${value.constructor.name} ${String(value)}`;
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, show(each)]));
  };
  const ask = async (name: string, tell: () => unknown) => {
    try {
      answers.push(`${name} = ${JSON.stringify(show(await tell()))}`);
    } catch (error) {
      const { name: kind, message, code } = error as Error & { code?: unknown };
      answers.push(`${name} ! ${kind} ${/^(Invalid URL|.*option.*)$/.test(message) ? message : ''} ${String(code)}`);
    }
  };

  const urls = [
    'http://a.b/c?d=e#f',
    'HTTP://User:pa%20ss@EXAMPLE.com:80/../x/./y?q=ä ö#ü',
    'https://ex.com:443',
    'file:///a/b c',
    'mailto:x@y',
    'data:text/plain,hi',
    '//x/y',
    '/p',
    '?q',
    '#h',
    '',
    'x',
    'http://',
    'http://münchen.de/ß',
    'http://1.2.3',
    'http://[::1]:3000/',
    'javascript:1',
    'http://a b/',
    'urn:x:y',
  ];
  const parts = [
    'href',
    'origin',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'hash',
  ] as const;
  for (const input of urls)
    for (const base of [undefined, 'http://base.org/a/b?c#d', 'nothing']) {
      await ask(`new URL(${input}, ${base})`, () => parts.map((name) => new URL(input, base)[name]));
      await ask(`URL.canParse(${input}, ${base})`, () => URL.canParse(input, base));
    }
  for (const name of parts.filter((each) => each !== 'origin'))
    for (const value of ['https:', 'x', 'ä b', '8080', '99999', '?a=b&c', '#z', '/../q', '', 'http://new/'])
      await ask(`url.${name} = ${value}`, () => {
        const url = new URL('http://u:p@h.org:81/a?b=c#d');
        url[name] = value;
        return [url.href, [...url.searchParams]];
      });
  await ask('search params of an address', () => {
    const url = new URL('http://a/?x=1&y=2&x=3');
    url.searchParams.append('z', 'ä &=+');
    url.searchParams.delete('y');
    url.searchParams.sort();
    return [
      String(url),
      url.toJSON(),
      JSON.stringify({ url }),
      url.searchParams === url.searchParams,
      Object.prototype.toString.call(url),
      `${url.searchParams}`,
    ];
  });
  for (const given of [
    'a=1&b=2&a=3',
    '?x',
    '',
    'a=%zz&b=+%20',
    'ä=ö&&=',
    [
      ['a', '1'],
      ['b', '2'],
    ],
    { a: 1, b: 'x y' },
    new Map([['m', '1']]),
    [['a']],
    null,
    5,
  ])
    await ask(`URLSearchParams(${JSON.stringify(given)})`, () => {
      const params = new URLSearchParams(given as string);
      return [
        [...params],
        params.size,
        params.get('a'),
        params.get('q'),
        params.getAll('a'),
        params.has('b'),
        params.has('a', '1'),
        String(params),
        [...params.keys()],
        [...params.values()],
      ];
    });
  await ask('params change', () => {
    const params = new URLSearchParams('a=1&b=2&a=3');
    params.set('a', '9');
    params.set('n', '\ud800');
    params.delete('b', '3');
    const seen: unknown[] = [];
    params.forEach((value, name) => {
      seen.push(name, value);
    });
    return [String(params), seen];
  });

  const texts = ['', 'abc', 'äöü', '€𝄞', '\ud800x', '\0\x7f'];
  for (const text of texts) {
    await ask(`encode ${JSON.stringify(text)}`, () => new TextEncoder().encode(text));
    await ask(`decode ${JSON.stringify(text)}`, () => new TextDecoder().decode(new TextEncoder().encode(text)));
    await ask(`encode into ${JSON.stringify(text)}`, () => {
      const bytes = new Uint8Array(4);
      return [new TextEncoder().encodeInto(text, bytes), bytes];
    });
    await ask(`btoa ${JSON.stringify(text)}`, () => btoa(text));
    await ask(`structuredClone ${JSON.stringify(text)}`, () => structuredClone(text));
  }
  for (const text of ['aGk=', 'aGk', 'a', 'a===', ' a G k = ', '*', '', 'aGk=='])
    await ask(`atob ${text}`, () => atob(text));
  for (const label of ['utf8', 'UTF-8', 'latin1', 'utf-16le', 'windows-1252', 'iso-8859-2', 'x'])
    await ask(`TextDecoder ${label}`, () => [
      new TextDecoder(label).encoding,
      new TextDecoder(label).decode(Uint8Array.of(0xe4, 0x80, 65, 0)),
    ]);
  await ask('decode fatally', () => new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xff)));
  await ask('decode with a mark', () => [
    new TextDecoder().decode(Uint8Array.of(0xef, 0xbb, 0xbf, 65)),
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.of(0xef, 0xbb, 0xbf, 65)).length,
  ]);
  await ask('decode pieces', () => {
    const decoder = new TextDecoder();
    return [
      decoder.decode(Uint8Array.of(0xe2, 0x82), { stream: true }),
      decoder.decode(Uint8Array.of(0xac, 65), { stream: true }),
      decoder.decode(),
    ];
  });
  await ask('decode a view', () => new TextDecoder().decode(new DataView(Uint8Array.of(65, 66, 67).buffer, 1)));
  await ask('decode no bytes', () => new TextDecoder().decode('x' as never));

  const circle: Record<string, unknown> = {
    a: [1, , new Date(5), /x/gi, 10n, null, undefined, new Map([[1, { z: new Set(['q']) }]])],
    b: Float32Array.of(1, 2),
    c: new Error('x'),
  };
  circle['self'] = circle['b'];
  await ask('structuredClone of much', () => {
    const copy = structuredClone(circle);
    return [copy, copy['self'] === copy['b'], copy['b'] !== circle['b'], 1 in (copy['a'] as object)];
  });
  await ask('structuredClone of a circle', () => {
    const one: Record<string, unknown> = {};
    one['own'] = one;
    const copy = structuredClone(one);
    return copy['own'] === copy;
  });
  for (const value of [() => {}, Symbol('x'), new WeakMap(), Promise.resolve(), { f: () => {} }, [Symbol('y')]])
    await ask('structuredClone of what cannot', () => structuredClone(value));
  await ask('structuredClone of a class', () => {
    class Own {
      x = 1;
      get y() {
        return 2;
      }
    }
    const copy = structuredClone(new Own());
    return [
      copy,
      copy instanceof Own,
      structuredClone(Object(5)),
      structuredClone(new TypeError('t')) instanceof TypeError,
    ];
  });

  await ask('an event', () => {
    const event = new Event('x', { cancelable: true });
    const seen: unknown[] = [];
    const target = new EventTarget();
    const listener = (given: Event) =>
      seen.push(given.type, given.target === target, given.eventPhase, given.currentTarget === target);
    target.addEventListener('x', listener);
    target.addEventListener('x', listener);
    target.addEventListener('x', { handleEvent: (given: Event) => given.preventDefault() }, { once: true });
    target.addEventListener('x', (given) => given.stopImmediatePropagation());
    target.addEventListener('x', () => seen.push('never'));
    seen.push(
      target.dispatchEvent(event),
      event.defaultPrevented,
      target.dispatchEvent(new Event('x', { cancelable: true })),
    );
    target.removeEventListener('x', listener);
    target.dispatchEvent(new Event('x'));
    return [
      seen,
      event.target === target,
      event.eventPhase,
      event.bubbles,
      event.composed,
      event.isTrusted,
      new CustomEvent('c', { detail: 5 }).detail,
    ];
  });
  await ask('abort', async () => {
    const controller = new AbortController();
    const seen: unknown[] = [];
    controller.signal.addEventListener('abort', (event) => seen.push(event.type));
    controller.signal.onabort = () => seen.push('on');
    controller.abort();
    controller.abort();
    const { reason } = controller.signal;
    try {
      controller.signal.throwIfAborted();
    } catch (error) {
      seen.push(error === reason);
    }
    const timeout = AbortSignal.timeout(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return [
      seen,
      controller.signal.aborted,
      reason.name,
      reason.message,
      reason.code,
      reason instanceof Error,
      reason instanceof DOMException,
      AbortSignal.abort(7).reason,
      timeout.aborted,
      timeout.reason.name,
      AbortSignal.any([timeout, new AbortController().signal]).aborted,
    ];
  });
  await ask('new AbortSignal', () => new (AbortSignal as never as new () => unknown)());
  await ask('a DOMException', () => {
    const one = new DOMException('m', 'AbortError');
    return [
      one.name,
      one.message,
      one.code,
      String(one),
      one instanceof Error,
      new DOMException().name,
      new DOMException('x', 'DataCloneError').code,
      Object.prototype.toString.call(one),
    ];
  });

  await ask('headers', () => {
    const headers = new Headers({ 'X-B': ' 2 ', a: '1' });
    headers.append('A', '3');
    headers.append('Set-Cookie', 'x');
    headers.append('set-cookie', 'y');
    headers.set('z', '9');
    headers.delete('x-b');
    return [
      [...headers],
      headers.get('a'),
      headers.get('none'),
      headers.has('Z'),
      headers.getSetCookie(),
      [...new Headers([['q', '1']])],
      [...new Headers(headers)].length,
      [...headers.keys()],
    ];
  });
  await ask('a wrong header', () => new Headers({ 'a b': '1' }));
  await ask('form data', () => {
    const data = new FormData();
    data.append('a', '1');
    data.append('a', '2');
    data.append('b', 5 as never);
    data.set('a', '3');
    return [[...data], data.get('a'), data.getAll('b'), data.has('c'), data.get('c')];
  });
  await ask('blobs', async () => {
    const blob = new Blob(['aä', Uint8Array.of(65), new Blob(['z'])], { type: 'Text/Plain' });
    return [
      blob.size,
      blob.type,
      await blob.text(),
      new Uint8Array(await blob.arrayBuffer()),
      await blob.slice(1, 3).text(),
      await blob.slice(-2).text(),
      String(blob),
    ];
  });
  await ask('files', () => {
    const file = new File(['x'], 'n.txt', { lastModified: 5, type: 'a/b' });
    return [file.name, file.size, file.lastModified, file.type, file instanceof Blob];
  });
  await ask('order of what waits', async () => {
    const seen: unknown[] = [];
    setTimeout(() => seen.push('20'), 20);
    setTimeout(() => seen.push('5'), 5);
    setTimeout((a: number, b: number) => seen.push('given', a, b), 6, 1, 2);
    const stopped = setTimeout(() => seen.push('never'), 7);
    clearTimeout(stopped);
    queueMicrotask(() => seen.push('micro'));
    void Promise.resolve().then(() => seen.push('then'));
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const every = setInterval(() => {
        seen.push('tick');
        if (++ticks < 2) return;
        clearInterval(every);
        resolve();
      }, 30);
    });
    return seen;
  });
  await ask('timers that are none', () => setTimeout('x' as never, 1));
  await ask('kinds', () => [
    typeof setImmediate,
    typeof fetch,
    typeof Reflect,
    typeof globalThis,
    typeof global,
    typeof (globalThis as Record<string, unknown>)['self'],
    typeof (globalThis as Record<string, unknown>)['window'],
    typeof (globalThis as Record<string, unknown>)['define'],
  ]);
  return answers;
};
