// What the engine offers about itself, and the whole of it as the API sees it.

import type { Builds } from './builds.ts';
import type { EventMessage, SystemInfo, SystemVersion } from '../api/system.ts';
import type { Filters } from '../filters.ts';
import type { AuthConfig } from '../api/images.ts';
import type { Cancellable, Containers } from './containers.ts';
import type { Files, ReadableFiles } from './files.ts';
import type { Images } from './images.ts';
import type { Networks } from './networks.ts';
import type { Volumes } from './volumes.ts';

export interface Engine {
  readonly containers: Containers;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly builds: Builds;
  readonly system: System;
  /** The files of the nouns that have some. */
  readonly files: { readonly containers: Files; readonly volumes: Files; readonly images: ReadableFiles };
}

export interface System {
  info(): Promise<SystemInfo>;
  version(): Promise<SystemVersion>;
  /** Past events since `sinceNs`, then live ones until `untilNs` or the signal. Resolves once subscribed. */
  events(
    query: { readonly sinceNs?: bigint; readonly untilNs?: bigint; readonly filters: Filters } & Cancellable,
  ): Promise<AsyncIterable<EventMessage>>;
  /** The shape of GET /system/df. */
  diskUsage(types: readonly string[]): Promise<unknown>;
  /** Logs in to a registry. */
  auth(config: AuthConfig): Promise<{ readonly Status: string; readonly IdentityToken: string }>;
  /** Walks the whole store and says what does not hold together; the data of `coracle system check`. */
  check(): Promise<StoreReport>;
  /** What this machine allows, with reasons; the data of `coracle doctor`. */
  doctor(): Promise<DoctorReport>;
}

export interface DoctorReport {
  readonly findings: readonly Finding[];
}

/** Something that was looked at because an engine needs it. */
export interface Finding {
  /** What was looked at, e.g. `cgroups`. */
  readonly name: string;
  /** `warning`: it works, but for what the message says. `missing`: the engine cannot work so. */
  readonly state: 'ok' | 'warning' | 'missing';
  /** A sentence for the user. */
  readonly message: string;
  /** One command for a shell that mends it; absent where there is none. */
  readonly remedy?: string;
}

export interface StoreReport {
  /** Empty when all is well. */
  readonly problems: readonly { readonly kind: string; readonly object: string; readonly message: string }[];
  readonly checked: {
    readonly blobs: number;
    readonly layers: number;
    readonly images: number;
    readonly containers: number;
    readonly networks: number;
    readonly volumes: number;
  };
}

/** Where nouns tell what happened. */
export interface EventSink {
  /** `type` is container, image, network, volume, builder or daemon. Attribute values are strings. */
  publish(
    type: string,
    action: string,
    actor: { readonly id: string; readonly attributes: Readonly<Record<string, string>> },
  ): void;
}
