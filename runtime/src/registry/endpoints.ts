// Where a registry is reached: mirrors of Docker Hub first, TLS before plain HTTP, plain HTTP only where it was allowed
// or the host is this machine.

import { EngineError } from '../spec/errors.ts';

export interface RegistryConfig {
  /** `host`, `host:port` or CIDR of registries that may speak plain HTTP or have any certificate. */
  readonly insecureRegistries: readonly string[];
  /** Base URLs that mirror Docker Hub, in order of preference. */
  readonly mirrors: readonly string[];
}

export interface Endpoint {
  /** `https://registry-1.docker.io`, without a slash at the end. */
  readonly base: string;
  readonly insecureTls: boolean;
  /** A user's credentials are for the registry, not for its mirrors. */
  readonly isMirror: boolean;
}

const hubHost = 'registry-1.docker.io';

/** Candidates for a reference's domain, best first. @throws EngineError invalidParameter for what is no address: `host:99999` */
export function endpointsOf(domain: string, config: RegistryConfig): readonly Endpoint[] {
  if (domain === 'docker.io') {
    const mirrors = config.mirrors.map((mirror) => {
      const base = mirror.replace(/\/+$/, '');
      return { base, insecureTls: isInsecure(hostOf(base), config), isMirror: true };
    });
    return [...mirrors, { base: `https://${hubHost}`, insecureTls: false, isMirror: false }];
  }
  const insecure = isInsecure(domain, config);
  const secure = { base: `https://${domain}`, insecureTls: insecure, isMirror: false };
  if (!URL.canParse(secure.base))
    throw new EngineError('invalidParameter', `invalid registry name ${JSON.stringify(domain)}`);
  return insecure ? [secure, { ...secure, base: `http://${domain}` }] : [secure];
}

function hostOf(base: string): string {
  return base.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

/** Whether `host` (with or without a port) may be reached without a valid certificate. */
export function isInsecure(host: string, config: RegistryConfig): boolean {
  const name = host.replace(/:\d+$/, '');
  if (isLoopback(name)) return true;
  return config.insecureRegistries.some((entry) => {
    const plain = entry.replace(/^https?:\/\//, '').replace(/\/$/, '');
    if (plain === host || plain === name) return true;
    return inNetwork(name, entry);
  });
}

export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

function inNetwork(name: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  const address = ipv4(name);
  const start = ipv4(base);
  if (address === undefined || start === undefined || bits === undefined || !/^\d{1,2}$/.test(bits)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(address / size) === Math.floor(start / size);
}

function ipv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  return match.slice(1).reduce((sum, part) => sum * 256 + Number(part), 0);
}

/**
 * Whether a user's credentials for the registry at `registryUrl` may go to the token server at `realm`: only over TLS,
 * or to the very host that already speaks plain HTTP by permission; and only to the same host or one of the same domain
 * (`registry-1.docker.io` and `auth.docker.io`). A registry must not be able to send them elsewhere.
 */
export function mayReceiveCredentials(registryUrl: string, realm: string): boolean {
  const registry = new URL(registryUrl);
  const target = new URL(realm);
  if (target.host === registry.host && target.protocol === registry.protocol) return true;
  if (target.protocol !== 'https:') return false;
  const isName = (host: string): boolean => /[a-z]/i.test(host.replace(/^.*\./, '')) && host.includes('.');
  if (!isName(target.hostname) || !isName(registry.hostname)) return target.hostname === registry.hostname;
  return domainOf(target.hostname) === domainOf(registry.hostname);
}

/** The last two labels, or three where the second is one that registrars use (`co.uk`). */
function domainOf(hostname: string): string {
  const labels = hostname.toLowerCase().split('.');
  const isShared = /^(?:co|com|net|org|gov|edu|ac)$/.test(labels.at(-2) ?? '') && (labels.at(-1) ?? '').length === 2;
  return labels.slice(isShared ? -3 : -2).join('.');
}
