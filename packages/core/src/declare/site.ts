const folders: string[] = [];

/** Frames of these folders are the framework's own and never the place where a user declared a stage. */
export function frameworkFolder(moduleUrl: string): void {
  folders.push(moduleUrl.slice(0, moduleUrl.lastIndexOf('/', moduleUrl.lastIndexOf('/') - 1) + 1));
}

frameworkFolder(import.meta.url);

/** The first file on the stack that is not the framework's own. */
export const declarationSite = (): string | undefined =>
  callingFiles().find((file) => file && !file.startsWith('node:') && !own(file));

/** As raw call sites: a stack as text would read the source map of every file on it. */
function callingFiles(): (string | undefined)[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: readonly NodeJS.CallSite[] } = {};
  Error.prepareStackTrace = (_error, sites) => sites;
  Error.stackTraceLimit = 30;
  Error.captureStackTrace(holder, declarationSite);
  const sites = holder.stack ?? [];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return sites.map((site) => site.getFileName() ?? undefined);
}

const own = (file: string): boolean => {
  const url = file.startsWith('file://') ? file : `file://${file}`;
  return folders.some((folder) => url.startsWith(folder));
};
