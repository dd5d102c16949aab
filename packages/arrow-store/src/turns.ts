/** Callers of one process that want the same thing get it one after the other, in order of arrival. */
const queues = new Map<string, (() => void)[]>();

/** Resolves when it is our turn, with what ends it. */
export const turn = (key: string, signal: AbortSignal): Promise<() => void> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => {
      leave(key, go);
      reject(signal.reason);
    };
    const go = () => {
      signal.removeEventListener('abort', abort);
      resolve(() => leave(key, go));
    };
    signal.addEventListener('abort', abort, { once: true });
    const queue = queues.get(key) ?? [];
    queues.set(key, queue);
    if (queue.push(go) === 1) go();
  });

const leave = (key: string, go: () => void): void => {
  const queue = queues.get(key);
  const at = queue?.indexOf(go) ?? -1;
  if (!queue || at < 0) return;
  queue.splice(at, 1);
  if (at === 0) queue[0]?.();
  if (queue.length === 0) queues.delete(key);
};
