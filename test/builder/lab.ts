// A whole engine without a daemon around it, for builds: everything real, in folders of its own.

import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { lintDockerfile } from '../../runtime/src/daemon/linter.ts';
import { createEngine, type EngineHandle } from '../../runtime/src/engine/engine.ts';
import { linuxParts } from '../../runtime/src/engine/linux-runner.ts';
import type { EngineConfig } from '../../runtime/src/engine/config.ts';
import { startKernel } from '../../runtime/src/host/native-kernel.ts';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { serveDns } from '../../runtime/src/host/node/dns-sockets.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { portHolder } from '../../runtime/src/host/node/port-holder.ts';
import type {
  BuildEvent,
  BuildRequest,
  FinishedEvent,
  StepPlan,
  StepResult,
} from '../../runtime/src/spec/engine/builds.ts';
import { noFilters } from '../../runtime/src/spec/filters.ts';
import { silentLogger, type Logger } from '../../runtime/src/spec/logger.ts';
import { FrameReader } from '../../runtime/src/spec/stream/multiplex.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { run } from '../helpers/run.ts';
import { helperPath, temporaryFolder } from '../native/setup.ts';
import { readBytes } from './bytes.ts';

export interface Built {
  readonly id: string;
  readonly steps: readonly StepPlan[];
  /** By the number of the step. */
  readonly results: ReadonlyMap<number, StepResult>;
  readonly imageId: string | undefined;
  readonly manifest: FinishedEvent['manifest'];
  readonly warnings: readonly string[];
  readonly failure: Extract<BuildEvent, { readonly kind: 'failed' }> | undefined;
  /** All that the steps wrote. */
  readonly output: string;
  /** `cached`, `done` … of each step. */
  readonly states: readonly string[];
}

export class Lab implements AsyncDisposable {
  readonly dataRoot = temporaryFolder('bd');
  readonly execRoot = temporaryFolder('be');
  readonly #logger: Logger;
  readonly #builder: NonNullable<EngineConfig['builder']>;
  #handle: EngineHandle | undefined;
  #kernel: Kernel | undefined;

  constructor(logger: Logger, builder: NonNullable<EngineConfig['builder']> = {}) {
    this.#logger = logger;
    this.#builder = builder;
  }

  static async open(logger: Logger = silentLogger, builder: NonNullable<EngineConfig['builder']> = {}): Promise<Lab> {
    const lab = new Lab(logger, builder);
    await lab.start();
    const archive = await busyboxArchive('busybox:latest');
    const loading = await lab.engine.images.load(readBytes(archive), { quiet: true });
    for await (const message of loading) void message;
    return lab;
  }

  get engine(): EngineHandle['engine'] {
    return this.handle.engine;
  }

  get handle(): EngineHandle {
    if (this.#handle === undefined) throw new Error('the engine does not run');
    return this.#handle;
  }

  async start(): Promise<void> {
    this.#kernel = await startKernel({ helperPath: helperPath(), execRoot: this.execRoot, logger: this.#logger });
    this.#handle = await createEngine({
      host: createNodeHost(),
      linux: linuxParts,
      kernel: this.#kernel,
      logger: this.#logger,
      config: this.#config(),
      live: { debug: false, labels: [], insecureRegistries: [], registryMirrors: [] },
      dnsSockets: { serve: serveDns },
      portHolder,
      lint: lintDockerfile,
      processTable: async (args) => (await run('ps', args)).stdout,
    });
  }

  async stop(): Promise<void> {
    await this.handle.shutdown({ timeoutS: 1 });
    await this.#kernel?.[Symbol.asyncDispose]();
    this.#handle = undefined;
  }

  /** Builds to the end. */
  async build(dockerfileText: string, change: Partial<BuildRequest> = {}): Promise<Built> {
    const { id, events } = await this.engine.builds.build(request(dockerfileText, change));
    return await collect(id, events);
  }

  /** What a command in a container of the image writes. */
  async run(image: string, command: readonly string[]): Promise<string> {
    const { containers } = this.engine;
    const { Id } = await containers.create({
      config: { Image: image, Cmd: command },
      hostConfig: { NetworkMode: 'none' },
      networkingConfig: {},
    });
    const { result } = await containers.wait(Id, 'next-exit', {});
    await containers.start(Id, {});
    await result;
    const { output } = await containers.logs(Id, {
      follow: false,
      stdout: true,
      stderr: true,
      timestamps: false,
      details: false,
    });
    let text = '';
    const frames = new FrameReader();
    for await (const chunk of output) {
      for (const { bytes } of frames.push(chunk)) text += Buffer.from(bytes).toString();
    }
    await containers.remove(Id, { force: true, volumes: true, link: false });
    return text;
  }

  async problems(): Promise<readonly string[]> {
    const { problems } = await this.engine.system.check();
    return problems.map(({ kind, object, message }) => `${kind} ${object}: ${message}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#handle === undefined) return;
    for (const { Id } of await this.engine.containers.list({ all: true, size: false, filters: noFilters })) {
      await this.engine.containers.remove(Id ?? '', { force: true, volumes: true, link: false });
    }
    await this.stop();
  }

  #config(): EngineConfig {
    return {
      version: 'test',
      mode: 'linux',
      dataRoot: this.dataRoot,
      execRoot: this.execRoot,
      bridge: 'cor0',
      dns: [],
      runtimes: {},
      searchPath: ['/usr/bin', '/usr/sbin'],
      initPaths: [],
      liveRestore: true,
      builder: this.#builder,
      proxies: { http: '', https: '', no: '' },
    };
  }
}

export function request(dockerfileText: string, change: Partial<BuildRequest> = {}): BuildRequest {
  return {
    context: { kind: 'none' },
    dockerfile: 'Dockerfile',
    dockerfileText,
    tags: [],
    target: '',
    buildArgs: {},
    labels: {},
    namedContexts: {},
    noCache: false,
    noCacheFilter: [],
    pull: false,
    network: 'default',
    hostConfig: {},
    auth: {},
    secrets: {},
    sshAgents: {},
    checkOnly: false,
    ...change,
  };
}

/** A context with these files; a value that begins with `->` is a link. */
export async function context(files: Readonly<Record<string, string>>) {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) {
    if (text.startsWith('->')) tar.entry({ name, type: 'symlink', linkname: text.slice(2) });
    else tar.entry({ name, mode: 0o644 }, text);
  }
  tar.finalize();
  return { kind: 'tar' as const, bytes: readBytes(await buffer(tar)) };
}

export async function collect(id: string, events: AsyncIterable<BuildEvent>): Promise<Built> {
  let steps: readonly StepPlan[] = [];
  const results = new Map<number, StepResult>();
  let imageId: string | undefined;
  let manifest: Built['manifest'];
  const warnings: string[] = [];
  let failure: Built['failure'];
  let output = '';
  for await (const event of events) {
    if (event.kind === 'planned') steps = event.steps;
    else if (event.kind === 'ended') results.set(event.step, event.result);
    else if (event.kind === 'output') output += Buffer.from(event.bytes).toString();
    else if (event.kind === 'warning') warnings.push(event.message);
    else if (event.kind === 'finished') ({ imageId, manifest } = event);
    else if (event.kind === 'failed') failure = event;
  }
  const states = steps.map(({ step }) => results.get(step)?.state ?? 'not run');
  return { id, steps, results, imageId, manifest, warnings, failure, output, states };
}

/** Path of something in the lab's data root. */
export function below(lab: Lab, ...parts: readonly string[]): string {
  return join(lab.dataRoot, ...parts);
}
