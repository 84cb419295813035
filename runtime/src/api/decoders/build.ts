// What a build is asked for: the query of Docker's `POST /build`, and the first line of `POST /coracle/v1/builds`.

import type { BuildOptions, ContextOfferHead } from '../../spec/api/builds.ts';
import type { AuthConfig } from '../../spec/api/images.ts';
import type { HostConfig } from '../../spec/api/containers.ts';
import { array, boolean, integer, isRecord, object, record, string } from '../../spec/decode.ts';
import type { BuildOrigin, BuildRequest, ContextOffer, ContextSource, Entitlement } from '../../spec/engine/builds.ts';
import { entitlements } from '../../spec/engine/builds.ts';
import { EngineError, isEngineError } from '../../spec/errors.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../spec/reference.ts';
import type { Call } from '../call.ts';
import { authConfig } from './auth.ts';
import { cacheFrom, cacheTo, classicCacheFrom, limits, outputs } from './build-outputs.ts';
import { fromBase64, textFromBase64 } from '../../spec/base64.ts';
import { concat } from '../../spec/bytes.ts';

/** @throws EngineError invalidParameter naming the parameter, notImplemented for what is not honoured */
export function classicRequest({ query, header, body, signal }: Call): BuildRequest {
  if (query.flag('squash')) throw new EngineError('notImplemented', 'squashing the layers of a build is not supported');
  if (query.text('outputs') !== '' && query.text('outputs') !== '[]') {
    throw new EngineError('notImplemented', 'the classic builder has no other output than an image');
  }
  const isolation = query.text('isolation');
  if (isolation !== '' && isolation !== 'default') {
    throw new EngineError('invalidParameter', `Unsupported isolation: "${isolation}"`);
  }
  const remote = query.text('remote');
  const context: ContextSource =
    remote === '' || remote === 'client-session' ? { kind: 'tar', bytes: body } : { kind: 'remote', address: remote };
  const platform = query.optional('platform');
  return {
    signal,
    context,
    dockerfile: query.text('dockerfile') || 'Dockerfile',
    tags: imageNames(query.all('t').filter((name) => name !== '')),
    target: query.text('target'),
    buildArgs: given(jsonOf(query.text('buildargs'), 'buildargs')),
    labels: given(jsonOf(query.text('labels'), 'labels')),
    namedContexts: {},
    noCache: query.flag('nocache'),
    noCacheFilter: [],
    pull: query.flag('pull'),
    ...(platform === undefined ? {} : { platform }),
    network: query.text('networkmode') || 'default',
    hostConfig: limitsOf(query),
    auth: registryConfig(header('x-registry-config')),
    secrets: {},
    sshAgents: {},
    checkOnly: false,
    cacheFrom: classicCacheFrom(query.text('cachefrom')),
  };
}

/** As users write them, each with its tag. @throws EngineError invalidParameter for what is no name */
function imageNames(names: readonly string[]): readonly string[] {
  return names.map((name) => {
    const reference = parseReference(name);
    if (reference.digest === undefined) return familiarReference(withDefaultTag(reference));
    throw new EngineError('invalidParameter', 'build tag cannot contain a digest');
  });
}

function limitsOf(query: Call['query']): HostConfig {
  const numbers = {
    Memory: query.integer('memory'),
    MemorySwap: query.integer('memswap'),
    CpuShares: query.integer('cpushares'),
    CpuPeriod: query.integer('cpuperiod'),
    CpuQuota: query.integer('cpuquota'),
    ShmSize: query.integer('shmsize'),
  };
  const set = Object.entries(numbers).filter(([, value]) => value !== undefined && value !== 0);
  const hosts = query.all('extrahosts').filter((entry) => entry !== '');
  return {
    ...Object.fromEntries(set),
    ...(query.text('cpusetcpus') === '' ? {} : { CpusetCpus: query.text('cpusetcpus') }),
    ...(query.text('cpusetmems') === '' ? {} : { CpusetMems: query.text('cpusetmems') }),
    ...(query.text('cgroupparent') === '' ? {} : { CgroupParent: query.text('cgroupparent') }),
    ...(hosts.length === 0 ? {} : { ExtraHosts: hosts }),
    ...(query.text('ulimits') === '' ? {} : { Ulimits: jsonList(query.text('ulimits'), 'ulimits') as never }),
  };
}

function jsonList(text: string, name: string): readonly unknown[] {
  const value = parse(text, name);
  // Go's word for an empty list.
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw new EngineError('invalidParameter', `${name} is not a JSON array`);
}

function jsonOf(text: string, name: string): Readonly<Record<string, unknown>> {
  if (text === '') return {};
  const value = parse(text, name);
  if (value === null) return {};
  if (isRecord(value)) return value;
  throw new EngineError('invalidParameter', `${name} is not a JSON object`);
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EngineError('invalidParameter', `${name} is not JSON`, { cause });
  }
}

