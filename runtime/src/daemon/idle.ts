// An engine that was started for one command goes to sleep when nothing needs it: no container, no client, no restart that
// is due.

/** What could need the engine. */
export interface Needs {
  /** Requests being served, connections taken over. */
  readonly requests: number;
  /** A container runs or will be started again. */
  readonly isBusy: boolean;
  /** ms since the epoch. */
  readonly lastActiveMs: number;
}

/** Calls `act` once when nothing has been needed for `seconds`. Does not keep the process alive. */
export function whenIdle(seconds: number, needs: () => Needs, act: () => void): Disposable {
  let idleSinceMs = Date.now();
  const timer = setInterval(
    () => {
      const now = needs();
      if (now.requests > 0 || now.isBusy) idleSinceMs = Date.now();
      idleSinceMs = Math.max(idleSinceMs, now.lastActiveMs);
      if (Date.now() - idleSinceMs < seconds * 1000) return;
      clearInterval(timer);
      act();
    },
    Math.min(1000, seconds * 250),
  ).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
