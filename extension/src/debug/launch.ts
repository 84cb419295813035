// A program debugged in a container of its own: the image is built, a container made of it with the ports and mounts it needs, the
// program started so that its language's debugger can join, and that debugger brought to it. At the end nothing is left.

import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { ImageInspect } from '../../../runtime/src/spec/api/images.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { machineOf, webPorts } from '../commands/container/open.ts';
import { l10n } from '../l10n.ts';
import { colouredLine, plainLine } from '../logs/text.ts';
import type { DebugOutput, DebugTask } from './adapter.ts';
import type { LaunchConfiguration } from './configuration.ts';
import { checkDebuggable } from './engine-check.ts';
import { DebugContainer } from './container.ts';
import type { LanguageDebugger, Preparation, Program, Roots } from './contract.ts';
import { Undoing } from '../undoing.ts';
import type { DebugDeps } from './deps.ts';
import { buildImage } from './image.ts';
import { Joiner } from './joiner.ts';
import { programOf, runBody } from './run-body.ts';
import { rootsOf } from './roots.ts';
import { addressOf, servedBy, type Served } from './server-ready.ts';

/** A container may say that servers listen as often as it likes. */
const mostServed = 10;

interface Running {
  readonly client: EngineClient;
  readonly id: string;
}

export class Launch implements DebugTask {
  readonly #deps: DebugDeps;
  readonly #configuration: LaunchConfiguration;
  readonly #output: DebugOutput;
  readonly #ended = new AbortController();
  readonly #made = new Undoing();
  /** Resolves when the container runs. */
  readonly #running: Promise<Running>;
  #runs: (running: Running) => void = () => undefined;
  #work: Promise<void> | undefined;
  /** Ports that servers were said to listen on. */
  readonly #served = new Set<number>();

  constructor(deps: DebugDeps, configuration: LaunchConfiguration, output: DebugOutput) {
    this.#deps = deps;
    this.#configuration = configuration;
    this.#output = output;
    this.#running = new Promise((resolve) => (this.#runs = resolve));
  }

  async start(): Promise<void> {
    this.#work = this.#start();
    await this.#work;
  }

