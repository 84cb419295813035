// A debugger brought to a container that runs already: its processes are looked for, let debuggers in where they do not yet, and one
// is joined. The container goes on when the session ends.

import { posix } from 'node:path';
import { existsSync } from 'node:fs';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { readFrames } from '../../../runtime/src/client/hijack-streams.ts';
import type { ContainerInspectResponse } from '../../../runtime/src/spec/api/containers.ts';
import { l10n } from '../l10n.ts';
import type { DebugOutput, DebugTask } from './adapter.ts';
import type { AttachConfiguration } from './configuration.ts';
import type { Candidate, LanguageDebugger, Listener, Program, Roots } from './contract.ts';
import { checkDebuggable } from './engine-check.ts';
import type { DebugDeps } from './deps.ts';
import { Joiner } from './joiner.ts';

/** In bytes: what a search in a container answers is not believed beyond that. */
const longestAnswer = 1024 * 1024;

export class Attach implements DebugTask {
  readonly #deps: DebugDeps;
  readonly #configuration: AttachConfiguration;
  readonly #output: DebugOutput;
  readonly #ended = new AbortController();
  #joiner: Joiner | undefined;

  constructor(deps: DebugDeps, configuration: AttachConfiguration, output: DebugOutput) {
    this.#deps = deps;
    this.#configuration = configuration;
    this.#output = output;
  }

  async start(): Promise<void> {
    const { container, language: wanted, port, name, debuggerOptions } = this.#configuration;
    const client = await this.#deps.client();
    await checkDebuggable(client);
    const info = await client.containers.inspect(container);
    const id = info.Id ?? container;
    const shown = (info.Name ?? container).replace(/^\//, '');
    if (info.State?.Running !== true) throw new Error(l10n.t('{0} does not run.', shown));
    const program = programOf(info);
    const language = this.#deps.languages.choose(wanted, program);
    if (!(await this.#deps.activate(language.extension.id))) {
      const { id: extension, name: title } = language.extension;
      throw new Error(
        l10n.t(
          '{0} programs are debugged by the extension {1} ({2}): install it.',
          language.language,
          title,
          extension,
        ),
      );
    }
    const process = port === undefined ? await this.#find(client, id, shown, language, program) : undefined;
    const listener: Listener | undefined = port === undefined ? process : { port };
    if (listener === undefined || this.#ended.signal.aborted) return this.#output.ended();
    const roots = this.#roots(info, process);
    this.#joiner = new Joiner(this.#deps, this.#output, {
      client,
      language,
      program,
      roots,
      debuggerOptions,
      name: `${name}: ${shown}`,
      stopOnEntry: false,
    });
    this.#deps.onLeft(() => this.#output.ended());
    await this.#joiner.join(id, listener);
    await this.#untilStopped(client, id);
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#joiner?.[Symbol.asyncDispose]();
  }

  /** @returns undefined when the user turned away */
  async #find(
    client: EngineClient,
    id: string,
    name: string,
    language: LanguageDebugger,
    program: Program,
  ): Promise<Candidate | undefined> {
    const command = language.search?.(program);
    if (command === undefined) {
      throw new Error(l10n.t('Say in "port" where the debugger of {0} listens in {1}.', language.language, name));
    }
    const candidates = decode(await answerOf(client, id, command));
    if (candidates.length === 0) {
      throw new Error(l10n.t('There is no process of {0} in {1} that a debugger can join.', language.language, name));
    }
    if (candidates.length === 1) return candidates[0];
    const items = candidates.map((value) => ({
      label: value.commandLine.join(' '),
      description: String(value.pid),
      value,
    }));
    return await this.#deps.ui.pick(items, { title: l10n.t('Choose the process to debug') });
  }

  /** The folder of the workspace that has the program's file at the same place below the container's folder. */
  #roots(info: ContainerInspectResponse, process: Candidate | undefined): Roots {
    const { localRoot, remoteRoot } = this.#configuration;
    const compose = info.Config?.Labels?.['com.docker.compose.project.working_dir'];
    const usual = process?.workingDirectory ?? (info.Config?.WorkingDir || '/');
    const remote = remoteRoot ?? usual;
    const folders = [this.#deps.folder, compose].filter((folder) => folder !== undefined);
    const script = process?.commandLine.find((word, at) => at > 0 && !word.startsWith('-'));
    const file = script === undefined ? '' : posix.relative(remote, posix.resolve(usual, script));
    const fitting = file.startsWith('..') ? undefined : folders.find((folder) => existsSync(posix.join(folder, file)));
    return { local: localRoot ?? fitting ?? folders[0] ?? '/', remote };
  }

  /** The end of the container is the end of the session; the end of the debugger is told by VS Code. */
  async #untilStopped({ containers }: EngineClient, id: string): Promise<void> {
    const { exit } = await containers.wait(id, 'not-running', this.#ended.signal);
    void exit.then(
      () => this.#output.ended(),
      () => this.#output.ended(),
    );
  }
}

function programOf({ Config }: ContainerInspectResponse): Program {
  return {
    entrypoint: Config?.Entrypoint ?? [],
    command: Config?.Cmd ?? [],
    environment: Config?.Env ?? [],
    workingDirectory: Config?.WorkingDir || '/',
  };
}

/** @throws Error with what the command said when it failed */
async function answerOf({ containers }: EngineClient, id: string, command: readonly string[]): Promise<string> {
  const Env = ['NODE_OPTIONS=', 'PYTHONPATH=', 'PYTHONSTARTUP='];
  const { Id } = await containers.execCreate(id, { Cmd: command, AttachStdout: true, AttachStderr: true, Env });
  const { socket } = await containers.execStart(Id, {});
  socket.on('error', () => undefined);
  const texts = { stdout: '', stderr: '' };
  const sink = (stream: 'stdout' | 'stderr') => (bytes: Uint8Array) => {
    texts[stream] += Buffer.from(bytes).toString('utf8');
    if (texts[stream].length > longestAnswer) throw new Error(l10n.t('The container answers without an end.'));
  };
  try {
    await readFrames(socket, { stdout: sink('stdout'), stderr: sink('stderr') });
  } finally {
    socket.destroy();
  }
  const { ExitCode } = await containers.execInspect(Id);
  if (ExitCode !== 0) throw new Error(texts.stderr.trim() || texts.stdout.trim() || `${command[0]}: ${ExitCode}`);
  return texts.stdout;
}

/** What a container says of its processes is checked. */
export function decode(text: string): Candidate[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: Readonly<Record<string, unknown>> | null) => {
    const { pid, port, path, commandLine, workingDirectory } = each ?? {};
    const isRight =
      Number.isInteger(pid) &&
      Number.isInteger(port) &&
      (port as number) > 0 &&
      (port as number) < 65_536 &&
      typeof path === 'string' &&
      /^\/[\w-]{1,64}$/.test(path) &&
      typeof workingDirectory === 'string' &&
      Array.isArray(commandLine) &&
      commandLine.every((word) => typeof word === 'string');
    return isRight ? [each as unknown as Candidate] : [];
  });
}
