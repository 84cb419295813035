// The cache key of a step: a digest of what it does and of all that it reads. Times of files, values of secrets and addresses of
// proxies are not in it. What went into a key is kept beside it, so that a miss can be explained.

import type { Host } from '../host/host.ts';
import type { ConfigOperation, CopyOperation, LayerRef, RunMount, RunOperation, Snapshot } from './contract.ts';

/** Counted up when the same inputs shall not give the same key any more. */
const version = 1;

export interface StepInputs {
  /** Key of the snapshot that the step begins with. */
  readonly parent: string;
  /** Digest of the layers of that snapshot: a step that ran again may have made others. */
  readonly layers: string;
  /** What is done, without variables and files. */
  readonly instruction: string;
  /** Name -> digest of its value. */
  readonly variables: Readonly<Record<string, string>>;
  /** Digest over all files that are read; undefined where none are. */
  readonly files: string | undefined;
}

export class Keys {
  readonly #host: Pick<Host, 'codec'>;
  readonly #epoch: number | undefined;

  /** @param sourceDateEpoch in seconds: what is made with it is another thing than what is made without */
  constructor(host: Pick<Host, 'codec'>, sourceDateEpoch?: number) {
    this.#host = host;
    this.#epoch = sourceDateEpoch;
  }

  /** `sha256:…` of anything that JSON can say. */
  digest(value: unknown): string {
    const hasher = this.#host.codec.hasher('sha256');
    hasher.update(new TextEncoder().encode(JSON.stringify(value)));
    return `sha256:${hasher.hex()}`;
  }

  keyOf({ parent, layers, instruction, variables, files }: StepInputs): string {
    const epoch = this.#epoch === undefined ? [] : [this.#epoch];
    return this.digest([version, parent, layers, instruction, variables, files ?? null, ...epoch]);
  }

  /** The snapshot of a base image, or of nothing. */
  snapshotOf(layers: readonly LayerRef[]): Snapshot {
    return { key: this.digest([version, 'layers', ...layers.map(({ diffId }) => diffId)]), layers };
  }

  layersOf({ layers }: Snapshot): string {
    return this.digest(layers.map(({ diffId }) => diffId));
  }

  run(operation: RunOperation, below: Snapshot, files: string | undefined, hosts: readonly string[]): StepInputs {
    const { argv, script, env, workingDir, user, mounts, network, security, proxies } = operation;
    const ignored = new Set(proxies);
    const counted = env
      .map((entry) => [nameOf(entry), entry] as const)
      .filter(([name]) => !ignored.has(name))
      .map(([name, entry]) => [name, this.digest(entry)] as const);
    const shown = mounts.map(shownMount);
    return {
      ...this.#below(below),
      instruction: JSON.stringify(['run', argv, script ?? null, workingDir, user, shown, network, security, hosts]),
      variables: Object.fromEntries(counted.toSorted(([a], [b]) => (a < b ? -1 : 1))),
      files,
    };
  }

  copy(operation: CopyOperation, below: Snapshot, files: string): StepInputs {
    const { destination, intoDirectory, chown, chmod, link, parents, exclude, unpack, keepGitDir } = operation;
    const sources = operation.sources.map((source) => (source.kind === 'inline' ? ['inline', source.name] : source));
    const how = [destination, intoDirectory, chown, chmod, link, parents, exclude, unpack, keepGitDir];
    return {
      ...this.#below(below),
      instruction: JSON.stringify(['copy', sources, how]),
      variables: {},
      files,
    };
  }

  /** WORKDIR, where its folder is not there. */
  folder(operation: ConfigOperation, below: Snapshot): StepInputs {
    const instruction = JSON.stringify(['folder', operation.makesFolder, operation.config.User ?? '']);
    return { ...this.#below(below), instruction, variables: {}, files: undefined };
  }

  #below(below: Snapshot): Pick<StepInputs, 'parent' | 'layers'> {
    return { parent: below.key, layers: this.layersOf(below) };
  }
}

function nameOf(entry: string): string {
  const sign = entry.indexOf('=');
  return sign < 0 ? entry : entry.slice(0, sign);
}

/** A mount without what it holds: files count by their contents, caches and secrets not at all. */
function shownMount(mount: RunMount): unknown {
  if (!('from' in mount)) return mount;
  const { from, ...rest } = mount;
  return { ...rest, from: from?.kind ?? null };
}
