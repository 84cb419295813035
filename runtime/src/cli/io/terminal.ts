// The user's terminal: whether there is one, raw mode that is always taken back, and its size.

import type { ReadStream } from 'node:tty';
import { output } from './output.ts';

/** True when file descriptor 0, 1 or 2 is a terminal; does not open a stream, which costs time at start. */
export function isTerminal(fd: 0 | 1 | 2): boolean {
  return process.getBuiltinModule('node:tty').isatty(fd);
}

/** Rows and columns, or undefined when standard output is no terminal. */
export function terminalSize(): { h: number; w: number } | undefined {
  if (!isTerminal(1)) return undefined;
  const { rows, columns } = output(1);
  return rows > 0 && columns > 0 ? { h: rows, w: columns } : undefined;
}

/**
 * Puts the terminal of standard input into raw mode, until the returned resource is disposed or the process ends, by
 * whatever way a process can notice.
 */
export function rawMode(): Disposable {
  if (!isTerminal(0)) return { [Symbol.dispose]: () => undefined };
  const stdin = process.stdin as ReadStream;
  stdin.setRawMode(true);
  rawOutput();
  const restore = () => {
    stdin.setRawMode(false);
    process.off('exit', restore);
    for (const signal of fatal) process.off(signal, onFatal);
  };
  const onFatal = (signal: NodeJS.Signals) => {
    restore();
    process.kill(process.pid, signal);
  };
  process.on('exit', restore);
  for (const signal of fatal) if (process.listenerCount(signal) === 0) process.on(signal, onFatal);
  return { [Symbol.dispose]: restore };
}

const fatal = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGINT'] as const;

/** Node's raw mode leaves output processing on, which would turn the container's bare line feeds into new lines. */
function rawOutput(): void {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  child.on('error', () => undefined); // No stty: only programs that move the cursor by line feeds look worse.
  child.unref();
}

/** Calls back for every change of the terminal's size, until disposed. */
export function onResize(callback: () => void): Disposable {
  process.on('SIGWINCH', callback);
  return { [Symbol.dispose]: () => process.off('SIGWINCH', callback) };
}
