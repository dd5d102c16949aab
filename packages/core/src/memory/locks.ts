import type { Lock } from '../ports/store.js';

/** Who holds and who waits, in order of arrival. The first is the holder. */
interface Claim {
  readonly life: object;
  readonly grant: () => void;
}

export class Locks {
  private readonly queues = new Map<string, Claim[]>();

  take(name: string, life: object, signal: AbortSignal): Promise<Lock> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abort = () => {
        this.leave(name, claim);
        reject(signal.reason);
      };
      const grant = () => {
        signal.removeEventListener('abort', abort);
        resolve({ held: () => this.queues.get(name)?.[0] === claim, release: () => this.leave(name, claim) });
      };
      const claim = { life, grant };
      signal.addEventListener('abort', abort, { once: true });
      this.join(name, claim);
    });
  }

  /** The holder died: whatever it held or waited for goes to the next. */
  die(life: object): void {
    for (const [name, queue] of this.queues)
      for (const claim of queue.filter((claim) => claim.life === life)) this.leave(name, claim);
  }

  private join(name: string, claim: Claim): void {
    const queue = this.queues.get(name) ?? [];
    this.queues.set(name, queue);
    if (queue.push(claim) === 1) claim.grant();
  }

  private leave(name: string, claim: Claim): void {
    const queue = this.queues.get(name);
    const at = queue?.indexOf(claim) ?? -1;
    if (!queue || at < 0) return;
    queue.splice(at, 1);
    if (at === 0) queue[0]?.grant();
    if (queue.length === 0) this.queues.delete(name);
  }
}
