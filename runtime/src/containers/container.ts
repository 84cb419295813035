// One container in memory: its record, and what exists only while the daemon lives (the sandbox, who waits, who attached,
// its health monitor). The verbs change it; nothing else does.

import type { Sandbox, SandboxExit } from '../runners/runner.ts';
import type { WaitResult } from '../spec/engine/containers.ts';
import type { PendingAttachment } from './attach.ts';
import type { ContainerRecord } from './record.ts';
import { flatten, isLive, type State } from './state.ts';
import { parseTimeNs } from './time.ts';

export class Container {
  record: ContainerRecord;
  /** Of `record.created`, to sort by. */
  readonly createdNs: bigint;
  /** From `prepare` until it has been destroyed. */
  sandbox: Sandbox | undefined;
  /** Attached while nothing ran: connected by the next start. */
  readonly pending = new Set<PendingAttachment>();
  readonly execIds = new Set<string>();
  /** Ends what looks at its files for long; called, and waited for, before they go. */
  readonly beforeRemoval = new Set<() => Promise<void>>();
  /** Being removed: no other verb may begin. */
  removing = false;
  /** No restart after the coming exit, whatever the policy says. */
  stopRequested = false;
  /** The next try of the restart policy, in milliseconds; 0 before the first. */
  backoffMs = 0;
  /** Ends the wait for the next try. */
  restartTimer: AbortController | undefined;
  /** Ends the health monitor of the present run. */
  monitor: AbortController | undefined;
  /** Settles once the present run has ended and its log is complete; replaced at each start. */
  run: { readonly ended: Promise<SandboxExit> } | undefined;

  readonly #exitWaiters = new Set<(result: WaitResult) => void>();
  readonly #removalWaiters = new Set<(result: WaitResult) => void>();
  readonly #changeListeners = new Set<() => void>();

  constructor(record: ContainerRecord) {
    this.record = record;
    this.createdNs = parseTimeNs(record.created);
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  get state(): State {
    return this.record.state;
  }

  get isLive(): boolean {
    return isLive(this.record.state);
  }

  /** As Docker counts: also while paused, and between two tries of the restart policy. */
  get isRunning(): boolean {
    return flatten(this.record.state).running;
  }

  set(patch: Partial<ContainerRecord>): void {
    this.record = { ...this.record, ...patch };
    for (const listener of this.#changeListeners) listener();
  }

  /** Calls back after every change of the record and at removal. */
  onChange(listener: () => void): Disposable {
    this.#changeListeners.add(listener);
    return { [Symbol.dispose]: () => this.#changeListeners.delete(listener) };
  }

  /** The coming exit, or the coming removal. The signal forgets about it. */
  nextEnd(kind: 'exit' | 'removal', signal?: AbortSignal): Promise<WaitResult> {
    const waiters = kind === 'exit' ? this.#exitWaiters : this.#removalWaiters;
    return new Promise((resolve, reject) => {
      const forget = (): void => {
        waiters.delete(settle);
        reject(signal?.reason as Error);
      };
      const settle = (result: WaitResult): void => {
        signal?.removeEventListener('abort', forget);
        resolve(result);
      };
      waiters.add(settle);
      signal?.addEventListener('abort', forget, { once: true });
    });
  }

  /** Of a start that failed, too: who waits learns the status alone, as the start itself tells why. Clients would tell it again. */
  notifyExit(): void {
    this.#notify(this.#exitWaiters, { StatusCode: this.waitResult().StatusCode });
  }

  notifyRemoval(): void {
    this.notifyExit();
    this.#notify(this.#removalWaiters, { StatusCode: this.waitResult().StatusCode });
    for (const listener of this.#changeListeners) listener();
  }

  waitResult(): WaitResult {
    const { exitCode, error } = flatten(this.record.state);
    return error === '' ? { StatusCode: exitCode } : { StatusCode: exitCode, Error: { Message: error } };
  }

  #notify(waiters: Set<(result: WaitResult) => void>, result: WaitResult): void {
    const all = [...waiters];
    waiters.clear();
    for (const settle of all) settle(result);
  }
}
