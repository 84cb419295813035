// Settings that are addresses, refused where they are written down: a mirror that is none would be found out at the first pull, a
// name server at the first look-up of a container.

import { isInterfaceName, parseAddress } from '../spec/address.ts';
import { EngineError } from '../spec/errors.ts';

/** `none` is no default network, as with dockerd. @throws EngineError invalidParameter for what no interface can be called */
export function checkBridge(name: string): string {
  if (isInterfaceName(name)) return name;
  throw invalid(`invalid bridge: ${JSON.stringify(name)}: an interface has at most 15 letters, digits and . _ - @`);
}

/** @throws EngineError invalidParameter for an address of no bridge */
export function checkBip(bip: string | undefined, bridge: string): string | undefined {
  if (bip === undefined || bridge !== 'none') return bip;
  throw invalid(`invalid bip: ${JSON.stringify(bip)}: there is no default network with bridge "none"`);
}

/** @throws EngineError invalidParameter for what is no IP address */
export function checkNameServers(list: readonly string[]): readonly string[] {
  const bad = list.find((text) => parseAddress(text) === undefined);
  if (bad === undefined) return list;
  throw invalid(`invalid dns: ${JSON.stringify(bad)} is no IP address`);
}

/** @throws EngineError invalidParameter for what is no http(s) address without user, query and fragment */
export function checkMirrors(list: readonly string[]): readonly string[] {
  for (const text of list) {
    if (!/^https?:\/\//i.test(text)) {
      throw invalid(`invalid mirror: ${JSON.stringify(text)} must begin with https:// or http://`);
    }
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '') {
      throw invalid(`invalid mirror: ${JSON.stringify(text)} is not the address of a registry`);
    }
  }
  return list;
}

/** @throws EngineError invalidParameter for what is neither a host, with or without a port, nor a network in CIDR notation */
export function checkInsecureRegistries(list: readonly string[]): readonly string[] {
  const bad = list.find((text) => !isHost(text.replace(/^https?:\/\//, '').replace(/\/$/, '')) && !isNetwork(text));
  if (bad === undefined) return list;
  throw invalid(
    `insecure registry ${JSON.stringify(bad)} is not valid: give HOST, HOST:PORT or a network such as 10.0.0.0/8`,
  );
}

function isHost(text: string): boolean {
  return /^(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?$/i.test(text);
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  return parseAddress(address) !== undefined && /^\d{1,3}$/.test(bits) && rest.length === 0;
}

const invalid = (message: string): EngineError => new EngineError('invalidParameter', message);
