// One run of the command line: its options, its engine (found or started when first asked for), and where it prints.

import { EngineClient } from '../client/client.ts';
import { ConnectionError } from '../client/errors.ts';
import { LightTransport } from '../client/light-sockets.ts';
import { ContextStore } from '../connect/contexts.ts';
import { chooseHost, configFolder, ownHost, runFolder } from '../connect/choose-host.ts';
import type { Choice, HostOptions } from '../connect/choose-host.ts';
import { HelperError } from '../connect/credential-helper.ts';
import { sleeps } from '../connect/doorman.ts';
import { RegistryCredentials, credentialsFolder } from '../connect/registry-credentials.ts';
import type { AuthConfig } from '../spec/api/images.ts';
import { parseReference } from '../spec/reference.ts';
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
    return ownHost(this.env, userId());
  }

  /** Log-ins to registries. */
  get credentials(): RegistryCredentials {
    return new RegistryCredentials(credentialsFolder(this.options.config, this.env));
  }

  /**
   * The log-in to the registry of an image. One that a helper does not give is done without, since most images are for everybody and
   * helpers outlive the desktop that brought them.
   */
  async authFor(image: string): Promise<{ readonly auth?: AuthConfig }> {
    return await this.authAt(parseReference(image).domain);
  }

  /** All log-ins, by the names of the registries: what a build will pull and push is not known before it. */
  async allAuths(): Promise<Readonly<Record<string, AuthConfig>>> {
    const servers = this.credentials.servers();
    const found = await Promise.all(servers.map(async (server) => ({ server, ...(await this.authAt(server)) })));
    return Object.fromEntries(
      found.flatMap(({ server, auth }) => (auth === undefined ? [] : [[server, auth] as const])),
    );
  }

  /** As `authFor`, by the name of a registry. */
  async authAt(domain: string): Promise<{ readonly auth?: AuthConfig }> {
    try {
      const auth = await this.credentials.find(domain);
      return auth === undefined ? {} : { auth };
    } catch (error) {
      if (!(error instanceof HelperError)) throw error;
      this.warn(
        `WARNING: going on without a log-in to ${domain}: ${error.message} (named in ${this.credentials.path})`,
      );
      return {};
    }
  }

  get contexts(): ContextStore {
    return new ContextStore(configFolder(this.options, this.env));
  }

  /**
   * The engine, started when it is ours, the default one, and not running. Another one that does not answer fails the first call.
   * @throws ConnectionError when ours is there and does not answer
   */
  async client(): Promise<EngineClient> {
    this.#client ??= this.#connect();
    return await this.#client;
  }

  /** A client without any start or question; for completion and `version`. */
  clientAsIs(): EngineClient {
    const apiVersion = this.env['DOCKER_API_VERSION'] || undefined;
    const { endpoint } = this.choice;
    const way = endpoint.kind === 'socket' ? new LightTransport(endpoint) : endpoint;
    return new EngineClient(way, { apiVersion, assumesNewest: true });
  }

  async #connect(): Promise<EngineClient> {
    const client = this.clientAsIs();
    const { endpoint, isDefault } = this.choice;
    const own = isDefault && endpoint.kind === 'socket' ? endpoint.path : undefined;
    // Whether another engine is there, the first call tells.
    if (own === undefined) return client;
    const folder = runFolder(this.env, userId());
    try {
      if (sleeps(own)) throw new ConnectionError('the engine sleeps', 'ECONNREFUSED');
      await client.ping();
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      await this.#start(client, folder, own);
    }
    if (isModeAsked(this.env)) await (await import('../connect/engine-mode.ts')).checkMode(client, this.env, folder);
    return client;
  }

  async #start(client: EngineClient, folder: string, socket: string): Promise<void> {
    const { ensureEngine } = await import('../connect/autostart.ts');
    const { daemonProgram } = await import('./daemon-program.ts');
    await ensureEngine({ folder, socket, env: this.env, program: daemonProgram(), client });
    const { newObstacle } = await import('../connect/engine-mode.ts');
    const reason = await newObstacle(client, folder);
    if (reason === undefined) return;
    const instead = "The engine runs those of WebAssembly (wasi/wasm), as coracle/wasi; see 'coracle doctor'";
    this.warn(`coracle: containers of Linux cannot run here: ${reason}. ${instead}`);
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

/** Looked at before anything is loaded for it: hardly anybody asks. */
function isModeAsked(env: Session['env']): boolean {
  return (env['CORACLE_MODE'] ?? '') !== '';
}

function userId(): number {
  return process.getuid?.() ?? 1;
}
