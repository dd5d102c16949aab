import type { Path } from './mistakes.js';

export type Say = (path: Path, text: string, on?: 'key' | 'value') => void;

export interface ParamValues {
  readonly values: ReadonlyMap<string, unknown>;
  readonly missing: (name: string) => string;
}

const WHOLE = /^\$\{params\.([\w-]+)\}$/;
const PART = /\$(\$?)\{params\.([\w-]+)\}/g;

/** Puts parameters in their places: a whole value keeps its type, within a text it becomes text. */
export function fill(value: unknown, path: Path, { params, say }: { params: ParamValues; say: Say }): unknown {
  if (typeof value === 'string') return fillText(value, path, { params, say });
  if (Array.isArray(value)) return value.map((each, i) => fill(each, [...path, i], { params, say }));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, fill(inner, [...path, name], { params, say })]),
  );
}

function fillText(text: string, path: Path, { params, say }: { params: ParamValues; say: Say }): unknown {
  const whole = WHOLE.exec(text)?.[1];
  const get = (name: string): unknown => {
    if (params.values.has(name)) return params.values.get(name);
    say(path, params.missing(name));
    return '';
  };
  if (whole !== undefined) return get(whole);
  return text.replace(PART, (said, escaped: string, name: string) => {
    if (escaped) return said.slice(1);
    const value = get(name);
    if (typeof value === 'object')
      say(
        path,
        `The parameter ${name} is ${Array.isArray(value) ? 'a list' : 'an object'} and stands within a text. Use it as a whole value.`,
      );
    return String(value);
  });
}
