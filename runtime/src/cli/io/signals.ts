// Hands signals that reach the command line on to the container, as `--sig-proxy` promises.

const proxied: readonly NodeJS.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
];

/** Sends each signal with `send` until disposed. What arrives before `ready` resolves is sent then. */
export function proxySignals(ready: Promise<unknown>, send: (signal: string) => Promise<void>): Disposable {
  const handler = (signal: NodeJS.Signals) => {
    // A container that has just ended refuses the signal: its exit status is about to be reported.
    void ready.then(() => send(signal)).catch(() => undefined);
  };
  for (const signal of proxied) process.on(signal, handler);
  return {
    [Symbol.dispose]: () => {
      for (const signal of proxied) process.off(signal, handler);
    },
  };
}
