// RUN: a container on the snapshot, its command, and what it changed as a layer. The container is gone afterwards, however it went.

import type { HostConfig } from '../../spec/api/containers.ts';
import { isEngineError, isKind } from '../../spec/errors.ts';
import { FrameReader, streamNumber } from '../../spec/stream/multiplex.ts';
import type { BuildImages, LayerRef, RunOperation, StepRunner, StepSpec } from '../contract.ts';
import type { StepContainers } from './step-containers.ts';
import { endedWith, StepFailure } from './step-failure.ts';

export interface RunDeps {
  readonly containers: StepContainers;
  readonly images: BuildImages;
  /** Limits and the like for every step. */
  readonly hostConfig: HostConfig;
  /** Name of the network of steps that choose none. */
  readonly network: string;
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
    const { snapshot, operation, signal } = spec;
    signal.throwIfAborted();
    await using undo = new AsyncDisposableStack();
    undo.use(containers.define(snapshot.key, await images.directories(snapshot.layers)));
    const { Id: id } = await containers.create({
      config: configOf(operation, snapshot.key),
      hostConfig: this.#hostConfig(operation),
      networkingConfig: {},
    });
    undo.defer(() => containers.remove(id, { force: true, volumes: true, link: false }));
    const exitCode = await this.#execute(id, spec);
    signal.throwIfAborted();
    if (exitCode !== 0) throw endedWith(operation.argv, exitCode);
    return await images.addLayer(snapshot.layers, await containers.openLayer(id, []), signal);
  }

  #hostConfig({ network, security }: RunOperation): HostConfig {
    return {
      ...this.#deps.hostConfig,
      NetworkMode: network === 'default' ? this.#deps.network : network,
      LogConfig: { Type: 'none', Config: {} },
      ...(security === 'insecure' ? { Privileged: true } : {}),
    };
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

function configOf(operation: RunOperation, image: string) {
  return {
    Image: image,
    Hostname: hostname,
    User: operation.user,
    WorkingDir: operation.workingDir,
    Env: operation.env,
    Cmd: operation.argv,
  };
}

/** A command that is not there, told as its own failure and not as the engine's. */
function asFailure(error: unknown, { argv }: RunOperation): unknown {
  if (!isKind(error, 'invalidParameter', 'system')) return error;
  const cause = error.cause as { readonly exitCode?: unknown } | undefined;
  if (typeof cause?.exitCode !== 'number') return error;
  return new StepFailure(`${JSON.stringify(argv.join(' '))}: ${error.message}`, cause.exitCode, { cause: error });
}