  async end(): Promise<void> {
    this.#ended.abort();
    // What is being made is taken back by who makes it, or is there by then.
    await this.#work?.catch(() => undefined);
    await this.#made[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    const { source, noDebug, name } = this.#configuration;
    const client = await this.#deps.client();
    if (noDebug !== true) await checkDebuggable(client);
    const image = await this.#image(client);
    const program = programOf(image, this.#configuration);
    const language = noDebug ? undefined : await this.#language(program);
    const { stopOnEntry, debuggerOptions } = this.#configuration;
    const preparation = (await language?.prepare(program, { stopOnEntry })) ?? {};
    const joiner =
      language === undefined
        ? undefined
        : new Joiner(this.#deps, this.#output, {
            client,
            language,
            program,
            stopOnEntry,
            debuggerOptions,
            roots: await this.#roots(program),
            name: source.kind === 'build' ? basename(source.context) : name,
          });
    const container = await this.#run(client, image, preparation, { joiner, language });
    this.#runs({ client, id: container.id });
    if (preparation.listener !== undefined) void joiner?.join(container.id, preparation.listener);
    void container.exit.then((code) => this.#exited(container, code));
  }

  async #image(client: EngineClient): Promise<ImageInspect> {
    const { source } = this.#configuration;
    if (source.kind === 'image') return await client.images.inspect(source.image);
    return await buildImage(this.#deps, client, source, this.#output, this.#ended.signal);
  }

  /** @throws Error when nobody debugs it */
  async #language(program: Program): Promise<LanguageDebugger> {
    const language = this.#deps.languages.choose(this.#configuration.language, program);
    const { id, name } = language.extension;
    if (await this.#deps.activate(id)) return language;
    throw new Error(
      l10n.t('{0} programs are debugged by the extension {1} ({2}): install it.', language.language, name, id),
    );
  }

  async #roots(program: Program): Promise<Roots> {
    const { source, localRoot, remoteRoot } = this.#configuration;
    const usual =
      source.kind === 'image'
        ? { local: this.#deps.folder ?? '/', remote: program.workingDirectory }
        : rootsOf({
            text: await readFile(source.dockerfile, 'utf8'),
            target: source.target,
            context: source.context,
            workingDirectory: program.workingDirectory,
            isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
          });
    return { local: localRoot ?? usual.local, remote: remoteRoot ?? usual.remote };
  }

  async #run(
    client: EngineClient,
    image: ImageInspect,
    preparation: Preparation,
    who: { readonly joiner: Joiner | undefined; readonly language: LanguageDebugger | undefined },
  ): Promise<DebugContainer> {
    const configuration = this.#configuration;
    const { keeper, ui } = this.#deps;
    const place = configuration.source.kind === 'build' ? basename(configuration.source.context) : 'image';
    const attempt = async (anyPorts: boolean) => {
      let id = '';
      try {
        return await DebugContainer.start(client, {
          body: runBody({ image, configuration, preparation, places: ui.places, anyPorts }),
          name: `${place.replaceAll(/[^\w.-]+/g, '-').replace(/^[^a-zA-Z\d]+/, '') || 'coracle'}-debug`,
          files: preparation.files ?? {},
          onLine: (line, stream) => this.#line(line, stream, who),
          onCreate: (made) => {
            id = made;
            const { endpoint } = client.http;
            // A worker ends with its containers.
            if (endpoint.kind !== 'worker') keeper.keep(id, endpoint);
          },
          signal: this.#ended.signal,
        });
      } catch (error) {
        keeper.done(id);
        throw error;
      }
    };
    const container = await attempt(false).catch(async (error: unknown) => {
      if (configuration.ports !== undefined || !/port|address already in use/i.test(messageOf(error))) throw error;
      return await attempt(true);
    });
    this.#made.add(async () => {
      await container.remove();
      keeper.done(container.id);
    });
    const { joiner } = who;
    if (joiner !== undefined) this.#made.add(() => joiner[Symbol.asyncDispose]());
    return container;
  }

  #line(
    line: string,
    stream: 'stdout' | 'stderr',
    { joiner, language }: { readonly joiner: Joiner | undefined; readonly language: LanguageDebugger | undefined },
  ): void {
    const listener = language?.listener(line);
    if (listener !== undefined && joiner !== undefined) {
      void this.#running.then(({ id }) => joiner.join(id, listener));
    }
    if (language?.isChatter(line) === true) return;
    this.#output.write(`${colouredLine(line)}\n`, stream);
    const { serverReady } = this.#configuration;
    const served = serverReady === undefined ? undefined : servedBy(plainLine(line), serverReady);
    if (served === undefined || this.#served.has(served.port) || this.#served.size >= mostServed) return;
    this.#served.add(served.port);
    void this.#open(served).catch((error: unknown) => this.#output.write(`${messageOf(error)}\n`, 'stderr'));
  }

  async #open(served: Served): Promise<void> {
    const { client, id } = await this.#running;
    const { NetworkSettings } = await client.containers.inspect(id);
    const port = webPorts(NetworkSettings?.Ports ?? {}).find(({ inner }) => inner === served.port)?.outer;
    if (port === undefined) {
      const words = l10n.t(
        'Port {0} is not published, so it cannot be opened here: EXPOSE it, or name it in "ports".',
        served.port,
      );
      this.#output.write(`${words}\n`, 'console');
      return;
    }
    await this.#deps.openOnce(addressOf(served, { machine: machineOf(client), port }, this.#configuration.serverReady));
  }

  async #exited(container: DebugContainer, code: number | undefined): Promise<void> {
    if (this.#ended.signal.aborted) return;
    if (code !== undefined) {
      this.#output.write(`${l10n.t('The container exited with code {0}.', code)}\n`, 'console');
      this.#output.exited(code);
    }
    this.#deps.keeper.done(container.id);
    this.#output.ended();
  }
}
