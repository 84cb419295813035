// When ShellCheck is asked: when typing pauses, one process at a time.

import { ShellFindings } from '../lint/shell-findings.ts';
import type { CheckShell } from '../shell/findings.ts';

/** Long enough for the next key, short enough for an answer while one still looks at the line. */
const pauseMs = 200;

export class PacedShellFindings {
  readonly #findings: ShellFindings;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isBusy = false;

  /** @param check whoever made it is told of answers, and asks for problems again */
  constructor(check: CheckShell) {
    this.#findings = new ShellFindings(check);
  }

  get foreign(): ShellFindings['foreign'] {
    return this.#findings.foreign;
  }

  /** To be called after each run of the linter: what it asked about is found out soon. */
  updateSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#update(), pauseMs);
  }

  async #update(): Promise<void> {
    if (this.#isBusy) return this.updateSoon();
    this.#isBusy = true;
    try {
      await this.#findings.update();
    } finally {
      this.#isBusy = false;
    }
  }
}
