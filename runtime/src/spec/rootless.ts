// What the step before the daemon tells it when it runs as an ordinary user: where it is, and how containers get out.

import type { Finding } from './engine/system.ts';

export interface Rootless {
  /** Of the user on the host. */
  readonly uid: number;
  readonly gid: number;
  /** The process that keeps the namespaces. */
  readonly holder: ProcessId;
  readonly wayOut: WayOut;
  /** What the host allows, as it was seen before the namespaces were entered. */
  readonly findings: readonly Finding[];
}

/** A process for good: numbers are used again, but not with the same start. */
export interface ProcessId {
  readonly pid: number;
  /** In ticks since the boot, as /proc/<pid>/stat has it. */
  readonly started: string;
}

/** How the network of the containers, which is not the host's, reaches what the host reaches. */
export interface WayOut {
  readonly kind: 'slirp4netns' | 'pasta' | 'none';
  /** Where containers find a name server; empty when there is none. */
  readonly nameserver: string;
  /** The largest packet it takes. */
  readonly mtu: number;
}
