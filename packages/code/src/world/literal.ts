/** Plain data as code that makes it again, fresh where it stands. */
export interface Literal {
  readonly text: string;
  /** What is made once, before the loop. */
  readonly once: readonly string[];
}

export const literalOf = (value: unknown): Literal => {
  const once: string[] = [];
  return { text: write(value, once), once };
};

const write = (value: unknown, once: string[]): string => {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean' || value === null || value === undefined)
    return value === undefined ? 'void 0' : `${value}`;
  if (typeof value === 'object') return writeObject(value, once);
  throw new Error(`BUG: a ${typeof value} has no canonical form, and cannot be given to a function`);
};

const writeObject = (value: object, once: string[]): string => {
  if (Array.isArray(value)) return writeList(value, once);
  if (ArrayBuffer.isView(value)) return writeView(value, once);
  switch (Object.prototype.toString.call(value)) {
    case '[object Date]':
      return `new Date(${write((value as Date).getTime(), once)})`;
    case '[object RegExp]':
      return `/${(value as RegExp).source}/${(value as RegExp).flags}`;
    case '[object Map]':
    case '[object Set]':
      return writeCollection(value as Map<unknown, unknown> | Set<unknown>, once);
    case '[object ArrayBuffer]':
      return `${writeView(new Uint8Array(value as ArrayBuffer), once)}.buffer`;
    default:
      return writeRecord(value as Readonly<Record<string, unknown>>, once);
  }
};

const writeList = (list: readonly unknown[], once: string[]) => {
  let text = '';
  for (let at = 0; at < list.length; at++) text += at in list ? `${write(list[at], once)}, ` : ', ';
  return `[${text}]`;
};

/** A key that is written out sets the prototype. */
const writeRecord = (record: Readonly<Record<string, unknown>>, once: string[]) => {
  const fields = Object.keys(record).map(
    (key) => `${key === '__proto__' ? '["__proto__"]' : JSON.stringify(key)}: ${write(record[key], once)}`,
  );
  const bare = Object.getPrototypeOf(record) === null ? ['__proto__: null'] : [];
  return `{ ${[...bare, ...fields].join(', ')} }`;
};

const writeView = (view: ArrayBufferView, once: string[]): string => {
  if (view instanceof DataView || Object.prototype.toString.call(view) === '[object DataView]') {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    return `new DataView(${writeView(bytes, once)}.buffer)`;
  }
  const kind = Object.prototype.toString.call(view).slice(8, -1);
  const values = Array.from(view as unknown as ArrayLike<number | bigint>, (each) => write(each, once));
  return `${hoist(`${kind}.of(${values.join(', ')})`, once)}.slice()`;
};

/** Making a long one costs more than most functions: it is made once, if nothing in it can be changed either. */
const writeCollection = (all: Map<unknown, unknown> | Set<unknown>, once: string[]) => {
  const isSet = Object.prototype.toString.call(all) === '[object Set]';
  const entries = [...all];
  const text = `tools.readOnly(new ${isSet ? 'Set' : 'Map'}(${writeList(entries, once)}))`;
  const parts = isSet ? entries : entries.flatMap((entry) => entry as [unknown, unknown]);
  return parts.some((part) => typeof part === 'object' && part !== null) ? text : hoist(text, once);
};

const hoist = (text: string, once: string[]) => `g${once.push(text) - 1}`;
