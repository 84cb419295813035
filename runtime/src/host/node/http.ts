// The http client for registries: keep-alive agents, no redirects, faults worded as moby's users know them.

import type { IncomingMessage } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { EngineError } from '../../spec/errors.ts';
import { arriving } from '../../spec/stream/arriving.ts';
import type { Bytes, HttpRequest, HttpResponse, HttpTransport } from '../host.ts';
import { AgentsWithCertificates } from './http-certificates.ts';

/** A connection on which nothing moves for this long before the answer's headers is given up. */
const headerTimeoutMs = 60_000;

/** A transport whose idle connections neither live long nor keep the process alive; honours HTTP(S)_PROXY and NO_PROXY. */
export function createHttp(): HttpTransport {
  let modules: ReturnType<typeof loadModules> | undefined;

  const once = (request: HttpRequest, url: URL): Promise<HttpResponse> =>
    new Promise((resolve, reject) => {
      const options = {
        method: request.method,
        headers: { ...request.headers },
      };
      modules ??= loadModules();
      const outgoing =
        url.protocol === 'https:'
          ? modules.https.request(url, {
              ...options,
              agent: agentFor(request, url, modules),
            })
          : modules.http.request(url, { ...options, agent: modules.plain });
      // Not Node's own `signal`: aborted once the answer is complete but unread, it destroys the socket on its way back
      // to the agent, and the error of that reaches nobody but the process.
      let answer: IncomingMessage | undefined;
      const abort = () => (answer ?? outgoing).destroy(new Error('aborted'));
      const release = () => request.signal?.removeEventListener('abort', abort);
      request.signal?.addEventListener('abort', abort, { once: true });
      outgoing.on('close', release);
      outgoing.setTimeout(headerTimeoutMs, () => outgoing.destroy(new Error('i/o timeout')));
      outgoing.on('error', (error) => {
        const stale = outgoing.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
        reject(stale ? new StaleConnection() : faultOf(error, url, request.signal));
      });
      outgoing.on('response', (incoming) => {
        outgoing.setTimeout(0);
        answer = incoming;
        // Whoever reads the body gets the fault; between two reads, or once it was left, nobody listens.
        incoming.on('error', () => undefined);
        incoming.on('end', release);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: headersOf(incoming),
          body: bodyOf(incoming, url, request),
        });
      });
      const { body } = request;
      if (body === undefined || body instanceof Uint8Array) outgoing.end(body);
      else pipeline(Readable.from(body, { objectMode: false }), outgoing, () => undefined); // 'error' above has it
    });

  return {
    async request(request) {
      const url = parse(request.url);
      request.signal?.throwIfAborted();
      for (;;) {
        try {
          return await once(request, url);
        } catch (error) {
          if (!(error instanceof StaleConnection)) throw error;
          // The server closed an idle connection just as it was taken up again: nothing was processed.
          if (request.body !== undefined && !(request.body instanceof Uint8Array)) {
            throw new EngineError('unavailable', `read tcp ${url.host}: connection reset by peer`);
          }
        }
      }
    },
  };
}

/** On the first request only: as ES imports these modules cost a daemon's start more than all else. */
function loadModules() {
  const http = process.getBuiltinModule('node:http');
  const https = process.getBuiltinModule('node:https');
  const common = { keepAlive: true, maxSockets: 32, maxFreeSockets: 8, proxyEnv: process.env };
  return {
    http,
    https,
    plain: new http.Agent(common),
    secure: new https.Agent(common),
    insecure: new https.Agent({ ...common, rejectUnauthorized: false }),
    withCertificates: new AgentsWithCertificates(common),
  };
}

function agentFor(request: HttpRequest, url: URL, modules: ReturnType<typeof loadModules>) {
  const checks = request.insecureTls !== true;
  if (request.tls !== undefined) return modules.withCertificates.agent(request.tls, checks, url.host);
  return checks ? modules.secure : modules.insecure;
}

class StaleConnection extends Error {}

function parse(text: string): URL {
  // `URL.parse` is newer than the Node of some VS Codes, where this serves too.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new EngineError('invalidParameter', `invalid url ${JSON.stringify(text)}`);
  }
  return url;
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(incoming.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** Not a generator: one that is left before its first step would never learn of it, and hold the connection. */
function bodyOf(incoming: IncomingMessage, url: URL, request: HttpRequest): Bytes {
  return {
    [Symbol.asyncIterator]() {
      const chunks = arriving(incoming);
      return {
        async next() {
          try {
            return await chunks.next();
          } catch (error) {
            throw faultOf(error, url, request.signal);
          }
        },
        return() {
          incoming.destroy();
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
}

const verbs: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
};

/** The EngineError for a fault of the connection; a caller's own abort reason or body error comes back as it is. */
function faultOf(error: unknown, url: URL, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (!(error instanceof Error) || error instanceof EngineError) return error;
  const code = 'code' in error ? String(error.code) : '';
  const fail = (text: string) => new EngineError('unavailable', text, { cause: error });
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (code === 'ENOTFOUND') return fail(`dial tcp: lookup ${url.hostname}: no such host`);
  if (code === 'EAI_AGAIN') return fail(`dial tcp: lookup ${url.hostname}: Temporary failure in name resolution`);
  const verb = verbs[code];
  if (verb !== undefined) return fail(`dial tcp ${url.hostname}:${port}: ${verb}`);
  if (code === 'EPROTO' && error.message.includes('wrong version number')) {
    return fail('http: server gave HTTP response to HTTPS client');
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    // Without Node's advice to its own users.
    return fail(`tls: failed to verify certificate: ${error.message.replace(/; if the root CA.*$/s, '')}`);
  }
  if (code === 'ECONNRESET') return fail(`read tcp ${url.hostname}:${port}: connection reset by peer`);
  return fail(error.message);
}
