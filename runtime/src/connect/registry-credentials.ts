// Log-ins to registries, where docker's clients keep them: `config.json` with `auths`, or a helper that `credHelpers` names for
// a registry or `credsStore` for all. What else is in the file stays as it is.

import type { AuthConfig } from '../spec/api/images.ts';
import { textFromBase64, toBase64 } from '../spec/base64.ts';
import { askHelper, eraseByHelper, storeByHelper } from './credential-helper.ts';
import { fs, os, path } from './node.ts';

type Json = Readonly<Record<string, unknown>>;

/** Docker Hub's name in these files. */
export const hubServer = 'https://index.docker.io/v1/';
/** By which a helper says that its secret is a token (docker's convention). */
const tokenUser = '<token>';

/** The folder of `config.json`: the one that was asked for, else docker's own, which its clients share. */
export function credentialsFolder(
  asked: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return asked || env['CORACLE_CONFIG'] || env['DOCKER_CONFIG'] || path().join(os().homedir(), '.docker');
}

/** How the file names the registry of images: `docker.io` has a name of old. */
export function serverOf(domain: string): string {
  const host = hostOf(domain);
  return ['', 'docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? hubServer : host;
}

export class RegistryCredentials {
  readonly path: string;

  constructor(folder: string) {
    this.path = path().join(folder, 'config.json');
  }

  /**
   * The log-in to a registry.
   * @param domain as images name it: `docker.io`, `localhost:5000`
   * @throws Error for a file that is not valid, HelperError in the words of a helper that failed
   */
  async find(domain: string): Promise<AuthConfig | undefined> {
    const server = serverOf(domain);
    const file = this.#read();
    const helper = helperFor(file, server);
    if (helper !== undefined) {
      const secret = await askHelper(helper, server);
      return secret === undefined ? undefined : authOf(server, secret.Username, secret.Secret);
    }
    for (const [key, value] of Object.entries(objectAt(file, 'auths'))) {
      if (serverOf(key) === server && isObject(value)) return readEntry(server, value);
    }
    return undefined;
  }

  /** The registries that somebody has logged in to, as `serverOf` names them; a helper may have more. */
  servers(): readonly string[] {
    const file = this.#read();
    const keys = ['auths', 'credHelpers'].flatMap((key) => Object.keys(objectAt(file, key)));
    return [...new Set(keys.map(serverOf))].toSorted();
  }

  /** The helper that keeps log-ins to a registry; undefined where the file itself does, in plain text. */
  keeperOf(domain: string): string | undefined {
    return helperFor(this.#read(), serverOf(domain));
  }

  /** @returns whether the file itself has the secret now, in plain text */
  async save(auth: AuthConfig & { readonly serveraddress: string }): Promise<boolean> {
    const server = auth.serveraddress;
    const file = this.#read();
    const helper = helperFor(file, server);
    const token = auth.identitytoken ?? '';
    if (helper !== undefined) {
      const named = {
        Username: token === '' ? (auth.username ?? '') : tokenUser,
        Secret: token || (auth.password ?? ''),
      };
      await storeByHelper(helper, server, named);
    }
    const bytes = new TextEncoder().encode(`${auth.username ?? ''}:${token === '' ? (auth.password ?? '') : ''}`);
    const entry = { auth: toBase64(bytes), ...(token === '' ? {} : { identitytoken: token }) };
    // With a helper the file only says that there is one, as docker has it.
    const auths = { ...objectAt(file, 'auths'), [server]: helper === undefined ? entry : {} };
    this.#write({ ...file, auths });
    return helper === undefined;
  }

  /** @returns whether there was one */
  async remove(server: string): Promise<boolean> {
    const file = this.#read();
    const helper = helperFor(file, server);
    if (helper !== undefined) await eraseByHelper(helper, server);
    const auths = Object.entries(objectAt(file, 'auths'));
    const kept = auths.filter(([key]) => serverOf(key) !== server);
    if (kept.length < auths.length) this.#write({ ...file, auths: Object.fromEntries(kept) });
    return kept.length < auths.length || helper !== undefined;
  }

  #read(): Json {
    let text: string;
    try {
      text = fs().readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new Error(`${this.path} is not valid JSON; mend or remove it`, { cause });
    }
    if (!isObject(value)) throw new Error(`${this.path} has to hold a JSON object`);
    return value;
  }

  #write(file: Json): void {
    const { chmodSync, existsSync, mkdirSync, realpathSync, renameSync, writeFileSync } = fs();
    mkdirSync(path().dirname(this.path), { recursive: true, mode: 0o700 });
    // A file that is a link to another stays one.
    const target = existsSync(this.path) ? realpathSync(this.path) : this.path;
    const draft = `${target}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(file, null, '\t')}\n`, { mode: 0o600 });
    chmodSync(draft, 0o600);
    renameSync(draft, target);
  }
}

function helperFor(file: Json, server: string): string | undefined {
  for (const [key, helper] of Object.entries(objectAt(file, 'credHelpers'))) {
    if (serverOf(key) === server && typeof helper === 'string' && helper !== '') return helper;
  }
  const store = file['credsStore'];
  return typeof store === 'string' && store !== '' ? store : undefined;
}

function readEntry(server: string, entry: Json): AuthConfig | undefined {
  const text = (key: string): string => (typeof entry[key] === 'string' ? entry[key] : '');
  const plain = textFromBase64(text('auth'));
  const colon = plain.indexOf(':');
  const username = colon < 0 ? text('username') : plain.slice(0, colon);
  // Docker pads it with zeros.
  const password = colon < 0 ? text('password') : plain.slice(colon + 1).replace(/\0+$/, '');
  const [identitytoken, registrytoken] = [text('identitytoken'), text('registrytoken')];
  if ([username, password, identitytoken, registrytoken].every((value) => value === '')) return undefined;
  const tokens = {
    ...(identitytoken === '' ? {} : { identitytoken }),
    ...(registrytoken === '' ? {} : { registrytoken }),
  };
  return { username, password, serveraddress: server, ...tokens };
}

function authOf(server: string, username: string, secret: string): AuthConfig {
  return username === tokenUser
    ? { serveraddress: server, identitytoken: secret }
    : { serveraddress: server, username, password: secret };
}

/** Keys are hosts, or addresses as older versions of docker wrote them. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function objectAt(file: Json, key: string): Json {
  const value = file[key];
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
