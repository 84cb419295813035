// One program of a container, its first or that of an exec: start, streams, signals, end.

import {
  type ProgramExit,
  type Program,
  StartError,
  type TerminalSize,
} from '../../../../wasm/src/processes/contract.ts';
import { EngineError } from '../../spec/errors.ts';
import type { AttachStreams, SandboxExit, SandboxProcess, SandboxStdio } from '../runner.ts';
import { startFailure } from '../start-sentence.ts';
import type { LogWriter } from './log-writer.ts';
import { OutputHub } from './output.ts';

export interface WasmProcessOptions {
  readonly kind: 'container' | 'exec';
  /** Name for errors, e.g. `container <id>`. */
  readonly title: string;
  /** The command, for error texts. */
  readonly argv: readonly string[];
  readonly isTerminal: boolean;
  readonly stdin: boolean;
  /** Input is at its end for good when the first client with input leaves or ends its part. */
  readonly stdinOnce: boolean;
  readonly log?: LogWriter | undefined;
  readonly nowNs: () => bigint;
  /** Makes the program, which does not run yet. @throws StartError */
  readonly prepare: (size: TerminalSize | undefined) => Promise<Program>;
}

export class WasmProcess implements SandboxProcess {
  readonly #options: WasmProcessOptions;
  readonly #hub: OutputHub;
  readonly #exit = Promise.withResolvers<SandboxExit>();
  /** Undefined when it never comes to be. */
  readonly #prepared = Promise.withResolvers<Program | undefined>();
  #program: Program | undefined;
  #size: TerminalSize | undefined;
  #isRunning = false;
  #isOver = false;
  #inputEnded = false;

  constructor(options: WasmProcessOptions) {
    this.#options = options;
    this.#hub = new OutputHub({ isTerminal: options.isTerminal, log: options.log });
  }

  get exited(): Promise<SandboxExit> {
    return this.#exit.promise;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  async run(): Promise<{ readonly pid: number }> {
    if (this.#isOver) throw this.#notRunning();
    try {
      const program = await this.#options.prepare(this.#size);
      this.#program = program;
      this.#prepared.resolve(program);
      if (this.#inputEnded) program.endInput();
      this.#isRunning = true;
      void this.#follow(program);
      await program.start();
      return { pid: program.pid };
    } catch (error) {
      const told = asFailure(error, this.#options);
      await this.#settle({ code: exitCodeOf(told), oomKilled: false });
      throw told;
    }
  }

  attach(streams: AttachStreams): Promise<SandboxStdio> {
    const client = this.#hub.attach(streams);
    const takesInput = streams.stdin && this.#options.stdin;
    const leave = (): void => {
      client.leave();
      if (takesInput) this.#inputLost();
    };
    return Promise.resolve({
      output: client.output,
      write: async (chunk) => {
        // What is typed before the start waits for it.
        if (takesInput && !this.#inputEnded) await (await this.#prepared.promise)?.write(chunk);
      },
      endInput: async () => {
        await this.#prepared.promise;
        if (takesInput) this.#inputLost();
      },
      close: leave,
    });
  }

  resize(rows: number, columns: number): Promise<void> {
    if (this.#isOver) throw this.#notRunning();
    this.#size = { rows: Math.min(rows, 0xffff), columns: Math.min(columns, 0xffff) };
    this.#program?.resize(this.#size);
    return Promise.resolve();
  }

  signal(signal: number): Promise<void> {
    if (!this.#isRunning || this.#program === undefined) throw this.#notRunning();
    this.#program.signal(signal);
    return Promise.resolve();
  }

  /** Its container has ended: what never ran is over, what runs is told by who ends it. */
  async abandon(): Promise<void> {
    if (!this.#isRunning) await this.#settle({ code: 137, oomKilled: false });
  }

  /** With a terminal, and with a shared input, the next client goes on typing. */
  #inputLost(): void {
    if (!this.#options.stdinOnce || this.#options.isTerminal || this.#inputEnded) return;
    this.#inputEnded = true;
    this.#program?.endInput();
  }

  async #follow(program: Program): Promise<void> {
    const pumped = this.#hub.pump(program.output);
    const exit = await program.exited;
    await pumped;
    await this.#settle(exit);
  }

  async #settle({ code, oomKilled }: ProgramExit): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isRunning = false;
    this.#prepared.resolve(undefined);
    const finishedAtNs = this.#options.nowNs();
    await this.#hub.end();
    this.#exit.resolve({ code, oomKilled, finishedAtNs });
  }

  #notRunning(): EngineError {
    return new EngineError('conflict', `${this.#options.title} is not running`);
  }
}

function asFailure(error: unknown, { kind, argv }: WasmProcessOptions): unknown {
  if (!(error instanceof StartError)) return error;
  const said = `exec: ${JSON.stringify(argv[0] ?? '')}: ${error.message}`;
  // By these words the docker CLI ends with 126.
  const text = error.exitCode === 126 && !said.includes('permission denied') ? `${said}: permission denied` : said;
  return startFailure(kind, { exitCode: error.exitCode, text });
}

function exitCodeOf(error: unknown): number {
  const cause = error instanceof EngineError ? (error.cause as { readonly exitCode?: unknown } | undefined) : undefined;
  return typeof cause?.exitCode === 'number' ? cause.exitCode : 128;
}
