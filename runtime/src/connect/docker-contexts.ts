// Docker's own contexts, as its command line keeps them: `contexts/meta/<id>/meta.json`, with PEM files in `contexts/tls/<id>/docker`.

import type { TlsOptions } from '../client/endpoint.ts';
import { fs, os, path } from './node.ts';

export interface DockerContext {
  readonly name: string;
  readonly description: string;
  readonly host: string;
  /** @throws Error when a PEM file cannot be read */
  readonly tls: () => TlsOptions | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Contexts of the docker command line with an address, by name. What is no context of it is passed over: it is not ours to judge. */
export function dockerContexts(env: Environment): DockerContext[] {
  const folder = path().join(env['DOCKER_CONFIG'] || path().join(env['HOME'] || os().homedir(), '.docker'), 'contexts');
  const meta = path().join(folder, 'meta');
  return entries(meta)
    .flatMap((id) => readContext(path().join(meta, id, 'meta.json'), path().join(folder, 'tls', id, 'docker')))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function entries(folder: string): string[] {
  try {
    return fs().readdirSync(folder);
  } catch {
    return []; // None was made, or they are not for us to read.
  }
}

function readContext(file: string, tlsFolder: string): DockerContext[] {
  const context = parse(file);
  const name = textAt(context, 'Name');
  const docker = at(at(context, 'Endpoints'), 'docker');
  const host = textAt(docker, 'Host');
  if (name === '' || host === '') return [];
  const description = textAt(at(context, 'Metadata'), 'Description');
  return [{ name, host, description, tls: () => readTls(tlsFolder, at(docker, 'SkipTLSVerify') === true) }];
}

function parse(file: string): unknown {
  try {
    return JSON.parse(fs().readFileSync(file, 'utf8'));
  } catch {
    return undefined; // Half-written or foreign: docker does not list it either.
  }
}

function readTls(folder: string, skipsVerification: boolean): TlsOptions | undefined {
  const pem = (name: string) => {
    const file = path().join(folder, name);
    return fs().existsSync(file) ? fs().readFileSync(file, 'utf8') : undefined;
  };
  const [ca, cert, key] = [pem('ca.pem'), pem('cert.pem'), pem('key.pem')];
  if (ca === undefined && cert === undefined && !skipsVerification) return undefined;
  return {
    verify: !skipsVerification,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function textAt(value: unknown, key: string): string {
  const found = at(value, key);
  return typeof found === 'string' ? found : '';
}
