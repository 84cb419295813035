// A container in a task's terminal: what it runs is built or pulled first, Ctrl-C reaches the program in it, its exit code is the
// task's, and nothing of it stays.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { isNotFound } from '../../../runtime/src/client/errors.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { splitReference, tagged } from '../../../runtime/src/text/names.ts';
import { visible } from '../../../runtime/src/text/output-lines.ts';
import { createBody, defaultOptions } from '../forms/run-options.ts';
import { l10n } from '../l10n.ts';
import { authFor } from '../registries/auth-for.ts';
import type { LogIns } from '../registries/log-ins.ts';
import { attachProgram } from '../terminals/attach-program.ts';
import type { Size, TerminalProgram, TerminalScreen, Ui } from '../ui/ui.ts';
import { type BuildHost, buildOn, interruptedCode } from './build-program.ts';
import type { RunTask } from './definitions.ts';

export interface RunHost extends BuildHost {
  /** The engine in use. @throws Error that says why there is none */
  client(): Promise<EngineClient>;
  readonly places: Ui['places'];
  readonly logIns: LogIns;
}

export class RunProgram implements TerminalProgram {
  readonly #host: RunHost;
  readonly #task: RunTask;
  readonly #stop = new AbortController();
  /** What is in the terminal once the container is there. */
  #inner: TerminalProgram | undefined;

  constructor(host: RunHost, task: RunTask) {
    this.#host = host;
    this.#task = task;
  }

  async run(screen: TerminalScreen): Promise<number> {
    const signal = AbortSignal.any([screen.signal, this.#stop.signal]);
    const { build, image } = this.#task;
    const built = build === undefined ? { code: 0, image } : await buildOn(screen, this.#host, build, signal);
    if (built.image === undefined) return built.code;
    try {
      return await this.#start(screen, built.image, signal);
    } catch (error) {
      if (signal.aborted) return interruptedCode;
      await screen.write(`\u001b[31m${visible(messageOf(error))}\u001b[0m\r\n`);
      return 125;
    }
  }

  input(text: string): void {
    if (this.#inner !== undefined) this.#inner.input?.(text);
    else if (text.includes('\u0003')) this.#stop.abort();
  }

  resize(size: Size): void {
    this.#inner?.resize?.(size);
  }

  async #start(screen: TerminalScreen, image: string, signal: AbortSignal): Promise<number> {
    const client = await this.#host.client();
    const { containers, images } = client;
    if (this.#task.build === undefined) await this.#pullMissing(client, image, screen, signal);
    const taken = (await containers.list({ all: true })).flatMap(({ Ports }) => Ports ?? []);
    const ports = new Set(taken.flatMap(({ PublicPort }) => PublicPort ?? []));
    const options = defaultOptions(image, await images.inspect(image), ports);
    const { name, network, volumes, env, command } = this.#task;
    const body = createBody(
      {
        ...options,
        ports: this.#task.ports ?? options.ports,
        name,
        network,
        volumes,
        env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
        isInteractive: true,
        isRemoved: true,
      },
      this.#host.places,
    );
    signal.throwIfAborted();
    const made = await containers.create(command.length === 0 ? body : { ...body, Cmd: command }, name || undefined);
    const id = made.Id ?? '';
    try {
      const inner = attachProgram(client, await containers.inspect(id), { isStarted: true });
      this.#inner = inner;
      return (await inner.run(screen)) ?? interruptedCode;
    } finally {
      // The engine removes what has exited; what has not was left by who closed the terminal.
      await containers.remove(id, { force: true, v: true }).catch((error: unknown) => {
        if (!isNotFound(error) && !isUnderWay(error)) throw error;
      });
    }
  }

  async #pullMissing(
    { images }: EngineClient,
    name: string,
    screen: TerminalScreen,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await images.inspect(name);
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    await screen.write(`${l10n.t('Pulling {0}', visible(tagged(name)))}\r\n`);
    const { repository, tag, digest } = splitReference(name);
    const options = { tag: digest || tag || 'latest', signal, ...(await authFor(this.#host.logIns, name)) };
    for await (const { error } of await images.pull(repository, options)) {
      if (error !== undefined) throw new Error(l10n.t('Could not pull {0}: {1}', tagged(name), error));
    }
  }
}

/** The engine is removing it already. */
function isUnderWay(error: unknown): boolean {
  return /removal of container .* is already in progress/i.test(messageOf(error));
}
