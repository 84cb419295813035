// Ports of EXPOSE: `[ip:][hostPort:]port[-port][/protocol]`, of which only the end is of use.

import type { Fault, Word } from '../tree.ts';
import { literalValue } from './literal.ts';
import { quote } from '../quote.ts';

export interface PortSpec {
  readonly ip: string;
  readonly hostPort: string;
  readonly port: string;
  /** As written; empty where there is none. */
  readonly protocol: string;
}

const protocols: ReadonlySet<string> = new Set(['', 'tcp', 'udp', 'sctp']);

/** Takes a port apart, right or wrong. */
export function splitPort(text: string): PortSpec {
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const slash = last.indexOf('/');
  return {
    ip: parts.slice(0, -2).join(':'),
    hostPort: parts.at(-2) ?? '',
    port: slash < 0 ? last : last.slice(0, slash),
    protocol: slash < 0 ? '' : last.slice(slash + 1),
  };
}

export function addPortFault(word: Word, faults: Fault[]): void {
  const text = literalValue(word);
  // Of a word that is empty once its quotes are gone nothing is left.
  if (text === undefined || text === '') return;
  const fault = portFault(text);
  if (fault !== undefined) faults.push({ ...fault, span: word.span });
}

/** What is wrong with a port as it is once variables are filled in. */
export function portFault(text: string): Pick<Fault, 'code' | 'message'> | undefined {
  const { ip, hostPort, port, protocol } = splitPort(text);
  if (port === '') return { code: 'invalid-port', message: 'The number of the port is missing.' };
  if (!protocols.has(protocol.toLowerCase())) {
    return { code: 'invalid-protocol', message: `${quote(protocol)} is no protocol: there are tcp, udp and sctp.` };
  }
  if (ip !== '' && !isAddress(ip)) return { code: 'invalid-address', message: `${quote(ip)} is no IP address.` };
  const range = portRange(port);
  if (typeof range === 'string') return { code: 'invalid-port', message: range };
  if (hostPort === '') return undefined;
  const hostRange = portRange(hostPort);
  if (typeof hostRange === 'string') return { code: 'invalid-host-port', message: hostRange };
  if (range !== hostRange && range !== 0) {
    return { code: 'invalid-port-range', message: `${hostPort} and ${port} are not equally many ports.` };
  }
  return undefined;
}

/** @returns how many ports there are after the first, or what is wrong */
function portRange(text: string): number | string {
  const dash = text.indexOf('-');
  const start = dash < 0 ? text : text.slice(0, dash);
  const end = dash < 0 ? text : text.slice(dash + 1);
  for (const port of [start, end]) {
    if (!/^\+?\d+$/.test(port))
      return `${quote(text)} is no port: ports are numbers from 0 to 65535, or a range such as 8000-8010.`;
    if (Number(port) > 65_535) return `${port} is no port: ports go from 0 to 65535.`;
  }
  const count = Number(end) - Number(start);
  return count < 0 ? `The range ${text} ends before it begins.` : count;
}

function isAddress(text: string): boolean {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  return isAddressV4(bare) || isAddressV6(bare);
}

function isAddressV4(text: string): boolean {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return false;
  return text.split('.').every((part) => Number(part) <= 255 && (part === '0' || !part.startsWith('0')));
}

function isAddressV6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || text.length > 45) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const isMixed = isAddressV4(last);
  const plain = isMixed ? groups.slice(0, -1) : groups;
  if (!plain.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const count = plain.length + (isMixed ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}
