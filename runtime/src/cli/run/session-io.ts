// What `run`, `start -a`, `attach` and `exec` share: the terminal's size told to the container, and exit statuses.

import { ExitError } from '../command.ts';
import { isTerminal, onResize, terminalSize } from '../io/terminal.ts';

/** @throws ExitError when a terminal is asked for and standard input is none */
export function checkTty(attachStdin: boolean, tty: boolean): void {
  if (attachStdin && tty && !isTerminal(0)) throw new ExitError(1, 'the input device is not a TTY');
}

/**
 * Tells the container the terminal's size now and whenever it changes. The process may not be there yet, so the first
 * time is tried again for a while.
 */
export function followSize(resize: (size: { h: number; w: number }) => Promise<void>): Disposable {
  const send = async (): Promise<boolean> => {
    const size = terminalSize();
    if (size === undefined) return true;
    try {
      await resize(size);
      return true;
    } catch {
      return false; // Not running yet, or no longer: nothing depends on it.
    }
  };
  void (async () => {
    for (let tries = 0; tries < 10 && !(await send()); tries += 1) await delay(10 * (tries + 1));
  })();
  return onResize(() => void send());
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** docker's exit status for a start that failed: 127 not found, 126 not executable, else 125. */
export function startFailureStatus(message: string): number {
  if (/executable file not found|no such file or directory|system cannot find the file/.test(message)) return 127;
  if (/permission denied|is a directory/.test(message)) return 126;
  return 125;
}
