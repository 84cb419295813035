// What whoever builds says about a build, as far as planning needs it.

import type { NamedContexts } from '../named-contexts.ts';

export interface PlanOptions {
  /** Name or number of a stage; empty for the last one. */
  readonly target: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** `os/architecture[/variant]` that is built for, and that of this machine. */
  readonly targetPlatform: string;
  readonly buildPlatform: string;
  /** Network of RUN steps that choose none. */
  readonly network: 'default' | 'none' | 'host';
  readonly noCache: boolean;
  readonly noCacheFilter: readonly string[];
  /** Names that stand for other contexts or images, whatever else they are the names of. */
  readonly namedContexts: NamedContexts;
  /** RFC 3339, for the history. */
  readonly created: string;
}
