// Which engine is in use, and the model of it. Choosing another replaces the model; starting ours is done here.

import { join } from 'node:path';
import { EngineClient, parseEndpoint } from '../../../runtime/src/client/client.ts';
import { type AutostartOptions, endEngine, ensureEngine, openDoor } from '../../../runtime/src/connect/autostart.ts';
import { sleeps } from '../../../runtime/src/connect/doorman.ts';
import { newObstacle } from '../../../runtime/src/connect/engine-mode.ts';
import type { DoctorReport } from '../../../runtime/src/spec/engine/system.ts';
import { defaultContext } from '../../../runtime/src/connect/contexts.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import { usualPatience } from '../model/engine-fault.ts';
import { EngineModel } from '../model/engine-model.ts';
import type { EngineList } from './contract.ts';
import { knownEngines, ownEngine, ownFolder, plainEngine } from './known.ts';
import type { KnownEngine } from './known.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface EnginesOptions {
  readonly env: Environment;
  readonly uid: number;
  /** @throws Error when there is no engine to start */
  readonly program: () => readonly string[];
  /** Address that the user set, empty for none. */
  readonly host: () => string;
  readonly idleExitS: () => number;
  /** `auto`, `linux` or `wasm`. */
  readonly mode: () => string;
  /** Told of what keeps an engine of ours that has just started from running containers of Linux; once for each reason. */
  readonly onObstacle: (reason: string) => void;
  readonly startsByItself: () => boolean;
  /** The name that was chosen last, undefined for none. */
  readonly chosen: () => string | undefined;
}

interface Used {
  readonly engine: KnownEngine;
  readonly model: EngineModel;
}

export class Engines implements EngineList {
  readonly #options: EnginesOptions;
  readonly #listeners = new Set<() => void>();
  /** Models of engines that are not in use, for what is open from them. */
  readonly #others = new Map<string, EngineModel>();
  #used: Used | undefined;

  /** Reads nothing: which engine is meant is found out when somebody asks. */
  constructor(options: EnginesOptions) {
    this.#options = options;
  }

  get engine(): KnownEngine {
    return this.#inUse.engine;
  }

  get model(): EngineModel {
    return this.#inUse.model;
  }

  /** Reads the files of contexts when another engine than ours was chosen; talks to nobody. */
  get #inUse(): Used {
    return (this.#used ??= this.#use(this.#choose()));
  }

  #use(engine: KnownEngine): Used {
    return { engine, model: this.#modelFor(engine) };
  }

  /** The user said which engine is to be used. */
  get isChosen(): boolean {
    return this.engine.kind === 'setting' || this.engine.name === this.#options.chosen();
  }

  /** Folder of our engine's log. */
  get ownLog(): string {
    return join(ownFolder(this.#options.env, this.#options.uid), 'daemon.log');
  }

  list(): KnownEngine[] {
    const known = knownEngines(this.#options.env, this.#options.uid);
    return this.engine.kind === 'setting' ? [this.engine, ...known] : known;
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Takes up what was chosen or set; nothing happens when it is in use already. */
  reload(): void {
    const before = this.#used;
    if (before === undefined) return;
    const engine = this.#choose();
    if (engine.name === before.engine.name && engine.host === before.engine.host) return;
    this.#used = this.#use(engine);
    // An address may have changed.
    this.#forgetOthers();
    for (const listener of this.#listeners) listener();
    before.model[Symbol.dispose]();
  }

  modelOf(name: string): EngineModel {
    if (name === this.engine.name) return this.model;
    const before = this.#others.get(name);
    if (before !== undefined) return before;
    const engine = this.list().find((known) => known.name === name);
    if (engine === undefined) throw new Error(l10n.t('There is no engine {0} any more.', name));
    const model = this.#modelFor(engine);
    this.#others.set(name, model);
    return model;
  }

  /** Undefined when another engine is in use. */
  async preflight(): Promise<DoctorReport | undefined> {
    if (this.engine.kind !== 'ours') return undefined;
    const { preflight } = await import('../../../runtime/src/connect/preflight.ts');
    return await preflight(this.#options.program(), this.#env);
  }

  /** Lets whoever connects to our socket find an engine, without starting one now; nothing where another is in use. @throws Error */
  async openDoor(): Promise<void> {
    const { endpoint } = this.model.client.http;
    if (this.engine.kind !== 'ours' || endpoint.kind !== 'socket' || !this.#options.startsByItself()) return;
    await openDoor(this.#startOptions(endpoint.path, this.model.client));
  }

  /** Whether our engine is in use and runs, so that it goes on as it was started. */
  get runsOurs(): boolean {
    return this.engine.kind === 'ours' && this.model.state === 'connected' && !this.model.isAsleep;
  }

  /** Ends our engine and starts it with today's settings; one that sleeps is left to be started when it is needed. @throws Error */
  async restart(): Promise<void> {
    const { endpoint } = this.model.client.http;
    if (this.engine.kind !== 'ours' || endpoint.kind !== 'socket') return;
    const isNeeded = this.runsOurs;
    await endEngine({ folder: ownFolder(this.#options.env, this.#options.uid), socket: endpoint.path });
    if (isNeeded) await this.model.ensure();
  }

  [Symbol.dispose](): void {
    this.#listeners.clear();
    this.#forgetOthers();
    this.#used?.model[Symbol.dispose]();
  }

  #forgetOthers(): void {
    for (const model of this.#others.values()) model[Symbol.dispose]();
    this.#others.clear();
  }

  #choose(): KnownEngine {
    const host = this.#options.host();
    if (host !== '') return plainEngine(l10n.t('setting'), host, l10n.t('Set in the settings'), 'setting');
    const { env, uid, chosen } = this.#options;
    const wanted = chosen();
    if (wanted === undefined || wanted === defaultContext) return ownEngine(env, uid);
    return knownEngines(env, uid).find(({ name }) => name === wanted) ?? ownEngine(env, uid);
  }

  #modelFor(engine: KnownEngine): EngineModel {
    const { startsByItself } = this.#options;
    let endpoint;
    try {
      endpoint = engine.endpoint();
    } catch (error) {
      // Shown in the view: the extension works on, so that another can be chosen.
      const client = new EngineClient(parseEndpoint('unix:///dev/null'));
      return new EngineModel({ client, startsByItself, fault: messageOf(error) });
    }
    const client = new EngineClient(endpoint, { patience: usualPatience });
    if (engine.kind !== 'ours' || endpoint.kind !== 'socket') return new EngineModel({ client, startsByItself });
    const start = async (): Promise<void> => {
      const options = this.#startOptions(endpoint.path, client);
      await ensureEngine(options);
      const reason = await newObstacle(client, options.folder);
      if (reason !== undefined) this.#options.onObstacle(reason);
    };
    return new EngineModel({ client, start, startsByItself, isAsleep: () => sleeps(endpoint.path) });
  }

  #startOptions(socket: string, client: EngineClient): AutostartOptions {
    const { env, uid, program, idleExitS } = this.#options;
    return { folder: ownFolder(env, uid), socket, env: this.#env, program: program(), client, idleExitS: idleExitS() };
  }

  /** What our engine is started with. */
  get #env(): Environment {
    const mode = this.#options.mode();
    return mode === 'auto' ? this.#options.env : { ...this.#options.env, CORACLE_MODE: mode };
  }
}
