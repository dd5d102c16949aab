type Embed = (texts: readonly string[], signal: AbortSignal) => Promise<Float32Array[]>;

interface Asked {
  readonly texts: readonly string[];
  readonly signal: AbortSignal;
  readonly answer: (vectors: Float32Array[]) => void;
  readonly fail: (error: unknown) => void;
}

/** Calls of one tick are one, and a text that is being embedded is waited for: whoever asks for it, it is asked once. */
export function gathered(embed: Embed): Embed {
  let waiting: Asked[] = [];
  const underWay = new Map<string, Promise<unknown>>();

  /** The texts of others under way are known when these are over. */
  const afterOthers: Embed = async (texts, signal) => {
    for (;;) {
      const others = texts.flatMap((text) => underWay.get(text) ?? []);
      if (others.length === 0) break;
      await Promise.allSettled(others);
    }
    const answered = embed(texts, signal);
    for (const text of texts) underWay.set(text, answered);
    try {
      return await answered;
    } finally {
      for (const text of texts) if (underWay.get(text) === answered) underWay.delete(text);
    }
  };

  const together = async (asked: readonly Asked[]) => {
    const vectors = await afterOthers(
      asked.flatMap(({ texts }) => texts),
      new AbortController().signal,
    );
    let from = 0;
    for (const { texts, answer } of asked) {
      answer(vectors.slice(from, from + texts.length));
      from += texts.length;
    }
  };
  const alone = ({ texts, signal, answer, fail }: Asked) => afterOthers(texts, signal).then(answer, fail);
  const flush = () => {
    const asked = waiting.filter(({ signal }) => !signal.aborted);
    waiting = [];
    // The fault may be of one of them: each finds out for itself.
    if (asked.length > 1) void together(asked).catch(() => asked.map(alone));
    else asked.map(alone);
  };

  return (texts, signal) =>
    new Promise((answer, fail) => {
      const abort = () => fail(signal.reason);
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      const over = <T>(call: (value: T) => void) => {
        return (value: T) => {
          signal.removeEventListener('abort', abort);
          call(value);
        };
      };
      if (waiting.push({ texts, signal, answer: over(answer), fail: over(fail) }) === 1) setImmediate(flush);
    });
}
