// Progress of pulls, loads and imports: bars that are redrawn in place on a terminal, one plain line per event elsewhere.

import type { ProgressLine } from '../../client/images.ts';
import { humanSize } from '../../text/units.ts';

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly width: number;
  /** Takes what the engine says to programs rather than to people. */
  readonly aux?: (value: Readonly<Record<string, unknown>>) => void;
}

/**
 * Shows a stream of progress lines.
 * @throws Error with the engine's sentence when a line reports a fault
 */
export async function showProgress(lines: AsyncIterable<ProgressLine>, options: ProgressOptions): Promise<void> {
  const screen = new ProgressScreen(options);
  for await (const line of lines) {
    if (line.aux !== undefined) options.aux?.(line.aux);
    const error = line.errorDetail?.message ?? line.error;
    if (error !== undefined) throw new Error(error);
    screen.show(line);
  }
}

/** Remembers on which line above the cursor each id stands. */
export class ProgressScreen {
  readonly #options: ProgressOptions;
  readonly #rows: string[] = [];
  readonly #last = new Map<string, string>();

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  show(line: ProgressLine): void {
    if (line.stream !== undefined) {
      this.#options.write(line.stream);
      return;
    }
    if (line.status === undefined) return;
    const id = line.id ?? '';
    if (!this.#options.isTerminal) {
      this.#plain(line, id);
      return;
    }
    if (id === '' || line.progressDetail === undefined) {
      // What is above is finished with; later lines begin below.
      if (id === '') this.#rows.length = 0;
      if (id === '' || !this.#rows.includes(id)) {
        this.#options.write(`${id === '' ? '' : `${id}: `}${line.status}\r\n`);
        if (id !== '') this.#rows.push(id);
        return;
      }
    }
    this.#redraw(id, `${id}: ${line.status} ${progressBar(line, this.#options.width)}`.trimEnd());
  }

  /** Elsewhere than on a terminal: no bars, and no status twice. */
  #plain(line: ProgressLine, id: string): void {
    const total = line.progressDetail?.total ?? 0;
    const current = line.progressDetail?.current ?? 0;
    if (current > 0 || total > 0) return;
    const text = id === '' ? `${line.status}` : `${id}: ${line.status}`;
    if (id !== '' && this.#last.get(id) === text) return;
    this.#last.set(id, text);
    this.#options.write(`${text}\n`);
  }

  #redraw(id: string, text: string): void {
    const row = this.#rows.indexOf(id);
    if (row < 0) {
      this.#rows.push(id);
      this.#options.write(`${text}\r\n`);
      return;
    }
    const up = this.#rows.length - row;
    this.#options.write(`\x1b[${up}A\x1b[2K\r${text}\r\x1b[${up}B`);
  }
}

/** `[=====>      ]  1.2MB/3MB`, as wide as the terminal allows. */
export function progressBar(line: ProgressLine, width: number): string {
  const { current = 0, total = 0 } = line.progressDetail ?? {};
  if (current <= 0 && total <= 0) return '';
  const done = humanSize(current);
  if (total <= 0) return done.padStart(8);
  const percent = Math.min(50, Math.trunc((current / total) * 100) >> 1);
  const bar = width > 110 ? `[${'='.repeat(percent)}>${' '.repeat(50 - percent)}] ` : '';
  const numbers = current > total ? done.padStart(8) : `${done.padStart(8)}/${humanSize(total)}`;
  return bar + numbers;
}
