/** The one file of this package that touches the process. */
export const ownId = () => process.pid;
export const atExit = (end: () => void) => process.once('exit', end);
export const environment = (name: string) => process.env[name];

/** As the machine has it. */
let zone = process.env.TZ;
let isNoted = false;

/** Before the first file of a user is loaded. */
export const noteZone = () => {
  if (!isNoted) zone = process.env.TZ;
  isNoted = true;
};

/** The time zone that code has set: what reads the zone depends on it. */
export const zoneSetByCode = (): string | undefined => (process.env.TZ === zone ? undefined : (process.env.TZ ?? ''));

/** What a process that is started within sees beside our own environment, unless the user has said otherwise. */
export const withEnvironment = <T>(more: Readonly<Record<string, string>>, start: () => T): T => {
  const added = Object.entries(more).filter(([name]) => process.env[name] === undefined);
  for (const [name, value] of added) process.env[name] = value;
  try {
    return start();
  } finally {
    for (const [name] of added) delete process.env[name];
  }
};

export const showSourcesInStacks = () => process.setSourceMapsEnabled(true);

/** Export conditions that this process resolves packages with. */
export const conditionsOfProcess = (): string[] => {
  const words = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  return words.flatMap((word, at) => {
    const joined = /^(?:--conditions|-C)=(.+)$/.exec(word);
    if (joined) return [joined[1]!];
    return word === '--conditions' || word === '-C' ? [words[at + 1] ?? ''] : [];
  });
};

/** Of the data by which Node formats dates, numbers and texts. */
export const versionsOfFormats = (): string[] => [process.versions.icu ?? '', process.versions.tz ?? ''];
