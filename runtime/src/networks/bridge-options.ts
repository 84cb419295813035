// Options of a bridge network. What is not honoured is refused by name.

import { EngineError } from '../spec/errors.ts';
import { isInterfaceName, parseAddress } from '../spec/address.ts';

export const option = {
  name: 'com.docker.network.bridge.name',
  isDefault: 'com.docker.network.bridge.default_bridge',
  ipv6: 'com.docker.network.enable_ipv6',
  icc: 'com.docker.network.bridge.enable_icc',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  hostBinding: 'com.docker.network.bridge.host_binding_ipv4',
  gatewayMode4: 'com.docker.network.bridge.gateway_mode_ipv4',
  gatewayMode6: 'com.docker.network.bridge.gateway_mode_ipv6',
  inhibit4: 'com.docker.network.bridge.inhibit_ipv4',
  mtu: 'com.docker.network.driver.mtu',
  interfacePrefix: 'com.docker.network.container_iface_prefix',
  source4: 'com.docker.network.host_ipv4',
  source6: 'com.docker.network.host_ipv6',
} as const;

/** Options that mean something to dockerd and are not honoured here; what nobody knows is kept, as dockerd does. */
const refused = ['com.docker.network.bridge.trusted_host_interfaces'];

export interface BridgeOptions {
  /** Undefined: named after the network's id. */
  readonly name: string | undefined;
  /** Containers of the network reach each other. */
  readonly icc: boolean;
  readonly masquerade: boolean;
  /** Where ports are published that name no host address; empty for everywhere. */
  readonly hostBinding: string;
  /** The bridge itself gets no IPv4 address. */
  readonly inhibit4: boolean;
  readonly mtu: number | undefined;
  readonly interfacePrefix: string;
  /** Source addresses to use towards the outside in place of the outgoing interface's. */
  readonly source4: string | undefined;
  readonly source6: string | undefined;
}

/** The old way to ask for IPv6. @throws EngineError invalidParameter when it is no boolean */
export function wantsIPv6(options: Readonly<Record<string, string>>): boolean {
  return boolean(options, option.ipv6, false);
}

/** @throws EngineError invalidParameter naming the option that is malformed or not honoured */
export function parseBridgeOptions(options: Readonly<Record<string, string>>): BridgeOptions {
  for (const key of refused) {
    if ((options[key] ?? '') !== '')
      throw new EngineError('invalidParameter', `network option ${key} is not supported`);
  }
  for (const key of [option.gatewayMode4, option.gatewayMode6]) {
    const mode = options[key] ?? '';
    if (mode !== '' && mode !== 'nat') {
      throw new EngineError('invalidParameter', `network option ${key}=${mode} is not supported: only nat is`);
    }
  }
  const name = options[option.name] ?? '';
  if (name !== '' && !isInterfaceName(name)) {
    throw new EngineError('invalidParameter', `invalid bridge name: ${JSON.stringify(name)}`);
  }
  const interfacePrefix = options[option.interfacePrefix] ?? '';
  if (interfacePrefix !== '' && !/^[a-zA-Z][\w-]{0,11}$/.test(interfacePrefix)) {
    throw new EngineError('invalidParameter', `invalid interface prefix: ${JSON.stringify(interfacePrefix)}`);
  }
  return {
    name: name === '' ? undefined : name,
    icc: boolean(options, option.icc, true),
    masquerade: boolean(options, option.masquerade, true),
    hostBinding: address(options, option.hostBinding, 4) ?? '',
    inhibit4: boolean(options, option.inhibit4, false),
    mtu: mtu(options),
    interfacePrefix: interfacePrefix === '' ? 'eth' : interfacePrefix,
    source4: address(options, option.source4, 4),
    source6: address(options, option.source6, 6),
  };
}

function boolean(options: Readonly<Record<string, string>>, key: string, fallback: boolean): boolean {
  const text = options[key] ?? '';
  if (text === '') return fallback;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new EngineError('invalidParameter', `invalid value for ${key}: ${JSON.stringify(text)} is not a boolean`);
}

function address(options: Readonly<Record<string, string>>, key: string, family: 4 | 6): string | undefined {
  const text = options[key] ?? '';
  if (text === '') return undefined;
  if (parseAddress(text)?.family === family) return text;
  throw new EngineError(
    'invalidParameter',
    `invalid value for ${key}: ${JSON.stringify(text)} is not an IPv${family} address`,
  );
}

function mtu(options: Readonly<Record<string, string>>): number | undefined {
  const text = options[option.mtu] ?? '';
  if (text === '' || text === '0') return undefined;
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= 68 && value <= 65535) return value;
  throw new EngineError('invalidParameter', `invalid MTU: ${JSON.stringify(text)}`);
}
