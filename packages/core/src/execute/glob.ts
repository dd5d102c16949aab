/** `*` within a name, `**` across folders, `?` one character. Takes no longer than both are long, whatever the pattern is. */
export function matchesGlob(path: string, pattern: string): boolean {
  let ends: Ends = new Uint8Array(path.length + 1);
  ends[0] = 1;
  for (const part of pattern.split(/(\*\*\/?|\*|\?)/)) if (part) ends = (WILD[part] ?? literal(part))(path, ends);
  return ends[path.length] === 1;
}

/** Where in the path the pattern so far may end. */
type Ends = Uint8Array<ArrayBuffer>;
type Step = (path: string, from: Ends) => Ends;

const literal =
  (text: string): Step =>
  (path, from) => {
    const to = new Uint8Array(from.length);
    from.forEach((may, at) => {
      if (may && path.startsWith(text, at)) to[at + text.length] = 1;
    });
    return to;
  };

/** From each place on, as long as the characters between are such. */
const run =
  (isPassed: (character: string) => boolean): Step =>
  (path, from) => {
    let open = 0;
    return from.map((may, at) => {
      if (at > 0 && !isPassed(path[at - 1] as string)) open = 0;
      open ||= may;
      return open;
    });
  };

const isInName = (character: string): boolean => character !== '/';

const WILD: Readonly<Record<string, Step>> = {
  '*': run(isInName),
  '**': run(() => true),
  '?': (path, from) => from.map((_, at) => (at > 0 && from[at - 1] && isInName(path[at - 1] as string) ? 1 : 0)),
  // Nothing, or whole folders.
  '**/': (path, from) => {
    const reached = run(() => true)(path, from);
    return from.map((may, at) => may || (at > 0 && path[at - 1] === '/' && reached[at - 1] ? 1 : 0));
  },
};
