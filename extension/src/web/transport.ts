// Requests to an engine in a worker, as messages.

import type { WorkerEndpoint } from '../../../runtime/src/client/client.ts';
import { ConnectionError } from '../../../runtime/src/client/errors.ts';
import type { Answer, Session, Transport, TransportRequest, Upgraded } from '../../../runtime/src/client/transport.ts';
import type { WebAnswer, WebEngine } from '../../../runtime/src/web/client.ts';
import { WorkerSession } from './session.ts';

export class WorkerTransport implements Transport {
  readonly endpoint: WorkerEndpoint = { kind: 'worker', text: 'worker://coracle' };
  readonly #engine: () => WebEngine | undefined;

  /** @param engine undefined while none runs */
  constructor(engine: () => WebEngine | undefined) {
    this.#engine = engine;
  }

  async send(request: TransportRequest): Promise<Answer> {
    return answerOf(await this.#ask(request), request.signal);
  }

  async upgrade(request: TransportRequest): Promise<Upgraded | Answer> {
    const headers = { ...request.headers, connection: 'Upgrade', upgrade: 'tcp' };
    const answer = await this.#ask({ ...request, headers });
    if (answer.status !== 101) return answerOf(answer, request.signal);
    const session: Session = new WorkerSession(answer);
    return { session, headers: inLowerCase(answer.headers) };
  }

  /** Connections of its own it has none. */
  [Symbol.dispose](): void {}

  async #ask({ method, path, headers, body, signal }: TransportRequest): Promise<WebAnswer> {
    const engine = this.#engine();
    if (engine === undefined) throw new ConnectionError('no engine runs in this window', 'ECONNREFUSED');
    const request = { method, url: path, headers: inLowerCase(headers) };
    try {
      return await engine.request({
        ...request,
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }
}

function answerOf(answer: WebAnswer, signal: AbortSignal | undefined): Answer {
  const close = () => answer.close();
  return {
    statusCode: answer.status,
    headers: inLowerCase(answer.headers),
    resume: close,
    destroy: close,
    async *[Symbol.asyncIterator]() {
      try {
        yield* answer.body;
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
  };
}

function inLowerCase(headers: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
