// Requests over a socket, tcp or TLS, by Node's HTTP.

import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { connectionFault } from './connection-fault.ts';
import type { Endpoint } from './endpoint.ts';
import { canBeSentAgain, isClosed, longestAtOnce } from './sent-again.ts';
import type { Answer, Transport, TransportRequest, Upgraded } from './transport.ts';

// Not `import … from 'node:http'`: an ES import touches every export, the lazy ones too, and costs 35 ms at start.
const http = () => process.getBuiltinModule('node:http');
const https = () => process.getBuiltinModule('node:https');
const stream = () => process.getBuiltinModule('node:stream');

interface Options extends RequestOptions {
  readonly headers: Readonly<Record<string, string | number>>;
}

export class SocketTransport implements Transport {
  readonly endpoint: Endpoint;
  readonly #agent: Agent;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    const options = { keepAlive: true, maxSockets: Infinity };
    this.#agent =
      endpoint.kind === 'tcp' && endpoint.tls !== undefined
        ? new (https().Agent)(options)
        : new (http().Agent)(options);
  }

  /** Drops idle connections. Running calls go on. */
  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async send(asked: TransportRequest): Promise<Answer> {
    return await this.#exchange(asked, (request, resolve: (answer: Answer) => void) => {
      request.on('response', resolve);
    });
  }

  async upgrade(asked: TransportRequest): Promise<Upgraded | Answer> {
    const headers = { ...asked.headers, Connection: 'Upgrade', Upgrade: 'tcp' };
    return await this.#exchange({ ...asked, headers }, (request, resolve: (answer: Upgraded | Answer) => void) => {
      request.on('upgrade', (response: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (head.length > 0) socket.unshift(head);
        resolve({ session: socket, headers: response.headers });
      });
      request.on('response', resolve);
    });
  }

  async #exchange<T>(
    asked: TransportRequest,
    answered: (request: ClientRequest, resolve: (answer: T) => void) => void,
  ): Promise<T> {
    for (;;) {
      const { request, sent } = this.#request(asked);
      let before = 0;
      request.on('socket', (socket) => (before = socket.bytesRead));
      try {
        return await new Promise<T>((resolve, reject) => {
          request.on('error', reject);
          answered(request, resolve);
          sent();
        });
      } catch (error) {
        const isUnanswered = request.reusedSocket && request.socket?.bytesRead === before;
        if (isUnanswered && canBeSentAgain(asked, error, this.#isUnread(asked, error))) continue;
        throw connectionFault(this.endpoint.text, error as NodeJS.ErrnoException);
      }
    }
  }

  /** Head and body leave together, but not within TLS, nor where the body is a stream. */
  #isUnread({ body }: TransportRequest, error: unknown): boolean {
    if (!isClosed(error) || (error as NodeJS.ErrnoException).syscall !== 'write') return false;
    if (this.endpoint.kind === 'tcp' && this.endpoint.tls !== undefined) return false;
    return body === undefined || (body instanceof Uint8Array && body.length <= longestAtOnce);
  }

  #request({ method, path, headers, body, signal }: TransportRequest): { request: ClientRequest; sent: () => void } {
    const options: Options = { method, path, headers, agent: this.#agent };
    if (signal !== undefined) options.signal = signal;
    const request = this.#open(options);
    const sent = () => {
      if (body === undefined || body instanceof Uint8Array) request.end(body);
      else {
        const source = 'pipe' in body ? (body as Readable) : stream().Readable.from(body, { objectMode: false });
        source.on('error', (error) => request.destroy(error));
        source.pipe(request);
      }
    };
    return { request, sent };
  }

  #open(options: Options): ClientRequest {
    const { endpoint } = this;
    if (endpoint.kind === 'socket') {
      // A fixed name keeps the path out of logs, and moby answers any Host on a socket. One for TLS would be worked out of it otherwise, by
      // a regular expression that takes 8 ms to compile.
      const socket = { socketPath: endpoint.path, servername: '' };
      return http().request({ ...options, headers: { ...options.headers, Host: 'localhost' }, ...socket });
    }
    const address = { ...options, host: endpoint.host, port: endpoint.port };
    if (endpoint.tls === undefined) return http().request(address);
    const { ca, cert, key, verify } = endpoint.tls;
    return https().request({
      ...address,
      rejectUnauthorized: verify,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  }
}
