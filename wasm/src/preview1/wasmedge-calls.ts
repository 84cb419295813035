// Calls on sockets that WasmEdge added to preview 1, which programs of its QuickJS and of Rust's `wasmedge_wasi_socket` make. Streams only.
// There are two versions of some, told apart by how many arguments come. https://github.com/second-state/wasmedge_wasi_socket

import { formatAddress, parseAddress, type Address } from '../../../runtime/src/spec/address.ts';
import { errno, fail } from '../wasi/errno.ts';
import type { Host } from './host.ts';
import { isPatient, lookUp, settle } from './socket-calls.ts';
import { Sockets, type Ask } from './sockets.ts';
import type { Waiting } from './waiting.ts';

const family = { any: 0, four: 1, six: 2 } as const;
const kind = { any: 0, datagram: 1, stream: 2 } as const;
const option = { type: 1, error: 2, sendRoom: 5, receiveRoom: 6, isListening: 13 } as const;
/** Of the socket itself; the only level there is. */
const socketLevel = 0;
/** Options that change nothing here: an address can be used again, a dead peer is found out, buffers are what they are. */
const idle = new Set([0, 3, 5, 6, 7, 8, 9]);
/** Of the second version: a family before the address. */
const wideBytes = 128;
const roomBytes = 32_768;

/** An entry of an answer to `sock_getaddrinfo`, and the address in it: words by their offset in bytes. */
const entry = {
  flags: 0,
  family: 2,
  kind: 3,
  protocol: 4,
  addressBytes: 8,
  address: 12,
  nameBytes: 20,
  next: 24,
} as const;
const entryBytes = 28;
const socketAddress = { family: 0, bytes: 4, data: 8 } as const;
const socketAddressBytes = 12;
const protocol = { any: 0, tcp: 1 } as const;
/** Port, and for IPv6 a flow before and a scope behind the address. */
const dataBytes = { 4: 14, 6: 26 } as const;
const mostEntries = 64;

const services: Readonly<Record<string, number>> = { ftp: 21, ssh: 22, domain: 53, http: 80, https: 443 };

