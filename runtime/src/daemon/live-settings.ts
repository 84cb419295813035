// What of the settings may change while the engine runs.

import type { LiveSettings } from '../engine/config.ts';
import type { DaemonConfig } from './config.ts';

/** As they are read by the engine, anew each time. */
export function liveSettings(config: DaemonConfig): LiveSettings {
  return {
    debug: config.logLevel === 'debug',
    labels: config.labels,
    insecureRegistries: config.insecureRegistries,
    registryMirrors: config.registryMirrors,
    trustPolicy: config.trustPolicy,
  };
}
