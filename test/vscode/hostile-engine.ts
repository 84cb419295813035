// Engines that no one should trust: servers on a socket that speak enough of the Docker Engine API to be looked at, and are
// silent, old, or full of texts that want to be more than text.

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';

/** What an engine says; each text may be anything. */
export interface Things {
  readonly apiVersion: string;
  readonly containers: readonly Thing[];
  readonly log: readonly string[];
  /** Its answer to everything that would change something. */
  readonly refusal: string;
  /** Its answer to everything, whatever was asked. */
  readonly always?: { readonly status: number; readonly body: unknown };
}

export interface Thing {
  readonly name: string;
  readonly image: string;
  readonly command: string;
  readonly labels: Readonly<Record<string, string>>;
}

export class HostileEngine implements AsyncDisposable {
  readonly path: string;
  readonly #things: Things;
  #server: Server;
  /** Accepts, and answers nothing more. */
  isSilent = false;
  /** How often somebody came. */
  connections = 0;
  /** What was to change something: `POST /containers/1/start`. */
  readonly changes: string[] = [];

  constructor(path: string, things: Partial<Things> = {}) {
    this.path = path;
    this.#things = { apiVersion: '1.51', containers: [], log: [], refusal: 'no', ...things };
    this.#server = this.#newServer();
  }

  async listen(mode = 0o666): Promise<this> {
    this.#server = this.#newServer();
    this.#server.listen(this.path);
    await once(this.#server, 'listening');
    chmodSync(this.path, mode);
    return this;
  }

  /** Dies as a killed engine does: connections end in the middle, and the socket stays. */
  async die(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    rmSync(this.path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.die();
  }

  #newServer(): Server {
    // As engines do: a call may come on a connection that was at rest for long.
    return createServer({ keepAliveTimeout: 0 }, (request, response) => {
      if (!this.isSilent) this.#answer(request, response);
    }).on('connection', () => this.connections++);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://engine');
    const path = pathname.replace(/^\/v[\d.]+/, '');
    const { apiVersion, containers, log, refusal, always } = this.#things;
    request.resume();
    response.setHeader('Api-Version', apiVersion);
    const json = (value: unknown) => void response.end(JSON.stringify(value));
    if (always !== undefined) {
      response.statusCode = always.status;
      return json(always.body);
    }
    if (path === '/_ping') return void response.end(request.method === 'HEAD' ? '' : 'OK');
    // Open for as long as the engine lives, and nothing ever happens.
    if (path === '/events') return response.flushHeaders();
    if (path.endsWith('/logs')) return void response.end(Buffer.concat(log.map(frame)));
    if (request.method !== 'GET') {
      this.changes.push(`${request.method} ${path}`);
      response.statusCode = 500;
      return json({ message: refusal });
    }
    if (path === '/containers/json') return json(containers.map(summaryOf));
    if (path === '/images/json') return json(containers.map(imageOf));
    if (path === '/volumes') return json({ Volumes: containers.map(({ name }) => ({ Name: name, Driver: name })) });
    if (path === '/networks') return json(containers.map(({ name }) => ({ Id: name, Name: name, Driver: name })));
    if (path.startsWith('/containers/')) return json({ ...containers.map(summaryOf)[0], Config: { Tty: false } });
    response.statusCode = 404;
    json({ message: refusal });
  }
}

function summaryOf({ name, image, command, labels }: Thing, index: number) {
  return {
    Id: String(index).padStart(64, '0'),
    Names: [`/${name}`],
    Image: image,
    ImageID: `sha256:${String(index).padStart(64, '0')}`,
    Command: command,
    Created: 1_700_000_000,
    State: 'exited',
    Status: 'Exited (0) 1 hour ago',
    Labels: labels,
    Ports: [],
    Mounts: [{ Type: 'volume', Name: name, Destination: command }],
    NetworkSettings: { Networks: { [name]: { IPAddress: name } } },
  };
}

function imageOf({ image }: Thing, index: number) {
  return { Id: `sha256:${String(index).padStart(64, '0')}`, RepoTags: [image], Size: 1000, Created: 1_700_000_000 };
}

/** A line of a multiplexed stream's standard output. */
function frame(line: string): Buffer {
  const text = Buffer.from(`2026-01-01T00:00:00.000000000Z ${line}\n`);
  const head = Buffer.alloc(8);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(text.length, 4);
  return Buffer.concat([head, text]);
}
