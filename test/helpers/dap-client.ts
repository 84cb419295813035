// A client of a debug adapter, as VS Code is one: requests and events of the Debug Adapter Protocol over a connection.
// https://microsoft.github.io/debug-adapter-protocol/specification

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './poll.ts';

interface Message {
  readonly type: string;
  readonly command?: string;
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

export class DapClient implements Disposable {
  readonly #socket: Socket;
  readonly #answers = new Map<number, (answer: Message) => void>();
  readonly #events: Message[] = [];
  #rest = Buffer.alloc(0);
  #last = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', () => undefined);
  }

  static async connect(port: number, host: string): Promise<DapClient> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    return new DapClient(socket);
  }

  /** Resolves when it is answered, which some are only after others. */
  async ask(command: string, given: object = {}): Promise<Readonly<Record<string, unknown>>> {
    this.#last += 1;
    const seq = this.#last;
    const text = JSON.stringify({ seq, type: 'request', command, arguments: given });
    this.#socket.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    const answer = await new Promise<Message>((done) => this.#answers.set(seq, done));
    if (answer.success !== true) throw new Error(`${command}: ${answer.message}`);
    return answer.body ?? {};
  }

  /** The first event of a name that nobody has waited for yet. */
  async event(name: string): Promise<Readonly<Record<string, unknown>>> {
    const found = await until(`${name} is told`, () =>
      Promise.resolve(this.#events.find(({ event }) => event === name)),
    );
    this.#events.splice(this.#events.indexOf(found), 1);
    return found.body ?? {};
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const head = /^Content-Length: (\d+)\r\n\r\n/.exec(this.#rest.toString('latin1', 0, 100));
      if (head === null) return;
      const start = head[0].length;
      const end = start + Number(head[1]);
      if (this.#rest.length < end) return;
      const message = JSON.parse(this.#rest.toString('utf8', start, end)) as Message;
      this.#rest = this.#rest.subarray(end);
      if (message.type === 'event') this.#events.push(message);
      else this.#answers.get(message.request_seq ?? 0)?.(message);
    }
  }
}
