// The engines of a browser: the one in a worker of this window.

import { EngineClient } from '../../../runtime/src/client/client.ts';
import type { EngineList, ShownEngine } from '../engines/contract.ts';
import { l10n } from '../l10n.ts';
import { EngineModel } from '../model/engine-model.ts';
import { WorkerTransport } from './transport.ts';
import type { WorkerEngine } from './worker-engine.ts';

export interface WebEnginesOptions {
  readonly worker: Pick<WorkerEngine, 'running' | 'isLost' | 'start'>;
  readonly startsByItself: () => boolean;
}

export class WebEngines implements EngineList {
  readonly engine: ShownEngine;
  readonly model: EngineModel;

  constructor({ worker, startsByItself }: WebEnginesOptions) {
    const transport = new WorkerTransport(() => worker.running);
    const host = transport.endpoint.text;
    this.engine = { name: 'default', host, description: l10n.t("Coracle's own engine, in this window"), kind: 'ours' };
    this.model = new EngineModel({
      client: new EngineClient(transport),
      start: () => worker.start(),
      isAsleep: () => worker.running === undefined,
      // What ended it may do so again: the user says when.
      startsByItself: () => !worker.isLost && startsByItself(),
    });
  }

  list(): readonly ShownEngine[] {
    return [this.engine];
  }

  modelOf(name: string): EngineModel {
    if (name === this.engine.name) return this.model;
    throw new Error(l10n.t('There is no engine {0} any more.', name));
  }

  /** There is no other. */
  onChange(): Disposable {
    return { [Symbol.dispose]: () => undefined };
  }

  async preflight(): Promise<undefined> {
    return await Promise.resolve(undefined);
  }

  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
  }
}
