// A client of Node's inspector, as a debugger is one: commands of the Chrome DevTools Protocol, and the events that come.

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

export interface Paused {
  readonly callFrames: readonly {
    readonly callFrameId: string;
    readonly functionName: string;
    readonly location: { readonly lineNumber: number };
  }[];
}

export class Inspector implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #paused: Paused[] = [];
  /** Address of a script -> that of its source map. */
  readonly #maps = new Map<string, string>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data)) as Answer));
  }

  static async connect(address: string): Promise<Inspector> {
    const socket = new WebSocket(address);
    await new Promise<void>((done, fail) => {
      socket.addEventListener('open', () => done());
      socket.addEventListener('error', () => fail(new Error(`no inspector answers at ${address}`)));
    });
    return new Inspector(socket);
  }

  async call(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    this.#last += 1;
    const id = this.#last;
    this.#socket.send(JSON.stringify({ id, method, params }));
    const answer = await new Promise<Answer>((done) => this.#waiting.set(id, done));
    if (answer.error !== undefined) throw new Error(answer.error.message);
    return answer.result ?? {};
  }

  /** Sets a breakpoint on a line (from 1) of a file, and lets a program go that waits for its debugger. */
  async breakAt(file: string, line: number): Promise<void> {
    await this.call('Debugger.enable');
    await this.call('Debugger.setBreakpointByUrl', { url: `file://${file}`, lineNumber: line - 1 });
    await this.call('Runtime.runIfWaitingForDebugger');
  }

  /** Where the program has stopped, oldest first; each stop is told once. */
  takePaused(): Paused | undefined {
    return this.#paused.shift();
  }

  /** Address of the source map of a script that was loaded; empty where it has none. */
  mapOf(script: string): string {
    return this.#maps.get(script) ?? '';
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #take(answer: Answer): void {
    if (answer.method === 'Debugger.paused') this.#paused.push(answer.params as unknown as Paused);
    if (answer.method === 'Debugger.scriptParsed') {
      const { url, sourceMapURL } = answer.params as { readonly url: string; readonly sourceMapURL?: string };
      this.#maps.set(url, sourceMapURL ?? '');
    }
    if (answer.id === undefined) return;
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}
