// What the containers room is given: the other nouns as the interfaces it asks for, and the daemon's defaults.

import type { Host } from '../host/host.ts';
import type { Runner } from '../runners/runner.ts';
import type { ImageSource } from '../spec/engine/images.ts';
import type { ContainerNetworks } from '../spec/engine/networks.ts';
import type { EventSink } from '../spec/engine/system.ts';
import type { VolumeSource } from '../spec/engine/volumes.ts';
import type { Logger } from '../spec/logger.ts';
import type { ContainerStore } from './store.ts';

export interface ContainersDeps {
  readonly host: Host;
  readonly runner: Runner;
  readonly images: ImageSource;
  readonly networks: ContainerNetworks;
  readonly volumes: VolumeSource;
  readonly events: EventSink;
  readonly logger: Logger;
  /** `<data-root>/containers`. */
  readonly directory: string;
  readonly defaults: ContainerDefaults;
  /** Its containers do not outlive the engine: nothing is written down of them, and nothing waits for the disk. */
  readonly isEphemeral?: boolean;
  /** Containers of another room, whose network, PIDs and IPC may be shared by `container:`. */
  readonly lenders?: ContainerStore;
  /**
   * Runs `ps` with these arguments on the host.
   * @returns what it printed
   * @throws EngineError system with what it printed as its error
   */
  processTable(psArgs: readonly string[]): Promise<string>;
}

export interface ContainerDefaults {
  /** Name of the runtime used when HostConfig.Runtime is empty. */
  readonly runtime: string;
  /** `private` on cgroup v2, `host` on v1, as dockerd has it. */
  readonly cgroupnsMode: 'host' | 'private';
  readonly cgroupVersion: 1 | 2;
  readonly logDriver: string;
  readonly logOptions: Readonly<Record<string, string>>;
}
