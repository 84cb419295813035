// Where an engine listens: the text that people write in DOCKER_HOST, -H and contexts, taken apart.

/** PEM texts of a mutually authenticated TLS connection. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** False accepts any server certificate (`--tls` without `--tlsverify`). */
  readonly verify: boolean;
}

export type Endpoint =
  | { readonly kind: 'socket'; readonly path: string; readonly text: string }
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      readonly tls?: TlsOptions;
      readonly text: string;
    };

/** An engine in a worker of a browser: a name for people. */
export interface WorkerEndpoint {
  readonly kind: 'worker';
  readonly text: string;
}

/** A host address that cannot be used; the message is for the user. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}

/**
 * Takes `unix:///path`, `tcp://host:port`, `http(s)://host:port` or `npipe:////./pipe/name` apart.
 * @throws EndpointError for anything else, `ssh://` included
 */
export function parseEndpoint(text: string, tls?: TlsOptions): Endpoint {
  // A bare `host:port` is tcp, as with docker.
  const match = /^([a-z]+):\/\/(.*)$/s.exec(text.includes('://') ? text : `tcp://${text}`);
  const scheme = match?.[1];
  const rest = match?.[2] ?? '';
  if (scheme === 'unix' || scheme === 'npipe') {
    if (rest === '') throw new EndpointError(`unable to parse docker host \`${text}\``);
    return { kind: 'socket', path: scheme === 'npipe' ? rest.replaceAll('/', '\\') : rest, text };
  }
  if (scheme === 'ssh') {
    throw new EndpointError(
      `hosts by ssh are not supported yet (${text}); forward the socket with ssh -L and use unix://`,
    );
  }
  if (scheme === 'tcp' || scheme === 'http' || scheme === 'https') return tcpEndpoint(text, scheme, rest, tls);
  throw new EndpointError(`unable to parse docker host \`${text}\``);
}

function tcpEndpoint(text: string, scheme: string, rest: string, tls: TlsOptions | undefined): Endpoint {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:/[\]]*)(?::(\d{1,5}))?\/?$/.exec(rest);
  if (match === null) throw new EndpointError(`unable to parse docker host \`${text}\``);
  const secure = scheme === 'https' ? (tls ?? { verify: true }) : tls;
  const port = Number(match[2] ?? (secure === undefined ? 2375 : 2376));
  if (port < 1 || port > 65535) throw new EndpointError(`invalid port in docker host \`${text}\``);
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '') || '127.0.0.1';
  return { kind: 'tcp', host, port, text, ...(secure === undefined ? {} : { tls: secure }) };
}
