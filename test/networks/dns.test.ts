// The embedded name server through its socket, as shims use it.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { decode, encode, type DecodedPacket, type Packet } from 'dns-packet';
import { serveDns } from '../../runtime/src/host/node/dns-sockets.ts';
import { parseAddress } from '../../runtime/src/spec/address.ts';
import { DnsZone } from '../../runtime/src/networks/dns-zone.ts';
import type { NetworkRecord } from '../../runtime/src/networks/record.ts';
import type { NetworkId } from '../../runtime/src/spec/ids.ts';
import { requireRoot } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

function network(name: string, subnet: string, internal = false): NetworkRecord {
  return {
    id: `${name}-id` as NetworkId,
    name,
    created: '',
    driver: 'bridge',
    enableIPv4: true,
    enableIPv6: false,
    internal,
    attachable: false,
    ipam: [{ Subnet: subnet }],
    ipamOptions: null,
    hasOwnSubnets: false,
    foreignBridge: false,
    options: {},
    labels: {},
  };
}

const dbId = 'db'.padEnd(64, '0');
const red = network('red', '10.1.0.0/24');
const blue = network('blue', '10.2.0.0/24');
const shut = network('shut', '10.3.0.0/24', true);

function entry(record: NetworkRecord, names: string[], ...addresses: string[]) {
  return {
    network: record,
    names,
    addresses: addresses.map((text) => parseAddress(text)).filter((found) => found !== undefined),
  };
}

function zone(servers: readonly string[] = []): DnsZone {
  const made = new DnsZone();
  const common = { aliases: new Map<string, string>(), servers, reachesOut: true };
  made.set('web', {
    ...common,
    entries: [entry(red, ['web', 'www', 'aaaaaaaaaaaa'], '10.1.0.2')],
    aliases: new Map([
      ['database', 'db'],
      ['byid', dbId.slice(0, 12)],
    ]),
  });
  made.set(dbId, {
    ...common,
    entries: [entry(red, ['db', 'pool'], '10.1.0.3', 'fd00::3'), entry(blue, ['db'], '10.2.0.3')],
  });
  made.set('db2', { ...common, entries: [entry(red, ['db2', 'pool'], '10.1.0.4')] });
  made.set('far', { ...common, entries: [entry(blue, ['far'], '10.2.0.9')] });
  made.set('cell', { ...common, entries: [entry(shut, ['cell'], '10.3.0.2')], reachesOut: false });
  return made;
}

/** A shim's end of the relay. */
class Relay implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (message: Buffer) => void>();
  #pending: Buffer = Buffer.alloc(0);
  #token = 0;

  static async open(path: string, containerId: string): Promise<Relay> {
    const socket = connect(path);
    await once(socket, 'connect');
    const relay = new Relay(socket);
    relay.#send(Buffer.from(containerId));
    return relay;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      while (this.#pending.length >= 2 && this.#pending.length >= 2 + this.#pending.readUInt16BE(0)) {
        const frame = this.#pending.subarray(2, 2 + this.#pending.readUInt16BE(0));
        this.#pending = this.#pending.subarray(2 + frame.length);
        this.#waiting.get(frame.readUInt32BE(0))?.(frame.subarray(4));
      }
    });
  }

  async ask(
    name: string,
    type: 'A' | 'AAAA' | 'PTR' | 'MX' | 'TXT',
    more: { tcp?: boolean; edns?: number } = {},
  ): Promise<DecodedPacket> {
    const query: Packet = {
      type: 'query',
      id: 4711,
      flags: 0x100,
      questions: [{ name, type }],
      additionals:
        more.edns === undefined
          ? []
          : [
              {
                type: 'OPT',
                name: '.',
                udpPayloadSize: more.edns,
                extendedRcode: 0,
                ednsVersion: 0,
                flags: 0,
                flag_do: false,
                options: [],
              },
            ],
    };
    const answer = decode(await this.raw(encode(query), more.tcp));
    assert.equal(answer.id, 4711);
    return answer;
  }

  async raw(message: Uint8Array, tcp = false): Promise<Buffer> {
    this.#token += 1;
    const token = tcp ? this.#token + 0x80000000 : this.#token;
    const head = Buffer.alloc(4);
    head.writeUInt32BE(token);
    const answer = new Promise<Buffer>((resolve) => this.#waiting.set(token, resolve));
    this.#send(Buffer.concat([head, message]));
    return answer;
  }

  #send(frame: Buffer): void {
    const head = Buffer.alloc(2);
    head.writeUInt16BE(frame.length);
    // In two pieces, since a stream promises nothing about their borders.
    this.#socket.write(head);
    this.#socket.write(frame);
  }

  async [Symbol.asyncDispose]() {
    this.#socket.destroy();
  }
}