export function wasmEdgeCalls(host: Host, ask: Ask) {
  const { memory, process } = host;
  const sockets = new Sockets(process, ask);

  /** What a pair of an address and a length leads to. */
  function boxAt(address: number): Uint8Array {
    const { view } = memory;
    return memory.bytes(view.getUint32(address >>> 0, true), view.getUint32((address >>> 0) + 4, true));
  }

  /** @throws Failure EINVAL for a length that no address has */
  function addressAt(pointer: number): string {
    const box = boxAt(pointer);
    if (box.length === 4) return textOf(box, 4);
    if (box.length === 16) return textOf(box, 6);
    if (box.length !== wideBytes) fail(errno.EINVAL);
    const given = box[0];
    if (given === family.four) return textOf(box.subarray(2, 6), 4);
    return given === family.six ? textOf(box.subarray(2, 18), 6) : fail(errno.EAFNOSUPPORT);
  }

  /** As `getsockname`; the first version has the family apart. */
  function putAddress(
    descriptor: number,
    side: 'local' | 'peer',
    pointer: number,
    third: number,
    fourth?: number,
  ): void {
    const { address, port } = sockets.address(descriptor, side);
    const parsed = parseAddress(address) ?? { family: 4 as const, value: 0n };
    const octets = octetsOf(parsed);
    const box = boxAt(pointer);
    const start = fourth === undefined ? 2 : 0;
    if (box.length < start + octets.length) fail(errno.EINVAL);
    if (fourth === undefined) box.set([parsed.family === 4 ? family.four : family.six, 0]);
    else memory.setWord(third, parsed.family);
    box.set(octets, start);
    memory.setWord(fourth ?? third, port);
  }

  function putEntry(at: number, address: Address, port: number, socketKind: number): void {
    const { view } = memory;
    const octets = octetsOf(address);
    memory.bytes(at, entryBytes);
    const target = view.getUint32(at + entry.address, true);
    memory.bytes(target, socketAddressBytes);
    const data = memory.bytes(view.getUint32(target + socketAddress.data, true), dataBytes[address.family]);
    const familyNumber = address.family === 4 ? family.four : family.six;
    view.setUint16(at + entry.flags, 0, true);
    view.setUint8(at + entry.family, familyNumber);
    view.setUint8(at + entry.kind, socketKind);
    view.setUint32(at + entry.protocol, protocol.tcp, true);
    view.setUint32(at + entry.addressBytes, socketAddressBytes, true);
    view.setUint32(at + entry.nameBytes, 0, true);
    view.setUint8(target + socketAddress.family, familyNumber);
    view.setUint32(target + socketAddress.bytes, data.length, true);
    data.fill(0);
    data.set([port >> 8, port & 0xff]);
    data.set(octets, address.family === 4 ? 2 : 6);
  }

  return {
    sock_open: (wanted: number, type: number, result: number) => {
      if (wanted > family.six) fail(errno.EAFNOSUPPORT);
      if (type !== kind.any && type !== kind.stream) fail(errno.EPROTONOSUPPORT);
      memory.setWord(result, sockets.open());
    },
    sock_bind: (descriptor: number, address: number, port: number) =>
      sockets.bind(descriptor, addressAt(address), port),
    *sock_listen(descriptor: number, backlog: number): Waiting<void> {
      sockets.listen(descriptor, sockets.address(descriptor, 'local').port, backlog);
      yield* settle(host, sockets, descriptor);
    },
    *sock_connect(descriptor: number, address: number, port: number): Waiting<void> {
      sockets.connect(descriptor, addressAt(address), port);
      if (!isPatient(host, descriptor)) fail(errno.EINPROGRESS);
      yield* settle(host, sockets, descriptor);
    },
    sock_getlocaladdr: (descriptor: number, address: number, third: number, fourth?: number) =>
      putAddress(descriptor, 'local', address, third, fourth),
    sock_getpeeraddr: (descriptor: number, address: number, third: number, fourth?: number) =>
      putAddress(descriptor, 'peer', address, third, fourth),
    sock_getsockopt: (descriptor: number, level: number, name: number, value: number, size: number) => {
      if (level !== socketLevel) fail(errno.ENOTSUP);
      const answers = new Map<number, () => number>([
        [option.type, () => kind.stream],
        [option.error, () => sockets.takeError(descriptor)],
        [option.isListening, () => Number(sockets.isListening(descriptor))],
        [option.sendRoom, () => roomBytes],
        [option.receiveRoom, () => roomBytes],
      ]);
      sockets.isListening(descriptor);
      memory.setWord(value, answers.get(name)?.() ?? fail(errno.ENOTSUP));
      memory.setWord(size, 4);
    },
    sock_setsockopt: (descriptor: number, level: number, name: number) => {
      sockets.isListening(descriptor);
      if (level !== socketLevel || !idle.has(name)) fail(errno.ENOTSUP);
    },
    *sock_getaddrinfo(
      node: number,
      nodeLength: number,
      service: number,
      serviceLength: number,
      hint: number,
      result: number,
      most: number,
      count: number,
    ): Waiting<void> {
      const port = portOf(memory.text(service, serviceLength));
      const name = memory.text(node, nodeLength);
      const wanted = hint === 0 ? family.any : memory.view.getUint8((hint >>> 0) + entry.family);
      const found = yield* lookUp(host, sockets, name === '' ? 'localhost' : name);
      const addresses = found
        .map((text) => parseAddress(text))
        .filter((address) => address !== undefined)
        .filter((address) => wanted === family.any || wanted === (address.family === 4 ? family.four : family.six));
      let at = memory.view.getUint32(result >>> 0, true);
      let done = 0;
      for (const address of addresses.slice(0, Math.min(most >>> 0, mostEntries))) {
        putEntry(at, address, port, kind.stream);
        done += 1;
        at = memory.view.getUint32(at + entry.next, true);
        if (at === 0) break;
      }
      memory.setWord(count, done);
    },
    /** Of datagrams. */
    sock_recv_from: () => fail(errno.ENOTSUP),
    sock_send_to: () => fail(errno.ENOTSUP),
    sock_bind_device: () => fail(errno.ENOTSUP),
  };
}

function textOf(octets: Uint8Array, of: 4 | 6): string {
  return formatAddress({ family: of, value: octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n) });
}

function octetsOf({ family: of, value }: Address): Uint8Array {
  const count = of === 4 ? 4 : 16;
  return Uint8Array.from({ length: count }, (_, index) => Number((value >> BigInt(8 * (count - 1 - index))) & 0xffn));
}

/** A number, or one of the names that everybody knows. @throws Failure EINVAL */
function portOf(service: string): number {
  const text = service.replace(/\0$/, '');
  if (text === '') return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Object.hasOwn(services, text) ? services[text] : undefined;
  return port === undefined || port > 65_535 ? fail(errno.EINVAL) : port;
}
