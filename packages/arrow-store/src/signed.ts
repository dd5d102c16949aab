import { createHash } from 'node:crypto';

/** Small JSON files carry the digest of what they say: still JSON for people and tools, and a flipped bit is seen. */
const HEAD = '{"sum":"0123456789abcdef","is":';

export const digest = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

export const sign = (value: unknown): string => {
  const body = JSON.stringify(value);
  return `{"sum":"${digest(body).slice(0, 16)}","is":${body}}\n`;
};

/** Undefined when it does not say what was written. */
export const unsign = (text: string): { readonly is: unknown } | undefined => {
  const body = text.slice(HEAD.length, -2);
  if (text.slice(0, HEAD.length) !== `{"sum":"${digest(body).slice(0, 16)}","is":` || !text.endsWith('}\n')) return;
  try {
    return { is: JSON.parse(body) };
  } catch {
    return undefined;
  }
};
