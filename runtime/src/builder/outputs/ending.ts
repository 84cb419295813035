// Bytes that hold something until they were read, or left.

/** As `bytes`; `held` is let go of at their end, at a failure, and when the reader goes, be it before the first of them. */
export function ending(bytes: AsyncIterable<Uint8Array>, held: AsyncDisposable): AsyncIterable<Uint8Array> {
  return {
    // Not a generator: one that is left before its first step never learns of it.
    [Symbol.asyncIterator]() {
      const iterator = bytes[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const step = await iterator.next();
            if (step.done === true) await held[Symbol.asyncDispose]();
            return step;
          } catch (error) {
            await held[Symbol.asyncDispose]();
            throw error;
          }
        },
        async return() {
          await iterator.return?.();
          await held[Symbol.asyncDispose]();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
