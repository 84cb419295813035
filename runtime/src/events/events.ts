// What happened, in order: a ring of the latest events that everyone reads at their own pace. A subscriber keeps a place in
// the ring and no queue, so that one that never reads costs nothing; it loses what was overwritten meanwhile.

import { EngineError } from '../spec/errors.ts';
import type { Filters } from '../spec/filters.ts';
import type { EventMessage } from '../spec/api/system.ts';
import type { EventSink } from '../spec/engine/system.ts';
import type { Clock } from '../host/host.ts';
import { eventFilter } from './filter.ts';

/** As many past events as Docker's clients may ask for and then some. */
const capacity = 2048;

export interface EventQuery {
  readonly sinceNs?: bigint;
  readonly untilNs?: bigint;
  readonly filters: Filters;
  readonly signal?: AbortSignal;
}

export interface EventLog extends EventSink {
  /**
   * Past events from `sinceNs`, then live ones until `untilNs` or the signal. Subscribed once this returns.
   * @throws EngineError invalidParameter for an unknown filter, or since after until
   */
  subscribe(query: EventQuery): AsyncIterable<EventMessage>;
  /** Subscriptions that have not ended. */
  readonly listeners: number;
}

/** Docker's own field order, with the fields of old that containers and images still have. */
interface LoggedEvent extends EventMessage {
  readonly status?: string;
  readonly id?: string;
  readonly from?: string;
  readonly timeNano: number;
}

export function createEventLog(clock: Clock): EventLog {
  return new Ring(clock);
}

/** Made into a message when the first reader comes to it: most events have none. */
class Happening {
  readonly #nowNs: bigint;
  readonly #what: Parameters<EventSink['publish']>;
  #message: LoggedEvent | undefined;

  constructor(nowNs: bigint, what: Parameters<EventSink['publish']>) {
    this.#nowNs = nowNs;
    this.#what = what;
  }

  /** As exact as its message tells it: clients ask for what came since an event. */
  get timeNs(): bigint {
    return BigInt(Number(this.#nowNs));
  }

  get message(): LoggedEvent {
    return (this.#message ??= compose(this.#nowNs, ...this.#what));
  }
}

class Ring implements EventLog {
  readonly #clock: Clock;
  readonly #events: Happening[] = [];
  /** Sequence number of the next event; the ring holds the `#events.length` ones before it. */
  #next = 0;
  readonly #bells = new Set<Bell>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get listeners(): number {
    return this.#bells.size;
  }

  publish(...what: Parameters<EventSink['publish']>): void {
    this.#events[this.#next % capacity] = new Happening(this.#clock.nowNs(), what);
    this.#next += 1;
    for (const bell of this.#bells) bell.ring();
  }

  subscribe(query: EventQuery): AsyncIterable<EventMessage> {
    const { sinceNs, untilNs } = query;
    if (sinceNs !== undefined && untilNs !== undefined && sinceNs > untilNs) {
      const [since, until] = [sinceNs, untilNs].map((time) => time / 1_000_000_000n);
      throw new EngineError('invalidParameter', `\`since\` time (${since}) cannot be after \`until\` time (${until})`);
    }
    const matches = eventFilter(query.filters);
    const replays = sinceNs !== undefined || untilNs !== undefined;
    return this.#read(query, replays ? this.#oldest() : this.#next, matches);
  }

  #oldest(): number {
    return this.#next - this.#events.length;
  }

  async *#read(
    query: EventQuery,
    from: number,
    matches: (event: EventMessage) => boolean,
  ): AsyncGenerator<EventMessage> {
    const { signal, untilNs } = query;
    const since = query.sinceNs ?? 0n;
    const isPast = () => untilNs !== undefined && this.#clock.nowNs() >= untilNs;
    const bell = new Bell();
    const ring = () => bell.ring();
    const timer = new AbortController();
    signal?.addEventListener('abort', ring, { once: true });
    this.#bells.add(bell);
    if (untilNs !== undefined) void this.#sleepUntil(untilNs, timer.signal).then(ring, ring);
    try {
      for (let at = from; signal?.aborted !== true;) {
        at = Math.max(at, this.#oldest());
        if (at === this.#next) {
          if (isPast()) return;
          await bell.heard();
          continue;
        }
        const event = this.#events[at % capacity];
        at += 1;
        if (event === undefined || event.timeNs < since || !matches(event.message)) continue;
        if (untilNs !== undefined && event.timeNs > untilNs) return;
        yield event.message;
      }
    } finally {
      this.#bells.delete(bell);
      signal?.removeEventListener('abort', ring);
      timer.abort();
    }
  }

  /** Timers of more than 24 days fire at once, so a far `until` waits in pieces. */
  async #sleepUntil(untilNs: bigint, signal: AbortSignal): Promise<void> {
    for (;;) {
      const leftMs = Number((untilNs - this.#clock.nowNs()) / 1_000_000n) + 1;
      if (leftMs <= 0) return;
      await this.#clock.sleep(Math.min(leftMs, 2 ** 30), { signal, ref: false });
    }
  }
}

/** Wakes one reader; rung before it listens, it still hears. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async heard(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#rung = false;
    this.#wake = undefined;
  }
}

function compose(nowNs: bigint, ...[type, action, actor]: Parameters<EventSink['publish']>): LoggedEvent {
  const isContainer = type === 'container';
  return {
    ...(isContainer || type === 'image' ? { status: action, id: actor.id } : {}),
    ...(isContainer && actor.attributes['image'] !== undefined ? { from: actor.attributes['image'] } : {}),
    Type: type,
    Action: action,
    Actor: { ID: actor.id, Attributes: sorted(actor.attributes) },
    scope: 'local',
    time: Number(nowNs / 1_000_000_000n),
    timeNano: Number(nowNs),
  };
}

/** Go prints maps by key, and clients compare texts. */
function sorted(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
