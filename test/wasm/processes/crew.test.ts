// Components that handle HTTP requests in a container: one that takes long holds up nobody.

import assert from 'node:assert/strict';
import { UserNetwork } from '../../../runtime/src/host/portable/network/user-network.ts';
import type { Processes, ProcessLimits } from '../../../wasm/src/processes/contract.ts';
import type { ProcessHost } from '../../../wasm/src/processes/open.ts';
import { transpile } from '../../../wasm/src/preview2/transpile.ts';
import type { Connection, GuestNetwork } from '../../../wasm/src/sockets/contract.ts';
import { until } from '../../helpers/poll.ts';
import { skip } from '../../helpers/skip.ts';
import { PathTree } from '../files/tree.ts';
import { component } from '../preview2/component.ts';
import { broken, makeHost, missingCompiler, openContainer, Running } from './container.ts';

const encoder = new TextEncoder();

class Client {
  readonly #connection: Connection;
  readonly #input: AsyncIterator<Uint8Array>;
  #text = '';

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#input = connection.input[Symbol.asyncIterator]();
  }

  async send(text: string): Promise<void> {
    await this.#connection.write(encoder.encode(text.replaceAll('\n', '\r\n')));
  }

  /** Resolves when an answer has come that has those words, which are taken. */
  async hears(words: string): Promise<void> {
    while (!this.#text.includes(words)) {
      const { value, done } = await this.#input.next();
      assert.notEqual(done, true, `the connection ended before ${words}: ${this.#text}`);
      this.#text += new TextDecoder().decode(value as Uint8Array);
    }
    this.#text = this.#text.slice(this.#text.indexOf(words) + words.length);
  }

  close(): void {
    this.#connection.close();
  }
}

/** The list is of a moment ago while somebody is inside. */
async function count(processes: Processes, wanted: number): Promise<void> {
  await until(`${String(wanted)} processes`, () => Promise.resolve(processes.list().length === wanted));
}

/** Programs that do the same by the two versions of WASI. */
const programs = [
  { version: '0.2', name: 'server', world: 'proxy' },
  { version: '0.3', name: 'later-server', world: 'later-http' },
] as const;

for (const { version, name: program, world } of programs) {
  describe(`wasm processes: requests at once, of WASI ${version}`, function () {
    this.timeout(300_000);
    let host: ProcessHost | undefined;
    let server: Uint8Array;

    before(async function () {
      const reason = missingCompiler();
      if (reason !== undefined) skip(this, reason);
      server = await component(program, world);
      host = makeHost({ components: { partsOf: (bytes) => transpile(bytes) } });
    });

    after(async () => {
      await host?.[Symbol.asyncDispose]();
      assert.deepEqual(broken, []);
    });

    async function serve(limits: ProcessLimits = {}) {
      const user = new UserNetwork({});
      const name = user.create('lone');
      const network = user.open(name, { hosts: () => Promise.resolve(''), allowsHost: false, dns: [] });
      const image = PathTree.create();
      image.write('/server', 0, server);
      const { processes } = openContainer(host ?? assert.fail('no host'), image.files, { network, limits });
      const running = new Running(
        await processes.prepare({ argv: ['/server'], env: [], workingDirectory: '/', uid: 0, gid: 0, stdin: false }),
      );
      await running.program.start();
      return { processes, running, network };
    }

    async function connect(network: GuestNetwork): Promise<Client> {
      return new Client(
        await until('the component listens', async () => {
          try {
            return await network.connect('127.0.0.1', 8080, { signal: AbortSignal.timeout(30_000) });
          } catch {
            return undefined;
          }
        }),
      );
    }

    /** One whose request has begun and is not at its end. */
    async function slow(network: GuestNetwork): Promise<Client> {
      const client = await connect(network);
      await client.send('POST /echo HTTP/1.1\nHost: h\nContent-Length: 6\n\nabc');
      await client.hears('\r\n\r\n3\r\nabc\r\n');
      return client;
    }

    it('are handled by more processes, and connections go to whoever has time', async () => {
      const { processes, running, network } = await serve();
      await using _ = processes;
      const kept = await connect(network);
      await kept.send('GET /hello HTTP/1.1\nHost: h\n\n');
      await kept.hears('hello\n');
      const clients: Client[] = [];
      for (let count = 0; count < 4; count++) clients.push(await slow(network));
      await kept.send('GET /hello HTTP/1.1\nHost: h\n\n');
      await kept.hears('hello\n');
      await count(processes, 5);
      assert.ok(processes.list().every(({ argv }) => argv.join() === '/server'));
      for (const client of clients) {
        await client.send('def');
        await client.hears('3\r\ndef\r\n0\r\n\r\n');
        await client.send('GET /count HTTP/1.1\nHost: h\n\n');
        await client.hears('first\n');
      }
      // One that computes without end.
      const spinning = await connect(network);
      await spinning.send('GET /spin HTTP/1.1\nHost: h\n\n');
      await kept.send('GET /hello HTTP/1.1\nHost: h\n\n');
      await kept.hears('hello\n');
      running.program.signal(15);
      assert.equal((await running.program.exited).code, 143);
    });

    it('may be given up by who asked: what is written then ends nobody', async () => {
      const { processes, running, network } = await serve();
      await using _ = processes;
      for (let round = 0; round < 3; round++) {
        const client = await slow(network);
        client.close();
      }
      const client = await connect(network);
      await client.send(`POST /echo HTTP/1.1\nHost: h\nContent-Length: 4000000\n\n`);
      // It is read, and written back to nobody who reads.
      await client.send('x'.repeat(100_000));
      client.close();
      const other = await connect(network);
      await other.send('GET /hello HTTP/1.1\nHost: h\n\n');
      await other.hears('hello\n');
      running.program.signal(15);
      assert.equal((await running.program.exited).code, 143);
    });

    it('are bounded: by a limit of processes those wait that have none', async () => {
      const { processes, network } = await serve({ pids: 2 });
      await using _ = processes;
      const [one, two] = [await slow(network), await slow(network)];
      const third = await connect(network);
      await third.send('GET /hello HTTP/1.1\nHost: h\n\n');
      await count(processes, 2);
      await two.send('def');
      await two.hears('0\r\n\r\n');
      await third.hears('hello\n');
      await one.send('def');
      await one.hears('0\r\n\r\n');
      for (const client of [one, two, third]) client.close();
      // What was one's too many is gone when there is nothing to do.
      await count(processes, 1);
    });

    it('end with the one that was first', async () => {
      const { processes, running, network } = await serve();
      await using _ = processes;
      const clients = [await slow(network), await slow(network)];
      running.program.signal(9);
      assert.equal((await running.program.exited).code, 137);
      await count(processes, 0);
      for (const client of clients) client.close();
    });
  });
}
