// One run of the command line: its options, its engine (found or started when first asked for), and where it prints.

import { EngineClient } from '../client/client.ts';
import { ConnectionError } from '../client/errors.ts';
import { ContextStore } from './engine/contexts.ts';
import { chooseHost, configFolder, runFolder } from './engine/choose-host.ts';
import type { Choice, HostOptions } from './engine/choose-host.ts';
import { output } from './io/output.ts';

export interface SessionOptions extends HostOptions {
  readonly debug: boolean;
}

export class Session {
  readonly options: SessionOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  #choice: Choice | undefined;
  #client: Promise<EngineClient> | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
    this.env = process.env;
  }

  /** Which engine is meant, without talking to it. */
  get choice(): Choice {
    this.#choice ??= chooseHost(this.options, this.env, userId());
    return this.#choice;
  }

  /** The address of this machine's own engine. */
  get ownHost(): string {
    return `unix://${runFolder(this.env, userId())}/coracle.sock`;
  }

  get contexts(): ContextStore {
    return new ContextStore(configFolder(this.options, this.env));
  }

  /**
   * The engine, started when it is ours, the default one, and not running.
   * @throws ConnectionError when another engine does not answer
   */
  async client(): Promise<EngineClient> {
    this.#client ??= this.#connect();
    return await this.#client;
  }

  /** A client without any start or question; for completion and `version`. */
  clientAsIs(): EngineClient {
    return new EngineClient(this.choice.endpoint, this.env['DOCKER_API_VERSION'] || undefined);
  }

  async #connect(): Promise<EngineClient> {
    const client = this.clientAsIs();
    try {
      await client.ping();
    } catch (error) {
      if (!(error instanceof ConnectionError) || !this.choice.isDefault || !canStart(error)) throw error;
      await this.#start(client);
    }
    return client;
  }

  async #start(client: EngineClient): Promise<void> {
    const { endpoint } = this.choice;
    if (endpoint.kind !== 'socket') return;
    const { autostart } = await import('./engine/autostart.ts');
    await autostart({
      folder: runFolder(this.env, userId()),
      socket: endpoint.path,
      env: this.env,
      answers: async () => await doesAnswer(client),
    });
    await client.ping();
  }

  /** Text to standard output, as it is. */
  write(text: string): void {
    output(1).write(text);
  }

  /** A line to standard output. */
  print(line: string): void {
    output(1).write(`${line}\n`);
  }

  /** A line to standard error. */
  warn(line: string): void {
    output(2).write(`${line}\n`);
  }
}

/** Nothing listens: no socket, or one that a dead engine left. */
function canStart(error: ConnectionError): boolean {
  return error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
}

async function doesAnswer(client: EngineClient): Promise<boolean> {
  try {
    await client.ping();
    return true;
  } catch (error) {
    if (error instanceof ConnectionError) return false;
    throw error;
  }
}

function userId(): number {
  return process.getuid?.() ?? 1;
}
