// The builds that a view shows: records of the engine in use, and those asked for here as they stand. The engine is asked only while
// somebody looks, and only when it has said that something happened.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { BuildRecord, StepRecord } from '../../../runtime/src/spec/engine/builds.ts';
import { isOurs } from '../model/is-ours.ts';
import type { Builder } from './contract.ts';

export interface BuildListDeps {
  /** Of the engine that is shown. */
  readonly client: EngineClient;
  readonly builder: Pick<Builder, 'own' | 'onChange'>;
  /** Told when `records` or `keepsRecords` may say something else. */
  changed(): void;
  /** Told what went wrong with a look. */
  failed(error: unknown): void;
}

/** What happens within this time is looked at, and told, once. */
const usualGatherMs = 200;

export class BuildList implements Disposable {
  readonly #deps: BuildListDeps;
  readonly #gatherMs: number;
  readonly #following: Disposable;
  #kept: readonly BuildRecord[] = [];
  /** Ids of our own that ran when we looked last. */
  #running: readonly string[] = [];
  #keepsRecords: boolean | undefined;
  #isSeen = false;
  #looksSoon: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(deps: BuildListDeps, gatherMs = usualGatherMs) {
    this.#deps = deps;
    this.#gatherMs = gatherMs;
    this.#following = deps.builder.onChange(() => this.#ownChanged());
  }

  /** Whether the engine keeps records of builds; undefined before it was asked. */
  get keepsRecords(): boolean | undefined {
    return this.#keepsRecords;
  }

  /** The newest first. */
  get records(): readonly BuildRecord[] {
    const own = this.#own().map(({ record }) => record);
    const known = new Set(own.map(({ id }) => id));
    const others = this.#kept.filter(({ id }) => !known.has(id));
    return [...own, ...others].toSorted((a, b) => b.startedAtMs - a.startedAtMs);
  }

  /** While somebody looks, and the engine is there. */
  see(isSeen: boolean): void {
    if (isSeen === this.#isSeen) return;
    this.#isSeen = isSeen;
    if (isSeen) this.look();
  }

  /** The engine has told of a build, of whomever. */
  happened(): void {
    this.#looksSoon ??= setTimeout(() => this.look(), this.#gatherMs);
  }

  /** Asks the engine, if somebody sees it. */
  look(): void {
    clearTimeout(this.#looksSoon);
    this.#looksSoon = undefined;
    if (!this.#isSeen) return;
    // One look at a time; who asks meanwhile is answered by another after it.
    this.#looking = (this.#looking ?? Promise.resolve()).then(() => this.#look());
  }

  [Symbol.dispose](): void {
    this.#isSeen = false;
    clearTimeout(this.#looksSoon);
    clearTimeout(this.#telling);
    this.#following[Symbol.dispose]();
  }

  #own() {
    return this.#deps.builder.own.filter(({ client }) => client === this.#deps.client);
  }

  #ownChanged(): void {
    const running = this.#own().flatMap(({ id, record }) => (record.state === 'running' ? (id ?? []) : []));
    // The engine has the record of one that ended.
    const hasEnded = this.#running.some((id) => !running.includes(id));
    this.#running = running;
    if (hasEnded) this.look();
    if (!this.#isSeen) return;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#deps.changed();
    }, this.#gatherMs);
  }

  async #look(): Promise<void> {
    if (!this.#isSeen) return;
    const { client } = this.#deps;
    try {
      this.#keepsRecords = await isOurs(client);
      if (this.#keepsRecords) this.#kept = wellFormed(await client.builds.list());
      this.#deps.changed();
    } catch (error) {
      this.#deps.failed(error);
    }
  }
}

/** What a row needs is there: anything may call itself one of our engines. @throws TypeError for what is no list */
function wellFormed(records: unknown): readonly BuildRecord[] {
  if (!Array.isArray(records)) throw new TypeError('the list of builds is no list');
  return (records as unknown[]).filter(isBuildRecord);
}

function isBuildRecord(value: unknown): value is BuildRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { id, state, startedAtMs, tags, target, dockerfile, steps } = value as Partial<
    Record<keyof BuildRecord, unknown>
  >;
  const isNamed = [id, state, target, dockerfile].every((each) => typeof each === 'string');
  if (!isNamed || typeof startedAtMs !== 'number' || !Number.isFinite(startedAtMs)) return false;
  return Array.isArray(tags) && Array.isArray(steps) && (steps as unknown[]).every(isStepRecord);
}

function isStepRecord(value: unknown): value is StepRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { step, text, source, result } = value as Partial<Record<keyof StepRecord, unknown>>;
  const isPlaced = typeof source === 'object' && source !== null && 'startLine' in source;
  const isEnded = result === undefined || (typeof result === 'object' && result !== null && 'durationMs' in result);
  return typeof step === 'number' && typeof text === 'string' && isPlaced && isEnded;
}
