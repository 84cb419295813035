// Who asks, by name and password (RFC 7617) of an htpasswd file, which is read again when it has changed. A password that was
// right is not hashed again each time: a push has some hundred requests.

import { compare } from 'bcryptjs';
import type { FileStat, Host } from '../host/host.ts';
import { textFromBase64 } from '../spec/base64.ts';
import { messageOf } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import { Serial } from '../spec/queue.ts';
import type { RegistryRequest } from './exchange.ts';
import { type Users, isTooLong, parseHtpasswd } from './htpasswd.ts';
import { Refusal } from './refusal.ts';
import { Tries } from './tries.ts';

const longestHeader = 4096;
/** How long a change of the file may go unseen. */
const lookMs = 1000;
/** Passwords that wait to be hashed; one is at a time, since each takes the only thread. */
const mostWaiting = 16;

interface Credentials {
  readonly name: string;
  readonly password: string;
}

export class Authenticator {
  readonly #host: Host;
  readonly #path: string;
  readonly #logger: Logger;
  readonly #tries: Tries;
  readonly #serial = new Serial();
  readonly #secret: Uint8Array;
  /** Name -> keyed digest of the password and the hash that it fits. */
  readonly #proven = new Map<string, string>();
  #users: Users = new Map();
  #seen: FileStat | undefined;
  #lookedMs = 0;
  #waiting = 0;

  constructor(host: Host, path: string, logger: Logger) {
    this.#host = host;
    this.#path = path;
    this.#logger = logger;
    this.#tries = new Tries(host.clock);
    this.#secret = host.random(32);
  }

  /** @throws EngineError invalidParameter, notFound for a file that cannot be used */
  async open(): Promise<void> {
    await this.#read();
  }

  /** The name of who asks. @throws Refusal UNAUTHORIZED, TOOMANYREQUESTS */
  async authenticate(request: RegistryRequest): Promise<string> {
    const given = credentialsIn(request.header('authorization'));
    if (given === undefined) throw unauthorized('authentication required');
    await this.#look();
    const hash = this.#users.get(given.name);
    if (hash !== undefined && this.#proven.get(given.name) === this.#mark(given, hash)) return given.name;
    this.#tries.begin(request.client);
    if (!(await this.#isRight(given, hash)) || hash === undefined) {
      this.#logger.warn('wrong name or password', { client: request.client, user: given.name.slice(0, 100) });
      throw unauthorized('incorrect username or password');
    }
    this.#tries.succeed(request.client);
    this.#proven.set(given.name, this.#mark(given, hash));
    return given.name;
  }

  /** As long for a name that nobody has as for one that somebody has. */
  async #isRight({ password }: Credentials, hash: string | undefined): Promise<boolean> {
    const [any] = this.#users.values();
    const against = hash ?? any;
    if (against === undefined || isTooLong(password)) return false;
    if (this.#waiting >= mostWaiting)
      throw new Refusal('TOOMANYREQUESTS', 'too many log-ins at once', { headers: { 'Retry-After': '1' } });
    this.#waiting += 1;
    try {
      return await this.#serial.run(() => compare(password, against));
    } finally {
      this.#waiting -= 1;
    }
  }

  #mark({ name, password }: Credentials, hash: string): string {
    const hasher = this.#host.codec.hasher('sha256');
    hasher.update(this.#secret);
    hasher.update(new TextEncoder().encode(JSON.stringify([name, password, hash])));
    return hasher.hex();
  }

  /** Reads the file again when it is another. A broken one is told, and the users stay who they were. */
  async #look(): Promise<void> {
    const now = this.#host.clock.now();
    if (now - this.#lookedMs < lookMs) return;
    this.#lookedMs = now;
    try {
      await this.#read();
    } catch (error) {
      this.#logger.error('the users could not be read again', { path: this.#path, error: messageOf(error) });
    }
  }

  async #read(): Promise<void> {
    const { files } = this.#host;
    // A secret of a cluster is a link that leads elsewhere after a change.
    const stat = await files.stat(await files.realPath(this.#path));
    const seen = this.#seen;
    if (seen !== undefined && stat?.ino === seen.ino && stat.mtimeMs === seen.mtimeMs && stat.size === seen.size)
      return;
    this.#users = parseHtpasswd(await files.read(this.#path), this.#path);
    this.#seen = stat;
    this.#proven.clear();
  }
}

function credentialsIn(header: string | undefined): Credentials | undefined {
  if (header === undefined || header.length > longestHeader) return undefined;
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header.trim())?.[1];
  if (encoded === undefined) return undefined;
  const text = textFromBase64(encoded);
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function unauthorized(message: string): Refusal {
  return new Refusal('UNAUTHORIZED', message, {
    headers: { 'WWW-Authenticate': 'Basic realm="Coracle registry", charset="UTF-8"' },
  });
}
