/** Names in other scripts as RFC 3492 writes them. */
export const punycode = () => {
  const [BASE, T_MIN, T_MAX, SKEW, DAMP] = [36, 1, 26, 38, 700];
  const fail = (message: string): never => {
    throw new RangeError(message);
  };
  const adapt = (given: number, points: number, first: boolean) => {
    let delta = first ? Math.floor(given / DAMP) : given >> 1;
    delta += Math.floor(delta / points);
    let k = 0;
    for (; delta > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) delta = Math.floor(delta / (BASE - T_MIN));
    return Math.floor(k + ((BASE - T_MIN + 1) * delta) / (delta + SKEW));
  };
  const threshold = (k: number, bias: number) => Math.min(Math.max(k - bias, T_MIN), T_MAX);
  const digit = (value: number) => String.fromCharCode(value < 26 ? value + 97 : value + 22);
  const digitValue = (code: number) => {
    if (code >= 48 && code < 58) return code - 22;
    if (code >= 65 && code < 91) return code - 65;
    return code >= 97 && code < 123 ? code - 97 : fail('Invalid input');
  };
  const decode = (text: string) => {
    const last = Math.max(text.lastIndexOf('-'), 0);
    const points = [...text.slice(0, last)].map((sign) =>
      sign.charCodeAt(0) < 128 ? sign.charCodeAt(0) : fail('Illegal input >= 0x80 (not a basic code point)'),
    );
    let [n, i, bias] = [128, 0, 72];
    for (let at = last > 0 ? last + 1 : 0; at < text.length; ) {
      const before = i;
      for (let [w, k] = [1, BASE]; ; k += BASE) {
        const value = at < text.length ? digitValue(text.charCodeAt(at++)) : fail('Invalid input');
        i += value * w;
        const t = threshold(k, bias);
        if (value < t) break;
        w *= BASE - t;
      }
      bias = adapt(i - before, points.length + 1, before === 0);
      n += Math.floor(i / (points.length + 1));
      i %= points.length + 1;
      points.splice(i++, 0, n);
    }
    return String.fromCodePoint(...points);
  };
  const encode = (text: string) => {
    const points = [...text].map((sign) => sign.codePointAt(0) as number);
    const basic = points.filter((point) => point < 128);
    let told = basic.map((point) => String.fromCharCode(point)).join('');
    if (told) told += '-';
    let [n, delta, bias, handled] = [128, 0, 72, basic.length];
    while (handled < points.length) {
      const next = Math.min(...points.filter((point) => point >= n));
      delta += (next - n) * (handled + 1);
      n = next;
      for (const point of points) {
        if (point < n) delta++;
        if (point !== n) continue;
        let q = delta;
        for (let k = BASE; ; k += BASE) {
          const t = threshold(k, bias);
          if (q < t) break;
          told += digit(t + ((q - t) % (BASE - t)));
          q = Math.floor((q - t) / (BASE - t));
        }
        told += digit(q);
        bias = adapt(delta, handled + 1, handled === basic.length);
        delta = 0;
        handled++;
      }
      delta++;
      n++;
    }
    return told;
  };
  const labels = (domain: string, change: (label: string) => string) => {
    const [user, host] = domain.includes('@') ? domain.split('@', 2) : ['', domain];
    const changed = `${host}`
      .replace(/[\u3002\uFF0E\uFF61]/g, '.')
      .split('.')
      .map(change)
      .join('.');
    return domain.includes('@') ? `${user}@${changed}` : changed;
  };
  return {
    version: '2.1.0',
    ucs2: {
      decode: (text: string) => [...text].map((sign) => sign.codePointAt(0)),
      encode: (points: readonly number[]) => String.fromCodePoint(...points),
    },
    decode,
    encode,
    toASCII: (domain: string) => labels(domain, (label) => (/[^\0-\x7F]/.test(label) ? `xn--${encode(label)}` : label)),
    toUnicode: (domain: string) =>
      labels(domain, (label) => (/^xn--/.test(label) ? decode(label.slice(4).toLowerCase()) : label)),
  };
};
