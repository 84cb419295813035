// RUN: a container on the snapshot, its command, and what it changed as a layer. The container is gone afterwards, however it went.

import type { Tree } from '../../host/kernel.ts';
import type { HostConfig, Mount } from '../../spec/api/containers.ts';
import { isEngineError, isKind } from '../../spec/errors.ts';
import { FrameReader, streamNumber } from '../../spec/stream/multiplex.ts';
import type { BuildImages, LayerRef, RunOperation, StepRunner, StepSpec } from '../contract.ts';
import type { Slots } from '../../spec/slots.ts';
import type { StepContainers } from './step-containers.ts';
import { endedWith, StepFailure } from './step-failure.ts';

export interface RunDeps {
  readonly containers: StepContainers;
  readonly images: BuildImages;
  /** Limits and the like for every step. */
  readonly hostConfig: HostConfig;
  /** Name of the network of steps that choose none. */
  readonly network: string;
  /** Seconds since 1970: no time in a layer is later. */
  readonly sourceDateEpoch: number | undefined;
  readonly slots: Slots;
}

/** As BuildKit calls it: a name of its own for each step would be another input for the command. */
const hostname = 'buildkitsandbox';

export class RunSteps implements StepRunner {
  readonly #deps: RunDeps;

  constructor(deps: RunDeps) {
    this.#deps = deps;
  }

  async run(spec: StepSpec): Promise<LayerRef | undefined> {
    const { containers, images } = this.#deps;
    const { snapshot, operation, mounts, env, signal } = spec;
    signal.throwIfAborted();
    await using undo = new AsyncDisposableStack();
    undo.use(await this.#deps.slots.take(signal));
    undo.use(containers.define(snapshot.key, await images.directories(snapshot.layers), operation));
    const { Id: id } = await containers.create({
      config: { ...configOf(operation, snapshot.key, env), ...this.#names(operation) },
      hostConfig: { ...this.#hostConfig(operation), Mounts: mounts },
      networkingConfig: {},
    });
    undo.defer(() => containers.remove(id, { force: true, volumes: true, link: false }));
    const mountPoints = mounts.length === 0 ? [] : await this.#mountPoints(id, mounts);
    const exitCode = await this.#execute(id, spec);
    signal.throwIfAborted();
    const layer = await containers.openLayer(id, { mountPoints, latestNs: this.#latestNs() });
    const made = layer === undefined ? undefined : await images.addLayer(snapshot.layers, layer, signal);
    if (exitCode === 0) return made;
    const failure = endedWith(operation.argv, exitCode);
    failure.halfMade = made;
    throw failure;
  }

  #latestNs(): bigint | undefined {
    const { sourceDateEpoch } = this.#deps;
    return sourceDateEpoch === undefined ? undefined : BigInt(sourceDateEpoch) * 1_000_000_000n;
  }

  #networkMode({ network }: RunOperation): string {
    return network === 'default' ? this.#deps.network : network;
  }

  /** In the network of a container, a step has that one's name. */
  #names(operation: RunOperation): { readonly Hostname?: string } {
    return this.#networkMode(operation).startsWith('container:') ? {} : { Hostname: hostname };
  }

  #hostConfig(operation: RunOperation): HostConfig {
    const { security } = operation;
    return {
      ...this.#deps.hostConfig,
      NetworkMode: this.#networkMode(operation),
      LogConfig: { Type: 'none', Config: {} },
      ...(security === 'insecure' ? { Privileged: true } : {}),
    };
  }

  /** Where the mounts will be in the root, links resolved as far as there is anything. */
  async #mountPoints(id: string, mounts: readonly Mount[]): Promise<readonly string[]> {
    await using mounted = await this.#deps.containers.openFiles(id);
    const found: string[] = [];
    for (const { Target } of mounts) found.push(await placeIn(mounted.tree, Target ?? '/'));
    return found;
  }

  /** @returns its status */
  async #execute(id: string, { operation, output, signal }: StepSpec): Promise<number> {
    const { containers } = this.#deps;
    const session = await containers.attach(id, {
      stdin: false,
      stdout: true,
      stderr: true,
      logs: false,
      stream: true,
    });
    const { result } = await containers.wait(id, 'next-exit', {});
    try {
      await containers.start(id, {});
    } catch (error) {
      session.close();
      throw asFailure(error, operation);
    }
    const kill = () => void this.#kill(id);
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    try {
      const frames = new FrameReader();
      for await (const chunk of session.output) {
        for (const { stream, bytes } of frames.push(chunk)) {
          await output(stream === streamNumber.stderr ? 'stderr' : 'stdout', bytes);
        }
      }
      return (await result).StatusCode;
    } finally {
      signal.removeEventListener('abort', kill);
    }
  }

  async #kill(id: string): Promise<void> {
    try {
      await this.#deps.containers.kill(id, { signal: 'KILL' });
    } catch (error) {
      // It has ended by itself, or will be removed by force in a moment.
      if (!isEngineError(error)) throw error;
    }
  }
}

function configOf(operation: RunOperation, image: string, env: readonly string[]) {
  return {
    Image: image,
    User: operation.user,
    WorkingDir: operation.workingDir,
    Env: [...operation.env, ...env],
    Cmd: operation.argv,
  };
}

/** The path itself where it is there, else what will be made of it. */
async function placeIn(tree: Tree, path: string): Promise<string> {
  const names = path.split('/').filter((name) => name !== '');
  for (let known = names.length; known > 0; known--) {
    const real = await tree.realPath(`/${names.slice(0, known).join('/')}`);
    if (real !== undefined) return [real, ...names.slice(known)].join('/');
  }
  return `/${names.join('/')}`;
}

/** A command that is not there, told as its own failure and not as the engine's. */
function asFailure(error: unknown, { argv }: RunOperation): unknown {
  if (!isKind(error, 'invalidParameter', 'system')) return error;
  const cause = error.cause as { readonly exitCode?: unknown } | undefined;
  if (typeof cause?.exitCode !== 'number') return error;
  return new StepFailure(`${JSON.stringify(argv.join(' '))}: ${error.message}`, cause.exitCode, { cause: error });
}
