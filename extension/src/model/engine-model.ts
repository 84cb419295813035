// What is known of one engine, live: lists of its things, kept by its events. It speaks to the engine only while somebody looks,
// reads no list without cause, and comes back by itself when the engine was gone or fell silent.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { ConnectionError } from '../../../runtime/src/client/errors.ts';
import { compareVersions } from '../../../runtime/src/client/query.ts';
import type { ContainerSummary } from '../../../runtime/src/spec/api/containers.ts';
import type { ImageSummary } from '../../../runtime/src/spec/api/images.ts';
import type { NetworkSummary } from '../../../runtime/src/spec/api/networks.ts';
import type { EventMessage } from '../../../runtime/src/spec/api/system.ts';
import type { Volume } from '../../../runtime/src/spec/api/volumes.ts';
import { sleep } from '../../../runtime/src/host/sleep.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import { asleep, explained, isClosed, isNobody, silent } from './engine-fault.ts';
import { isHelper } from './helpers.ts';
import { Scope } from './scope.ts';

/** What the calls here need is in every version since; older engines would answer in other shapes. */
const oldestApiVersion = '1.24';

/** `sleeping`: ours, and not to be started unasked. `idle`: nobody looks. `connecting`: the first answer is a while in coming. */
export type EngineState =
  'idle' | 'connecting' | 'sleeping' | 'starting' | 'connected' | 'denied' | 'failed' | 'unreachable';

export type Kind = 'containers' | 'images' | 'volumes' | 'networks';
export const kinds: readonly Kind[] = ['containers', 'images', 'volumes', 'networks'];

export interface EngineLists {
  readonly containers: readonly ContainerSummary[];
  readonly images: readonly ImageSummary[];
  readonly volumes: readonly Volume[];
  readonly networks: readonly NetworkSummary[];
}

export interface EngineModelOptions {
  readonly client: EngineClient;
  /** Starts the engine; absent for one that is not ours. @throws Error that says why it did not come up */
  readonly start?: () => Promise<void>;
  /** Whether it sleeps, so that to connect would start it; absent for one that is not ours. */
  readonly isAsleep?: () => boolean;
  /** Whether it may be started because somebody looks. */
  readonly startsByItself: () => boolean;
  /** Why it cannot even be asked: an address or a certificate that is no good. */
  readonly fault?: string;
  /** How patient it is; absent outside of tests. */
  readonly limits?: EngineLimits;
}

export interface EngineLimits {
  /** For an answer to a ping, and for the beginning of the events. */
  readonly answerMs: number;
  /** For all lists that are read together. */
  readonly listMs: number;
  /** Between two pings that tell an engine without events from one that hangs. */
  readonly quietMs: number;
}

const usualLimits: EngineLimits = { answerMs: 10_000, listMs: 20_000, quietMs: 30_000 };

const firstWaitMs = 250;
const longestWaitMs = 15_000;
/** Events that come together cost one look. */
const gatherMs = 60;
const nothing: EngineLists = { containers: [], images: [], volumes: [], networks: [] };

export class EngineModel implements Disposable {
  readonly client: EngineClient;
  readonly #options: EngineModelOptions;
  readonly #listeners = new Set<(changed: ReadonlySet<Kind>) => void>();
  readonly #buildListeners = new Set<() => void>();
  #lists: EngineLists = nothing;
  #state: EngineState = 'idle';
  #message = '';
  #watchers = 0;
  #run: AbortController | undefined;
  /** Resolves a wait for the next attempt early. */
  #wake: (() => void) | undefined;
  #isAsked = false;
  #starting: Promise<void> | undefined;

