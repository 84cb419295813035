// Brings a language's debugger to each process of a container that waits for one.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import type { DebugOutput } from './adapter.ts';
import type { LanguageDebugger, Listener, Program, Roots } from './contract.ts';
import type { DebugDeps } from './deps.ts';
import { Tunnel } from './tunnel.ts';
import { Undoing } from '../undoing.ts';

/** A container may say that debuggers wait as often as it likes. */
const most = 64;

export interface JoinerOptions {
  readonly client: EngineClient;
  readonly language: LanguageDebugger;
  readonly program: Program;
  readonly roots: Roots;
  readonly name: string;
  readonly stopOnEntry: boolean;
  readonly debuggerOptions: Readonly<Record<string, unknown>>;
}

export class Joiner implements AsyncDisposable {
  readonly #deps: Pick<DebugDeps, 'join'>;
  readonly #output: DebugOutput;
  readonly #options: JoinerOptions;
  readonly #known = new Set<string>();
  readonly #tunnels = new Undoing();

  constructor(deps: Pick<DebugDeps, 'join'>, output: DebugOutput, options: JoinerOptions) {
    this.#deps = deps;
    this.#output = output;
    this.#options = options;
  }

  /** Once for each listener. What goes wrong is told in the session's console. */
  async join(container: string, listener: Listener): Promise<void> {
    const key = `${listener.port}${listener.path ?? ''}`;
    if (this.#known.has(key) || this.#known.size >= most || this.#tunnels.isDone) return;
    this.#known.add(key);
    try {
      await this.#join(container, listener);
    } catch (error) {
      this.#tell(messageOf(error));
    }
  }

  async #join(container: string, listener: Listener): Promise<void> {
    const { client, language, program, roots, name, stopOnEntry, debuggerOptions } = this.#options;
    const tunnel = await Tunnel.open({
      client,
      container,
      port: listener.port,
      command: language.relay(program, listener.port),
      onFault: (message) => this.#tell(message),
    });
    if (this.#tunnels.isDone) return await tunnel[Symbol.asyncDispose]();
    this.#tunnels.add(() => tunnel[Symbol.asyncDispose]());
    const { host, port } = tunnel;
    const asked = language.configuration({ host, port, listener, roots, stopOnEntry });
    const configuration = { ...asked, ...debuggerOptions, type: asked.type, request: asked.request, name };
    if (!(await this.#deps.join(configuration))) this.#tell(l10n.t('{0} did not start.', language.extension.name));
  }

  #tell(message: string): void {
    this.#output.write(`${l10n.t('The debugger could not join: {0}', message)}\n`, 'stderr');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tunnels[Symbol.asyncDispose]();
  }
}