const data = (packet: DecodedPacket) =>
  (packet.answers ?? []).map((answer) =>
    'data' in answer && answer.data !== undefined ? `${answer.data as string}` : '',
  );
const code = (packet: DecodedPacket) => (packet as { rcode?: string }).rcode;

describe('networks: names', () => {
  it('answers names, aliases, ids, links and network-qualified names of shared networks', async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, 'dns.sock');
    await using _server = await serveDns(path, (question) => zone().resolve(question));
    await using relay = await Relay.open(path, 'web');
    for (const name of ['db', 'DB', 'db.red', 'database', 'byid'])
      assert.deepEqual(data(await relay.ask(name, 'A')), ['10.1.0.3'], name);
    assert.deepEqual(data(await relay.ask('aaaaaaaaaaaa', 'A')), ['10.1.0.2']);
    assert.deepEqual(data(await relay.ask('db', 'AAAA')), ['fd00::3']);
    assert.deepEqual(data(await relay.ask('3.0.1.10.in-addr.arpa', 'PTR')), ['db.red']);
    const none = await relay.ask('db2', 'AAAA');
    assert.deepEqual([code(none), data(none)], ['NOERROR', []]);
    assert.equal(code(await relay.ask('db', 'MX')), 'NOERROR');
    assert.equal(code(await relay.ask('9.0.1.10.in-addr.arpa', 'PTR')), 'NXDOMAIN');
    await using other = await Relay.open(path, dbId);
    assert.deepEqual(data(await other.ask('far', 'A')), ['10.2.0.9']);
    assert.equal(code(await relay.ask('far', 'A')), 'SERVFAIL');
  });

  it('takes turns among those who share an alias', async () => {
    const shared = zone();
    const first = () => {
      const reply = shared.resolve({ containerId: 'web', name: 'pool', type: 'A' });
      assert.equal(reply.kind, 'answer');
      return reply.kind === 'answer' ? `${reply.records[0]?.data} of ${reply.records.length}` : '';
    };
    const [one, two] = [first(), first()];
    assert.deepEqual(new Set([one, two]), new Set(['10.1.0.3 of 2', '10.1.0.4 of 2']));
    assert.equal(first(), one);
  });

  it('says that an internal network knows nothing else, and nobody to strangers', async () => {
    const made = zone(['127.0.0.1']);
    assert.deepEqual(made.resolve({ containerId: 'cell', name: 'example.com', type: 'A' }), { kind: 'missing' });
    assert.deepEqual(made.resolve({ containerId: 'stranger', name: 'web', type: 'A' }), { kind: 'missing' });
    assert.deepEqual(made.resolve({ containerId: 'web', name: 'example.com', type: 'A' }), {
      kind: 'forward',
      servers: ['127.0.0.1'],
    });
    made.delete(dbId);
    assert.equal(made.resolve({ containerId: 'web', name: 'db', type: 'A' }).kind, 'forward');
  });

  it('truncates what UDP cannot carry, as far as the client says', async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, 'dns.sock');
    const records = Array.from({ length: 60 }, (_, index) => ({
      type: 'A' as const,
      data: `10.0.0.${index + 1}`,
      ttl: 1,
    }));
    await using _server = await serveDns(path, () => ({ kind: 'answer', records }));
    await using relay = await Relay.open(path, 'web');
    const cut = await relay.ask('many', 'A');
    assert.deepEqual([cut.flag_tc, data(cut).length], [true, 0]);
    const whole = await relay.ask('many', 'A', { tcp: true });
    assert.deepEqual([whole.flag_tc, data(whole).length], [false, 60]);
    const large = await relay.ask('many', 'A', { edns: 4096 });
    assert.deepEqual([large.flag_tc, data(large).length], [false, 60]);
    assert.equal(large.additionals?.[0]?.type, 'OPT');
  });

  it('survives what is no query', async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, 'dns.sock');
    await using _server = await serveDns(path, (question) => zone().resolve(question));
    await using relay = await Relay.open(path, 'web');
    const garbage = await relay.raw(Buffer.from('1234000100010000000000ffffffffff', 'hex').subarray(0, 16));
    assert.equal(garbage.readUInt16BE(0), 0x1234);
    assert.ok([1, 4].includes(garbage.readUInt16BE(2) & 0xf));
    assert.equal((await relay.raw(Buffer.alloc(12))).readUInt16BE(2) & 0xf, 4);
    assert.deepEqual(data(await relay.ask('db', 'A')), ['10.1.0.3']);
  });

  it('forwards with an id of its own, by TCP when the answer was cut, past servers that fail', async function () {
    requireRoot(this);
    await using folder = await makeTempFolder();
    const ids: number[] = [];
    const good = await nameServer('127.77.0.53', ids, { cut: true });
    const bad = await nameServer('127.77.0.54', ids, { rcode: 2 });
    try {
      const path = join(folder.path, 'dns.sock');
      const servers = ['127.77.0.99', 'fe80::53', '127.77.0.54', '127.77.0.53'];
      await using _server = await serveDns(path, (question) => zone(servers).resolve(question));
      await using relay = await Relay.open(path, 'web');
      const udp = await relay.ask('example.test', 'TXT');
      assert.equal(udp.flag_tc, true);
      const tcp = await relay.ask('example.test', 'TXT', { tcp: true });
      assert.deepEqual(data(tcp), ['by tcp']);
      assert.ok(ids.some((id) => id !== 4711));
    } finally {
      await good();
      await bad();
    }
  });
});