  constructor(options: EngineModelOptions) {
    this.#options = options;
    this.client = options.client;
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Why there is no connection, in the system's or the engine's words. */
  get message(): string {
    return this.#message;
  }

  get lists(): EngineLists {
    return this.#lists;
  }

  /** To connect would start it. */
  get isAsleep(): boolean {
    return this.#options.isAsleep?.() === true;
  }

  /** Told after lists or the state changed; all kinds when the state did. @returns ends it */
  onChange(listener: (changed: ReadonlySet<Kind>) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Told of each event of a build, by engines that have them. @returns ends it */
  onBuild(listener: () => void): Disposable {
    this.#buildListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#buildListeners.delete(listener) };
  }

  /** Somebody looks, until the result is disposed of. */
  watch(): Disposable {
    this.#watchers += 1;
    if (this.#watchers === 1) this.#begin();
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#watchers -= 1;
        if (this.#watchers === 0) this.#end();
      },
    };
  }

  /** Makes sure that the engine answers, starting it when it is ours and may be started. @throws Error that says why it does not */
  async ensure({ mayStart = true } = {}): Promise<void> {
    if (this.#options.fault !== undefined) throw new Error(this.#options.fault);
    try {
      await this.#ping();
    } catch (error) {
      if (!mayStart || !isNobody(error) || this.#options.start === undefined) throw this.#explained(error);
      await this.#start();
    }
    this.wake();
  }

  /** Tries at once, instead of when its time comes. */
  wake(): void {
    this.#isAsked = true;
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    // Nobody is told: who listened may be gone already.
    this.#listeners.clear();
    this.#end();
    this.client[Symbol.dispose]();
  }

  #begin(): void {
    const run = new AbortController();
    this.#run = run;
    const waiting = setTimeout(() => {
      if (this.#state === 'idle') this.#setState('connecting', '');
    }, this.#limits.answerMs / 10);
    run.signal.addEventListener('abort', () => clearTimeout(waiting), { once: true });
    void this.#keep(run.signal);
  }

  #end(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#setState('idle', '');
  }

  /** Connects and stays connected, for as long as somebody looks. */
  async #keep(signal: AbortSignal): Promise<void> {
    let waitMs = firstWaitMs;
    while (!signal.aborted) {
      this.#isAsked = false;
      try {
        if (await this.#connect(signal)) {
          await this.#follow(signal);
          waitMs = firstWaitMs;
        } else if (!signal.aborted) {
          // Ours sleeps, and nobody wants it yet.
          await this.#pause(undefined, signal);
          continue;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#lose(error);
        if (error instanceof StartError) {
          // It would fail again: the user mends what is wrong and asks.
          await this.#pause(undefined, signal);
          continue;
        }
      }
      if (signal.aborted) return;
      await this.#pause(waitMs, signal);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    }
  }

  /** @returns false when it is ours, sleeps, and may not be started unasked */
  async #connect(signal: AbortSignal): Promise<boolean> {
    if (this.#options.fault !== undefined) throw new StartError(this.#options.fault);
    try {
      await this.#ping(signal);
      return true;
    } catch (error) {
      if (!isNobody(error) || this.#options.start === undefined) throw error;
      // Nobody looks any more: nobody wants it.
      if (signal.aborted) return false;
      if (!this.#options.startsByItself()) {
        this.#drop();
        if (!signal.aborted) this.#setState('sleeping', '');
        return false;
      }
      await this.#start();
      return true;
    }
  }

  async #start(): Promise<void> {
    this.#setState('starting', '');
    this.#starting ??= this.#options.start?.().finally(() => {
      this.#starting = undefined;
    });
    try {
      await this.#starting;
    } catch (error) {
      this.#setState('failed', messageOf(error));
      throw new StartError(messageOf(error), { cause: error });
    }
  }

  /** Reads the lists, then again what events tell of. @throws Error at the end of the events */
  async #follow(signal: AbortSignal): Promise<void> {
    using scope = new Scope(signal);
    // Before the lists: what happens in between is not missed.
    const events = await this.#beginEvents(scope);
    await this.#load(kinds, scope.signal);
    if (scope.signal.aborted) return;
    this.#setState('connected', '');
    const dirty = new Set<Kind>();
    let isRefreshing = false;
    let failure: unknown;
    const refresh = async () => {
      while (dirty.size > 0) {
        await sleep(gatherMs, { signal: scope.signal });
        const changed = [...dirty];
        dirty.clear();
        await this.#load(changed, scope.signal);
        this.#tell(new Set(changed));
      }
      // In the same breath as the last look at what is dirty: an event between the two would be forgotten.
      isRefreshing = false;
    };
    const fail = (error: unknown) => {
      // The stream's reader tells it.
      failure ??= error;
      scope[Symbol.dispose]();
    };
    // A hung engine keeps its connections, and its events look as if nothing happened.
    const heart = setInterval(() => void this.#ping(scope.signal).catch(fail), this.#limits.quietMs);
    scope.signal.addEventListener('abort', () => clearInterval(heart), { once: true });
    try {
      for await (const event of events) {
        if (failure !== undefined) throw failure;
        if (isHelper(event.Actor?.Attributes)) continue;
        if (event.Type === 'builder') for (const listener of this.#buildListeners) listener();
        for (const kind of touched(event.Type ?? '', event.Action ?? '')) dirty.add(kind);
        if (dirty.size === 0 || isRefreshing) continue;
        isRefreshing = true;
        // A list that cannot be read is a lost engine.
        refresh().catch(fail);
      }
    } catch (error) {
      // Cut off by `fail`: what it was told is the reason.
      throw failure ?? error;
    }
    throw failure ?? new ConnectionError('the engine ended its events', 'ECONNRESET');
  }

  get #limits(): EngineLimits {
    return this.#options.limits ?? usualLimits;
  }

  async #ping(signal?: AbortSignal): Promise<void> {
    if (this.isAsleep) throw asleep();
    const { apiVersion } = await within(this.#limits.answerMs, signal, (limited) => this.client.ping(limited));
    if (compareVersions(apiVersion, oldestApiVersion) < 0) {
      throw new Error(
        l10n.t(
          'The engine speaks version {0} of the Docker API, and {1} or later is needed. Update it or choose another.',
          apiVersion,
          oldestApiVersion,
        ),
      );
    }
  }

  /** The time limit is for their beginning only: they go on for as long as the scope does. */
  async #beginEvents(scope: Scope): Promise<AsyncIterable<EventMessage>> {
    const { answerMs } = this.#limits;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      scope[Symbol.dispose]();
    }, answerMs);
    try {
      return await this.client.system.events({}, scope.signal);
    } catch (error) {
      throw isLate ? silent(answerMs, error) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #load(wanted: readonly Kind[], signal?: AbortSignal): Promise<void> {
    await within(this.#limits.listMs, signal, (limited) => this.#read(wanted, limited));
  }

  async #read(wanted: readonly Kind[], signal: AbortSignal): Promise<void> {
    const { client } = this;
    const read: { readonly [K in Kind]: () => Promise<EngineLists[K]> } = {
      containers: async () =>
        (await client.containers.list({ all: true }, signal)).filter(({ Labels }) => !isHelper(Labels)),
      images: async () => (await client.images.list({}, signal)).filter(({ Labels }) => !isHelper(Labels)),
      volumes: async () => (await client.volumes.list(undefined, signal)).Volumes ?? [],
      networks: () => client.networks.list(undefined, signal),
    };
    const entries = await Promise.all(wanted.map(async (kind) => [kind, await read[kind]()] as const));
    this.#lists = { ...this.#lists, ...(Object.fromEntries(entries) as Partial<EngineLists>) };
  }

  /** Reads everything again, when the user asks. */
  async refresh(): Promise<void> {
    if (this.#state !== 'connected') {
      this.wake();
      return;
    }
    await this.#load(kinds);
    this.#tell(new Set(kinds));
  }

  #lose(error: unknown): void {
    this.#drop();
    if (error instanceof StartError) this.#setState('failed', error.message);
    else this.#setState(isClosed(error) ? 'denied' : 'unreachable', messageOf(this.#explained(error)));
  }

