// The end of the process. Node's `process.exit` may wait for ever: for V8's compiler threads, while one of them waits for the
// main thread to collect garbage (nodejs/node#54918). The reader of our output then never sees its end.

/** With less memory in use than this V8 is far from collecting; an ordinary command uses half of it. */
const littleMemory = 16_000_000;
/** What is still connected after so many ms (a stdin nobody reads) is left. Nothing is being compiled any more by then. */
const graceMs = 100;

/** Ends the process with a status, as soon as that is safe. */
export function endProcess(status: number): void {
  process.exitCode = status;
  const { heapUsed, external } = process.memoryUsage();
  if (heapUsed + external < littleMemory) process.exit();
  // An end by itself takes the compiler threads' heap away first, which wakes them; it costs some milliseconds.
  setTimeout(() => process.exit(), graceMs).unref();
}

/** Ends the process at once as a reader that went away ends a program: by SIGPIPE, which Node ignores otherwise. */
export function endByPipe(): never {
  process.once('exit', () => {
    // Without listeners a signal does again what it does to any program.
    process.once('SIGPIPE', () => undefined).removeAllListeners('SIGPIPE');
    process.kill(process.pid, 'SIGPIPE');
  });
  process.exit(141);
}
