// Which engine a command talks to: -H, --context, CORACLE_HOST, DOCKER_HOST, the current context, else our own socket.

import { ownAddress, runFolder as ownFolder } from '../spec/user-folders.ts';
import { parseEndpoint } from '../client/endpoint.ts';
import type { Endpoint, TlsOptions } from '../client/endpoint.ts';
import { fs, os, path } from './node.ts';
import { ContextStore, defaultContext } from './contexts.ts';
import { dockerContexts } from './docker-contexts.ts';

/** The global options that choose an engine. */
export interface HostOptions {
  readonly hosts: readonly string[];
  readonly context: string;
  readonly config: string;
  readonly tls: boolean;
  readonly tlsVerify: boolean;
  readonly tlsCa: string;
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/** Who was given no options. */
export const noHostOptions: HostOptions = {
  hosts: [],
  context: '',
  config: '',
  tls: false,
  tlsVerify: false,
  tlsCa: '',
  tlsCert: '',
  tlsKey: '',
};

export interface Choice {
  readonly endpoint: Endpoint;
  /** Name of the context in use. */
  readonly context: string;
  /** True for our own socket: its engine is started when none answers. */
  readonly isDefault: boolean;
  /** The environment variable that won over the current context. */
  readonly from?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where contexts and other settings of the client lie. */
export function configFolder(options: HostOptions, env: Environment): string {
  return options.config || env['CORACLE_CONFIG'] || path().join(os().homedir(), '.coracle');
}

/** Where an engine of ours listens and keeps its log when nothing else is said. */
export function runFolder(env: Environment, uid: number): string {
  return ownFolder({ uid, home: os().homedir(), env });
}

/** The address of this machine's own engine. */
export function ownHost(env: Environment, uid: number): string {
  return ownAddress(path().resolve(runFolder(env, uid)), process.platform);
}

/** @throws Error when options contradict each other, EndpointError for an address that cannot be used */
export function chooseHost(options: HostOptions, env: Environment, uid: number): Choice {
  if (options.hosts.length > 1) throw new Error('specify only one -H');
  const [flag] = options.hosts;
  if (flag !== undefined && options.context !== '') {
    throw new Error('conflicting options: cannot specify both --host and --context');
  }
  if (flag !== undefined) {
    return { endpoint: parseEndpoint(flag, flagTls(options, env)), context: defaultContext, isDefault: false };
  }
  if (options.context !== '') return fromContext(options, options.context, env, uid);
  for (const from of ['CORACLE_HOST', 'DOCKER_HOST']) {
    const host = env[from];
    if (host === undefined || host === '') continue;
    const endpoint = parseEndpoint(host, flagTls(options, env));
    // The terminals of VS Code name our own socket: its engine is started all the same.
    return { endpoint, context: defaultContext, isDefault: host === ownHost(env, uid), from };
  }
  const named = env['CORACLE_CONTEXT'] || env['DOCKER_CONTEXT'];
  return fromContext(options, named || new ContextStore(configFolder(options, env)).current, env, uid);
}

/** Contexts of the docker command line can be named, too; those of ours with the same name come first. */
function fromContext(options: HostOptions, name: string, env: Environment, uid: number): Choice {
  if (name === defaultContext) {
    return { endpoint: parseEndpoint(ownHost(env, uid)), context: defaultContext, isDefault: true };
  }
  const store = new ContextStore(configFolder(options, env));
  const dockers = store.find(name) === undefined ? dockerContexts(env).find((each) => each.name === name) : undefined;
  if (dockers !== undefined) {
    return { endpoint: parseEndpoint(dockers.host, dockers.tls()), context: name, isDefault: false };
  }
  const stored = store.get(name);
  const usesTls = stored.ca !== undefined || stored.cert !== undefined || stored.skipTlsVerify === true;
  const tls = usesTls
    ? readTls({ verify: stored.skipTlsVerify !== true, ca: stored.ca, cert: stored.cert, key: stored.key })
    : undefined;
  return { endpoint: parseEndpoint(stored.host, tls), context: name, isDefault: false };
}

/** TLS of `--tls…` and docker's environment: DOCKER_TLS_VERIFY, DOCKER_TLS, DOCKER_CERT_PATH. */
function flagTls(options: HostOptions, env: Environment): TlsOptions | undefined {
  const verify = options.tlsVerify || (env['DOCKER_TLS_VERIFY'] ?? '') !== '';
  const named = options.tlsCa !== '' || options.tlsCert !== '' || options.tlsKey !== '';
  if (!verify && !options.tls && !named && (env['DOCKER_TLS'] ?? '') === '') return undefined;
  const folder = env['DOCKER_CERT_PATH'] || configFolder(options, env);
  // What lies in the default place is used; nobody promised that something does.
  const found = (name: string): string | undefined => {
    const file = path().join(folder, name);
    return fs().existsSync(file) ? file : undefined;
  };
  return readTls({
    verify: verify || (named && !options.tls),
    ca: options.tlsCa || found('ca.pem'),
    cert: options.tlsCert || found('cert.pem'),
    key: options.tlsKey || found('key.pem'),
  });
}

interface TlsPaths {
  readonly verify: boolean;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

function readTls(paths: TlsPaths): TlsOptions {
  const pem = (file: string | undefined) => {
    if (file === undefined) return undefined;
    try {
      return fs().readFileSync(file, 'utf8');
    } catch (error) {
      throw new Error(`could not read TLS file ${file}: ${(error as Error).message}`, { cause: error });
    }
  };
  const [ca, cert, key] = [pem(paths.ca), pem(paths.cert), pem(paths.key)];
  return {
    verify: paths.verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
