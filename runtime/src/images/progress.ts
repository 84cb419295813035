// The lines of pull, load and import: docker's progress messages, and a queue between the work and a client that reads at
// its own pace.

import type { Wait } from '../registry/patience.ts';
import type { ProgressMessage } from '../spec/engine/images.ts';

export type Emit = (message: ProgressMessage) => void;

/**
 * Runs `work` once the iteration begins and gives what it emits. Leaving early aborts the work; a failure of the work ends
 * the iteration by throwing. Of several waiting progress messages of one layer only the newest is kept, so that a client
 * that does not read costs no memory.
 */
export async function* progressStream(
  work: (emit: Emit, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ProgressMessage, void, undefined> {
  const leaving = new AbortController();
  const waiting: ProgressMessage[] = [];
  let wake = (): void => undefined;
  let state: { readonly error?: unknown } | undefined;
  const emit: Emit = (message) => {
    const last = waiting.findIndex((other) => isSuperseded(other, message));
    if (last >= 0) waiting[last] = message;
    else waiting.push(message);
    wake();
  };
  const all = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]);
  const running = work(emit, all).then(
    () => {
      state = {};
      wake();
    },
    (error: unknown) => {
      state = { error };
      wake();
    },
  );
  try {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (state !== undefined) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    if (state !== undefined && 'error' in state) throw state.error;
  } finally {
    leaving.abort();
    await running;
  }
}

function isSuperseded(old: ProgressMessage, next: ProgressMessage): boolean {
  return 'progress' in old && 'progress' in next && old['id'] === next['id'] && old['status'] === next['status'];
}

/** What people are told while a registry that limits requests is waited for. */
export function limitStatus({ limitedBy, seconds }: Wait): string {
  return `${limitedBy ?? 'The registry'} limits requests (429 Too Many Requests): going on in ${seconds} second${seconds === 1 ? '' : 's'}`;
}

/** A line about one layer without numbers. */
export function layerStatus(id: string, status: string): ProgressMessage {
  return { status, progressDetail: {}, id };
}

/** A line about one layer with a bar. */
export function layerProgress(id: string, status: string, current: number, total: number): ProgressMessage {
  return { status, progressDetail: { current, total }, progress: progressBar(current, total), id };
}

/** `[=====>     ]  12.3MB/45.6MB`, as docker's daemon draws it. */
export function progressBar(current: number, total: number): string {
  if (current <= 0 && total <= 0) return '';
  const amount = humanSize(current).padStart(8);
  if (total <= 0) return amount;
  const filled = Math.min(50, Math.floor(Math.floor((current / total) * 100) / 2));
  const numbers = current > total ? amount : `${amount}/${humanSize(total)}`;
  return `[${'='.repeat(filled)}>${' '.repeat(50 - filled)}] ${numbers}`;
}

/** Decimal units, four significant digits. */
export function humanSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${units[unit] ?? ''}`;
}

/** Calls through at most once in `intervalMs`. */
export function throttled<T extends readonly unknown[]>(
  intervalMs: number,
  now: () => number,
  call: (...values: T) => void,
): (...values: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (...values) => {
    const time = now();
    if (time - last < intervalMs) return;
    last = time;
    call(...values);
  };
}
