// What views and verbs know of the engines there are, wherever they run.

import type { DoctorReport } from '../../../runtime/src/spec/engine/system.ts';
import type { EngineModel } from '../model/engine-model.ts';

export interface ShownEngine {
  /** Unique among those that are known at a time. */
  readonly name: string;
  /** Its address. */
  readonly host: string;
  readonly description: string;
  /** Ours is started when it is needed; stored ones can be removed. */
  readonly kind: 'ours' | 'stored' | 'found' | 'setting';
}

export interface EngineList {
  /** The one in use. */
  readonly engine: ShownEngine;
  readonly model: EngineModel;
  list(): readonly ShownEngine[];
  /** The model of any known engine: files that are open belong to the engine they were opened from. @throws Error for an unknown one */
  modelOf(name: string): EngineModel;
  /** Told when another engine is in use. */
  onChange(listener: () => void): Disposable;
  /** What the machine allows our engine, without it; undefined where that cannot be asked. */
  preflight(): Promise<DoctorReport | undefined>;
  [Symbol.dispose](): void;
}
