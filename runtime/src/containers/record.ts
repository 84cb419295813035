// What is kept of a container on disk, in `container.json`: all that must outlive the daemon.

import type { ContainerConfig, Health, HostConfig } from '../spec/api/containers.ts';
import type { EndpointSettings } from '../spec/api/networks.ts';
import type { JoinedRecord } from '../spec/engine/networks.ts';
import { EngineError } from '../spec/errors.ts';
import { isFullId } from '../spec/ids.ts';
import type { State } from './state.ts';

export const recordSchema = 1;

export interface ContainerRecord {
  readonly schema: number;
  readonly id: string;
  /** Without slash. */
  readonly name: string;
  readonly created: string;
  /** `sha256:…` */
  readonly imageId: string;
  /** Entrypoint and Cmd joined. */
  readonly argv: readonly string[];
  /** The request's, completed by the image's. */
  readonly config: ContainerConfig;
  /** The request's, completed by the daemon's defaults. */
  readonly hostConfig: HostConfig;
  readonly endpoints: Readonly<Record<string, EndpointSettings>>;
  readonly mounts: readonly MountRecord[];
  readonly state: State;
  readonly restartCount: number;
  readonly everStarted: boolean;
  /** Stopped or killed by a user, so that `unless-stopped` stays down after a restart of the daemon. */
  readonly stoppedByUser: boolean;
  /** While it runs in a network namespace of its own. */
  readonly joined?: JoinedRecord | undefined;
  readonly netns?: string | undefined;
  readonly health?: Health | undefined;
}

export interface MountRecord {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  readonly destination: string;
  readonly readOnly: boolean;
  /** Name of a volume. */
  readonly name?: string;
  readonly driver?: string;
  /** Absolute host path; of a volume its data directory, empty for tmpfs. */
  readonly source: string;
  /** As inspect shows it: `ro`, `z`, … */
  readonly mode: string;
  readonly propagation: string;
  readonly options?: readonly string[];
  readonly recursive?: boolean;
  /** Of a read-only bind: `top` not the mounts below it, `all` those too or not at all. */
  readonly readOnlyDepth?: 'top' | 'all';
  /** Below the volume's root. */
  readonly subpath?: string;
  /** A bind source that is made when it is missing. */
  readonly createSource?: boolean;
  /** Made for this container and removed with it when asked. */
  readonly anonymous?: boolean;
  /** Content of the image is not copied up. */
  readonly noCopy?: boolean;
  /** Of HostConfig.Tmpfs: mounted, but not among inspect's Mounts. */
  readonly hidden?: boolean;
}

/** @throws EngineError dataLoss when the text is no record of `id` that we can read */
export function parseRecord(text: string, id: string): ContainerRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EngineError('dataLoss', `container ${id}: its record is not JSON`, { cause });
  }
  return checkRecord(value, id);
}

/** @throws EngineError dataLoss when it is no record of `id` that we can read */
export function checkRecord(value: unknown, id: string): ContainerRecord {
  if (!isRecordOf(value, id)) throw new EngineError('dataLoss', `container ${id}: its record is not one of ours`);
  if (value.schema !== recordSchema) {
    throw new EngineError(
      'dataLoss',
      `container ${id}: its record has schema ${value.schema}, we read ${recordSchema}`,
    );
  }
  return value;
}

function isRecordOf(value: unknown, id: string): value is ContainerRecord {
  if (typeof value !== 'object' || value === null || !isFullId(id)) return false;
  const record = value as Partial<ContainerRecord>;
  return (
    record.id === id &&
    typeof record.schema === 'number' &&
    typeof record.name === 'string' &&
    typeof record.imageId === 'string' &&
    Array.isArray(record.argv) &&
    Array.isArray(record.mounts) &&
    typeof record.config === 'object' &&
    typeof record.hostConfig === 'object' &&
    typeof record.endpoints === 'object' &&
    typeof record.state === 'object'
  );
}
