// What a Dockerfile frontend is asked for, `dockerfile.v0`'s attributes, as our builder takes it.

import type { HostConfig } from '../../spec/api/containers.ts';
import { EngineError } from '../../spec/errors.ts';
import { type BuildRequest, type Entitlement, entitlements } from '../../spec/engine/builds.ts';

export type Attributes = ReadonlyMap<string, string>;

export type FrontendOptions = Pick<
  BuildRequest,
  | 'target'
  | 'buildArgs'
  | 'labels'
  | 'noCache'
  | 'noCacheFilter'
  | 'pull'
  | 'platform'
  | 'network'
  | 'hostConfig'
  | 'sourceDateEpoch'
>;

/** Known, and either taken care of elsewhere or without a meaning for one image of one platform. */
const ignored = new Set([
  'build-arg:BUILDKIT_INLINE_CACHE',
  'build-arg:BUILDKIT_SYNTAX',
  'cache-imports',
  'cmdline',
  'context',
  'contextkey',
  'dockerfilekey',
  'filename',
  'frontend.caps',
  'hostname',
  'multi-platform',
  'requestid',
  'source',
]);
const taken = new Set([
  'add-hosts',
  'cgroup-parent',
  'force-network-mode',
  'image-resolve-mode',
  'no-cache',
  'platform',
  'shm-size',
  'target',
  'ulimit',
]);
const prefixes = ['build-arg:', 'label:', 'context:', 'vcs:', 'sharedkey:', 'local-sessionid:', 'input:'];

/** @throws EngineError invalidParameter for a value that makes no sense, notImplemented for what is not honoured */
export function frontendOptions(attributes: Attributes): FrontendOptions {
  refuseUnknown(attributes);
  const get = (name: string): string => attributes.get(name) ?? '';
  const noCache = attributes.get('no-cache');
  const platform = get('platform');
  if (platform.includes(',')) {
    throw new EngineError('notImplemented', `one platform at a time can be built, not ${platform}`);
  }
  const epoch = get('build-arg:SOURCE_DATE_EPOCH');
  return {
    target: get('target'),
    buildArgs: withPrefix(attributes, 'build-arg:'),
    labels: withPrefix(attributes, 'label:'),
    noCache: noCache === '',
    noCacheFilter: noCache === undefined || noCache === '' ? [] : noCache.split(','),
    pull: get('image-resolve-mode') === 'pull',
    ...(platform === '' ? {} : { platform }),
    network: networkOf(get('force-network-mode')),
    hostConfig: limitsOf(get),
    ...(epoch === '' ? {} : { sourceDateEpoch: wholeNumber(epoch, 'SOURCE_DATE_EPOCH') }),
  };
}

function refuseUnknown(attributes: Attributes): void {
  for (const [name, value] of attributes) {
    if (taken.has(name) || ignored.has(name) || prefixes.some((prefix) => name.startsWith(prefix))) continue;
    // Clients ask by themselves for what an image can do without.
    if (name.startsWith('attest:') && /(?:^|,)(?:disabled|inline-only)=true(?:,|$)/.test(value)) continue;
    const what = name.startsWith('attest:')
      ? 'attestations are'
      : `the option ${JSON.stringify(name.slice(0, 100))} is`;
    throw new EngineError('notImplemented', `${what} not supported by this engine's builder`);
  }
}

/** What stands behind a prefix -> value. */
export function withPrefix(attributes: Attributes, prefix: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...attributes].flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
  );
}

function networkOf(mode: string): string {
  return mode === '' || mode === 'sandbox' ? 'default' : mode;
}

function limitsOf(get: (name: string) => string): HostConfig {
  const hosts = get('add-hosts');
  const memory = get('shm-size');
  const ulimits = get('ulimit');
  const parent = get('cgroup-parent');
  return {
    ...(hosts === '' ? {} : { ExtraHosts: hosts.split(',').map((entry) => entry.replace('=', ':')) }),
    ...(memory === '' ? {} : { ShmSize: wholeNumber(memory, 'shm-size') }),
    ...(ulimits === '' ? {} : { Ulimits: ulimits.split(',').map(ulimitOf) }),
    ...(parent === '' ? {} : { CgroupParent: parent }),
  };
}

/** `nofile=1024:2048` */
function ulimitOf(text: string): { readonly Name: string; readonly Soft: number; readonly Hard: number } {
  const [, name = '', soft, hard = soft] = /^(\w+)=(-?\d{1,15})(?::(-?\d{1,15}))?$/.exec(text) ?? [];
  if (name !== '') return { Name: name, Soft: Number(soft), Hard: Number(hard) };
  throw new EngineError('invalidParameter', `ulimit: ${JSON.stringify(text)} is not NAME=SOFT[:HARD]`);
}

function wholeNumber(text: string, name: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new EngineError('invalidParameter', `${name}: ${JSON.stringify(text)} is no whole number`);
}

/** @throws EngineError notImplemented for what nobody can be allowed here */
export function entitlementsOf(names: readonly string[]): readonly Entitlement[] {
  return names.map((name) => {
    const known = entitlements.find((each) => each === name);
    if (known !== undefined) return known;
    throw new EngineError('notImplemented', `--allow ${name} is not supported: ${entitlements.join(' and ')} are`);
  });
}
