/** A path that a server names is a place in our folder, or refused: nothing of a listing may lead out of it. */
export function safePath(path: string, where: string): string {
  const names = path.split('/');
  const bad =
    path === '' || path.startsWith('/') || /^[A-Za-z]:/.test(path)
      ? 'no relative path'
      : /[\\\0\p{Surrogate}]/u.test(path)
        ? 'no path on every system'
        : names.some((name) => name === '..' || name === '.' || name === '')
          ? 'a path that leads out of its folder'
          : undefined;
  if (!bad) return path;
  throw new Error(
    `${where} lists a file at ${JSON.stringify(path)}, which is ${bad}. Nothing was downloaded; do not trust that place, or tell its owner.`,
  );
}

/** One file cannot be the folder of another, and no path can be there twice. */
export function checkTogether(paths: readonly string[], where: string): void {
  const all = new Set(paths);
  const twice = paths.length !== all.size ? paths.find((path, at) => paths.indexOf(path) !== at) : undefined;
  const both = paths.find((path) => foldersOf(path).some((folder) => all.has(folder)));
  const bad = twice ?? both;
  if (bad !== undefined)
    throw new Error(
      `${where} lists ${JSON.stringify(bad)} ${twice ? 'twice' : 'below a file'}: both cannot lie in one folder. Nothing was downloaded; name the files that are wanted.`,
    );
}

const foldersOf = (path: string): string[] => {
  const names = path.split('/').slice(0, -1);
  return names.map((_, at) => names.slice(0, at + 1).join('/'));
};