/** A null stands for an argument whose value the client has not. */
function given(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** `X-Registry-Config`: host -> credentials, as JSON in base64. What makes no sense counts as nothing, as with pulls. */
function registryConfig(header: string | undefined): Readonly<Record<string, AuthConfig>> {
  if (header === undefined || header === '') return {};
  try {
    return record(authConfig, {})(JSON.parse(textFromBase64(header)), '');
  } catch (error) {
    if (isEngineError(error) || error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The longest path that Linux knows. */
const longestPath = 4096;

const path: typeof string = (value, place) => {
  const text = string(value, place);
  if (text.length <= longestPath) return text;
  throw new EngineError('invalidParameter', `${place} is longer than ${longestPath} characters`);
};

const origin = object<Partial<BuildOrigin>>({ folder: path, dockerfile: path });

function entitlement(value: unknown, place: string): Entitlement {
  const name = string(value, place);
  const found = entitlements.find((each) => each === name);
  if (found !== undefined) return found;
  throw new EngineError(
    'invalidParameter',
    `unknown entitlement ${JSON.stringify(name)}: there is ${entitlements.join(', ')}`,
  );
}

const ownRequest = object<BuildOptions>({
  dockerfile: string,
  dockerfileText: string,
  origin: (value, place) => ({ folder: '', dockerfile: '', ...origin(value, place) }),
  remote: string,
  context: string,
  tags: array(string),
  target: string,
  buildArgs: record(string, ''),
  labels: record(string, ''),
  namedContexts: record(string, ''),
  namedFolders: record(string, ''),
  noCache: boolean,
  noCacheFilter: array(string),
  pull: boolean,
  platform: string,
  network: string,
  entitlements: array(entitlement),
  extraHosts: array(string),
  shmSize: integer,
  auth: record(authConfig, {}),
  secrets: record(string, ''),
  sshAgents: record(string, ''),
  sourceDateEpoch: integer,
  checkOnly: boolean,
  limits,
  outputs,
  cacheFrom,
  cacheTo,
});

/** The first line is longer than this in no build: secrets are in it. */
const longestLine = 8 * 1024 * 1024;

/** The first line of the body is JSON; what follows is the context as a tar, unless the line names another one. */
export async function ownBuildRequest({ body, signal }: Call): Promise<BuildRequest> {
  const { line, rest } = await splitLine(body);
  const value = ownRequest(parse(line, 'the first line'), '');
  const { secrets = {}, remote, context, extraHosts: hosts, shmSize, limits: limited = {}, ...asked } = value;
  return {
    dockerfile: 'Dockerfile',
    target: '',
    buildArgs: {},
    labels: {},
    namedContexts: {},
    noCache: false,
    noCacheFilter: [],
    pull: false,
    network: 'default',
    auth: {},
    sshAgents: {},
    checkOnly: false,
    // Who gives all steps the host's network allows it by that.
    entitlements: asked.network === 'host' ? ['network.host'] : [],
    ...asked,
    tags: imageNames(asked.tags ?? []),
    hostConfig: {
      ...limited,
      ...(hosts === undefined ? {} : { ExtraHosts: hosts }),
      ...(shmSize === undefined ? {} : { ShmSize: shmSize }),
    },
    secrets: Object.fromEntries(Object.entries(secrets).map(([id, text]) => [id, fromBase64(text)])),
    signal,
    context: contextOf(remote, context, rest),
  };
}

function contextOf(address: string | undefined, id: string | undefined, bytes: Call['body']): ContextSource {
  if (address !== undefined) return { kind: 'remote', address };
  return id === undefined ? { kind: 'tar', bytes } : { kind: 'offered', id };
}

const offerHead = object<Partial<ContextOfferHead>>({ key: string, description: string, takenNs: string });

/** The first line of the body is JSON; what follows is the listing. @throws EngineError invalidParameter */
export async function contextOffer({ body }: Call): Promise<{
  readonly offer: ContextOffer;
  readonly lines: Call['body'];
}> {
  const { line, rest: lines } = await splitLine(body);
  const { key = '', description = '', takenNs = '' } = offerHead(parse(line, 'the first line'), '');
  if (!/^\d{1,19}$/.test(takenNs)) throw new EngineError('invalidParameter', 'takenNs is no time in nanoseconds');
  return { offer: { key, description, takenNs: BigInt(takenNs) }, lines };
}

async function splitLine(body: Call['body']): Promise<{ readonly line: string; readonly rest: Call['body'] }> {
  const iterator = body[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const step = await iterator.next();
    if (step.done === true) return { line: textOf(head), rest: none() };
    const end = step.value.indexOf(10);
    if (end >= 0) {
      const line = textOf([...head, step.value.subarray(0, end)]);
      return { line, rest: rest(step.value.subarray(end + 1), iterator) };
    }
    head.push(step.value);
    size += step.value.length;
    if (size > longestLine) throw new EngineError('invalidParameter', 'the first line of the request is too long');
  }
}

function textOf(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(concat(chunks));
}

async function* none(): AsyncGenerator<Uint8Array> {}

async function* rest(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) yield step.value;
  } finally {
    await iterator.return?.();
  }
}