/** A server on port 53 of a loopback address: UDP answers are cut (or fail), TCP ones whole. */
async function nameServer(
  address: string,
  ids: number[],
  how: { cut?: boolean; rcode?: number },
): Promise<() => Promise<void>> {
  const respond = (message: Buffer, more: Partial<Packet>, flags: number) => {
    const query = decode(message);
    ids.push(query.id ?? 0);
    return encode({ type: 'response', id: query.id ?? 0, flags, questions: query.questions ?? [], ...more });
  };
  const udp = createSocket('udp4');
  // A forged answer first: right address, wrong id.
  udp.on('message', (message: Buffer, from) => {
    const forged = Buffer.from(respond(message, {}, 0));
    forged.writeUInt16BE((message.readUInt16BE(0) + 1) & 0xffff, 0);
    udp.send(forged, from.port, from.address);
    udp.send(respond(message, {}, how.cut === true ? 0x200 : (how.rcode ?? 0)), from.port, from.address);
  });
  udp.bind(53, address);
  await once(udp, 'listening');
  const tcp = createServer((socket) => {
    socket.once('data', (chunk: Buffer) => {
      const [question] = decode(chunk.subarray(2)).questions ?? [];
      const answer = respond(
        chunk.subarray(2),
        { answers: [{ type: 'TXT', name: question?.name ?? '', data: 'by tcp' }] },
        0,
      );
      const head = Buffer.alloc(2);
      head.writeUInt16BE(answer.length);
      socket.end(Buffer.concat([head, answer]));
    });
  });
  tcp.listen(53, address);
  await once(tcp, 'listening');
  return async () => {
    udp.close();
    await new Promise((closed) => tcp.close(closed));
  };
}
