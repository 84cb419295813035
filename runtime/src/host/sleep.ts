// Timers that can be aborted, on any host.

/** @param options.ref false: it does not keep the process alive @throws the reason of `signal` */
export function sleep(
  ms: number,
  { signal, ref = true }: { readonly signal?: AbortSignal; readonly ref?: boolean } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    // Timers of browsers keep nothing alive.
    if (!ref) timer.unref?.();
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
