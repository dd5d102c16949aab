import { Mistake } from './mistake.js';

let loading: string | undefined;

/** Notes that the command loads a file, which declares its pipelines and runs none. */
export async function whileLoading<T>(file: string, load: () => Promise<T>): Promise<T> {
  loading = file;
  try {
    return await load();
  } finally {
    loading = undefined;
  }
}

export function refuseWhileLoading(): void {
  if (loading === undefined) return;
  throw new Mistake(
    `Cannot load ${loading}: it runs a pipeline itself, by run(), plan() or last(), and the command runs what a file declares. Export the pipeline and leave the call out, or start the file without the command: node ${loading}.`,
  );
}
