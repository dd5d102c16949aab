const folders: string[] = [];

/** Frames of these folders are the framework's own and never the place where a user declared a stage. */
export function frameworkFolder(moduleUrl: string): void {
  folders.push(moduleUrl.slice(0, moduleUrl.lastIndexOf('/', moduleUrl.lastIndexOf('/') - 1) + 1));
}

frameworkFolder(import.meta.url);

const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/)?\/[^()]*?):\d+:\d+\)?$/;

/** The first file on the stack that is not the framework's own. */
export function declarationSite(): string | undefined {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 20;
  Error.captureStackTrace(holder, declarationSite);
  const stack = holder.stack ?? '';
  Error.stackTraceLimit = limit;
  return stack
    .split('\n')
    .slice(1)
    .map((line) => FRAME.exec(line)?.[1])
    .find((file) => file && !own(file));
}

const own = (file: string): boolean => {
  const url = file.startsWith('file://') ? file : `file://${file}`;
  return folders.some((folder) => url.startsWith(folder));
};
