// Log-ins to registries: those made here, in VS Code's secret storage, and those of docker's clients, which are used as they are.

import { HelperError } from '../../../runtime/src/connect/credential-helper.ts';
import { RegistryCredentials, credentialsFolder, serverOf } from '../../../runtime/src/connect/registry-credentials.ts';
import type { AuthConfig } from '../../../runtime/src/spec/api/images.ts';
import type { Auths, LogIns } from './log-ins.ts';

/** Of VS Code's. */
export interface Secrets {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
}

/** One secret for all: the storage does not tell which there are. */
const secretKey = 'registries';

export type Keeper = 'vscode' | 'docker';

export class MachineLogIns implements LogIns {
  readonly #secrets: Secrets;
  readonly #file: RegistryCredentials;
  readonly #warn: (message: string) => void;

  /** @param warn told of helpers that fail: most images are for everybody, and are had without a log-in */
  constructor(secrets: Secrets, file: RegistryCredentials, warn: (message: string) => void) {
    this.#secrets = secrets;
    this.#file = file;
    this.#warn = warn;
  }

  async find(domain: string): Promise<AuthConfig | undefined> {
    return (await this.#own())[serverOf(domain)] ?? (await this.#dockers(domain));
  }

  async all(): Promise<Auths> {
    const servers = this.#file.servers();
    const found = await Promise.all(servers.map(async (server) => [server, await this.#dockers(server)] as const));
    const dockers = Object.fromEntries(found.filter(([, auth]) => auth !== undefined)) as Auths;
    return { ...dockers, ...(await this.#own()) };
  }

  async domains(): Promise<readonly string[]> {
    return [...new Set([...this.#file.servers(), ...Object.keys(await this.#own())].map(domainOf))].toSorted();
  }

  /** Where docker's clients would keep a log-in to a registry: the name of a helper, or the path of the file, which is plain text. */
  dockersPlace(domain: string): { readonly helper?: string; readonly path: string } {
    const helper = this.#file.keeperOf(domain);
    return { path: this.#file.path, ...(helper === undefined ? {} : { helper }) };
  }

  async save(domain: string, auth: AuthConfig, keeper: Keeper): Promise<void> {
    const server = serverOf(domain);
    const named = { ...auth, serveraddress: server };
    // First, since it may fail: then whoever was logged in still is.
    if (keeper === 'docker') await this.#file.save(named);
    const { [server]: _before, ...others } = await this.#own();
    await this.#store(keeper === 'vscode' ? { ...others, [server]: named } : others);
  }

  /** Who keeps a log-in to a registry; undefined where nobody does. */
  async keeperOf(domain: string): Promise<Keeper | undefined> {
    if ((await this.#own())[serverOf(domain)] !== undefined) return 'vscode';
    return (await this.#dockers(domain)) === undefined ? undefined : 'docker';
  }

  /** Forgets it where it is kept. */
  async remove(domain: string): Promise<void> {
    const server = serverOf(domain);
    const { [server]: mine, ...others } = await this.#own();
    if (mine === undefined) await this.#file.remove(server);
    else await this.#store(others);
  }

  async #dockers(domain: string): Promise<AuthConfig | undefined> {
    try {
      return await this.#file.find(domain);
    } catch (error) {
      if (!(error instanceof HelperError)) throw error;
      this.#warn(`going on without a log-in to ${domain}: ${error.message} (named in ${this.#file.path})`);
      return undefined;
    }
  }

  async #own(): Promise<Auths> {
    const text = await this.#secrets.get(secretKey);
    return text === undefined ? {} : (JSON.parse(text) as Auths);
  }

  async #store(auths: Auths): Promise<void> {
    await this.#secrets.store(secretKey, JSON.stringify(auths));
  }
}

/** @param warn as in the constructor */
export function machineLogIns(secrets: Secrets, warn: (message: string) => void): MachineLogIns {
  return new MachineLogIns(secrets, new RegistryCredentials(credentialsFolder(undefined, process.env)), warn);
}

/** As images name the registry that docker's files call by an address. */
function domainOf(server: string): string {
  return serverOf(server) === serverOf('docker.io') ? 'docker.io' : server;
}
