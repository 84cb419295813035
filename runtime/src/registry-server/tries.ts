// How often an address may guess a password.

import type { Clock } from '../host/host.ts';
import { Refusal } from './refusal.ts';

/** Wrong ones in a window; who gets one right begins anew. */
const mostTries = 10;
const windowMs = 60_000;
const mostAddresses = 10_000;

interface Window {
  readonly begunMs: number;
  count: number;
}

export class Tries {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a try before it is known how it ends, so that many at once are no way round. @throws Refusal TOOMANYREQUESTS */
  begin(address: string): void {
    const now = this.#clock.now();
    const known = this.#windows.get(address);
    const window = known !== undefined && now - known.begunMs < windowMs ? known : { begunMs: now, count: 0 };
    if (window.count >= mostTries) {
      const seconds = Math.ceil((window.begunMs + windowMs - now) / 1000);
      throw new Refusal('TOOMANYREQUESTS', `too many wrong passwords: try again in ${seconds} s`, {
        headers: { 'Retry-After': String(seconds) },
      });
    }
    window.count += 1;
    // The newest is the last, so that the oldest goes first.
    this.#windows.delete(address);
    this.#windows.set(address, window);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > mostAddresses && oldest !== undefined) this.#windows.delete(oldest);
  }

  succeed(address: string): void {
    this.#windows.delete(address);
  }
}