  #explained(error: unknown): unknown {
    return explained(error, this.client.http.endpoint.text);
  }

  #drop(): void {
    this.#lists = nothing;
  }

  async #pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
    if (this.#isAsked || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
    this.#wake = undefined;
  }

  #setState(state: EngineState, message: string): void {
    if (this.#state === state && this.#message === message) return;
    this.#state = state;
    this.#message = message;
    this.#tell(new Set(kinds));
  }

  #tell(changed: ReadonlySet<Kind>): void {
    for (const listener of this.#listeners) listener(changed);
  }
}

/** Our engine did not come up. */
class StartError extends Error {
  override readonly name = 'StartError';
}

/** @throws ConnectionError when the work takes longer: an engine that accepts and says nothing would keep us for ever */
async function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(ms);
  try {
    return await work(signal === undefined ? limit : AbortSignal.any([signal, limit]));
  } catch (error) {
    if (!limit.aborted || signal?.aborted === true) throw error;
    throw silent(ms, error);
  }
}

/** Which lists an event is about. */
export function touched(type: string, action: string): readonly Kind[] {
  switch (type) {
    case 'container':
      // Execs and looks change nothing that is listed.
      if (/^(exec_|top|attach|detach|resize|export|archive-path|extract-to-dir|copy|mount|unmount)/.test(action))
        return [];
      return /^(create|destroy)/.test(action) ? ['containers', 'images', 'volumes'] : ['containers'];
    case 'image':
      return ['images'];
    case 'volume':
      // Mounting changes nothing that is listed, and looking at files mounts.
      return /^(mount|unmount)/.test(action) ? [] : ['volumes'];
    case 'network':
      return /^(connect|disconnect)/.test(action) ? ['containers'] : ['networks'];
    default:
      return [];
  }
}
