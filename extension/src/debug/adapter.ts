// The Debug Adapter Protocol as far as a session of ours has it: it starts and ends, writes and is started again. Threads, variables
// and breakpoints are those of the sessions below it, of the language's own debugger.
// https://microsoft.github.io/debug-adapter-protocol/specification

interface Message {
  readonly type: string;
}

interface Request extends Message {
  readonly seq: number;
  readonly command: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** What a session tells as it goes. */
export interface DebugOutput {
  write(text: string, category: 'console' | 'stdout' | 'stderr' | 'important'): void;
  exited(code: number): void;
  /** The session is over; nothing more is told. */
  ended(): void;
}

/** What the adapter carries out. */
export interface DebugTask {
  /** Resolves when it runs. @throws Error in words for the user */
  start(): Promise<void>;
  /** Ends it; nothing is left. A second call waits for the first. */
  end(): Promise<void>;
}

export type MakeTask = (configuration: Readonly<Record<string, unknown>>, output: DebugOutput) => DebugTask;

/** As VS Code has inline adapters. */
export class SessionAdapter {
  readonly #make: MakeTask;
  readonly #onFault: (error: unknown) => void;
  readonly #listeners = new Set<(message: Message) => void>();
  #sequence = 0;
  #task: DebugTask | undefined;
  #configuration: Readonly<Record<string, unknown>> = {};
  #isOver = false;

  /** @param onFault told of what ends a session, in words for the user */
  constructor(make: MakeTask, onFault: (error: unknown) => void) {
    this.#make = make;
    this.#onFault = onFault;
  }

  readonly onDidSendMessage = (listener: (message: Message) => unknown): { dispose(): void } => {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  };

  handleMessage(message: Message): void {
    if (message.type !== 'request') return;
    const request = message as Request;
    void this.#answer(request).then(
      (body) => this.#respond(request, { success: true, ...(body === undefined ? {} : { body }) }),
      (error: unknown) => this.#respond(request, { success: false, message: (error as Error).message }),
    );
  }

  /** The window closes, or VS Code lets go of it. */
  dispose(): void {
    this.#isOver = true;
    this.#listeners.clear();
    // Nobody is there to be told; what could not be removed is removed by the keeper when this process ends.
    this.#task?.end().catch(() => undefined);
  }

  async #answer({ command, arguments: given = {} }: Request): Promise<object | undefined> {
    switch (command) {
      case 'initialize':
        return { supportsRestartRequest: true, supportsTerminateRequest: true, supportsConfigurationDoneRequest: true };
      case 'launch':
      case 'attach':
        this.#configuration = given;
        this.#event('initialized');
        this.#begin();
        return undefined;
      case 'restart':
        await this.#restart(given);
        return undefined;
      case 'terminate':
      case 'disconnect':
        await this.#end();
        return undefined;
      case 'setBreakpoints':
        return { breakpoints: [] };
      case 'threads':
        return { threads: [] };
      case 'configurationDone':
      case 'setFunctionBreakpoints':
      case 'setExceptionBreakpoints':
        return undefined;
      default:
        throw new Error(`${command} is for the session of the program`);
    }
  }

  #begin(): void {
    const task: DebugTask = this.#make(this.#configuration, {
      write: (output, category) => this.#of(task, 'output', { category, output }),
      exited: (exitCode) => this.#of(task, 'exited', { exitCode }),
      ended: () => this.#of(task, 'terminated'),
    });
    this.#task = task;
    task.start().catch(async (error: unknown) => {
      if (this.#task !== task || this.#isOver) return;
      // Why it did not start is the greater news.
      await task.end().catch(() => undefined);
      this.#onFault(error);
      this.#of(task, 'terminated');
    });
  }

  async #restart(given: Readonly<Record<string, unknown>>): Promise<void> {
    const before = this.#task;
    this.#task = undefined;
    await before?.end();
    const changed = given['arguments'];
    if (typeof changed === 'object' && changed !== null) this.#configuration = changed as typeof given;
    if (!this.#isOver) this.#begin();
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    try {
      await this.#task?.end();
    } finally {
      this.#event('terminated');
    }
  }

  /** What a task that was ended still tells is of no use. */
  #of(task: DebugTask, event: string, body?: object): void {
    if (this.#task === task && !this.#isOver) this.#event(event, body);
  }

  #event(event: string, body?: object): void {
    this.#send({ type: 'event', event, ...(body === undefined ? {} : { body }) });
  }

  #respond({ seq, command }: Request, answer: { success: boolean; body?: object; message?: string }): void {
    this.#send({ type: 'response', request_seq: seq, command, ...answer });
  }

  #send(message: Message & Readonly<Record<string, unknown>>): void {
    this.#sequence += 1;
    for (const listener of this.#listeners) listener({ ...message, seq: this.#sequence } as Message);
  }
}
