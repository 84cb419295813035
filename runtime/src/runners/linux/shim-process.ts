// A process that a shim watches: the first one of a container, or an exec. Start, exit, streams, signals.

import { parseShimExit, messageType, statusType } from '../../host/shim.ts';
import { EngineError } from '../../spec/errors.ts';
import type { AttachStreams, SandboxExit, SandboxProcess, SandboxStdio } from '../runner.ts';
import { killProcess } from './kill-process.ts';
import type { RunFolder } from './run-folder.ts';
import { attachShim, type ShimControl, type ShimMessage } from './shim-connection.ts';
import { startError } from './start-failure.ts';

export interface ShimProcessOptions {
  readonly kind: 'container' | 'exec';
  readonly folder: RunFolder;
  /** Absent when the process has ended already. */
  readonly control?: ShimControl;
  /** The command, for error texts. */
  readonly argv: readonly string[];
  /** Called once when the shim went away without telling an exit; whatever it watched must not live on. */
  readonly lost: () => void;
  /** Name for errors, e.g. `container <id>`. */
  readonly title: string;
  /** Size of the terminal at the start. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  /** For what was found again after a restart. */
  readonly state?: { readonly pid: number } | { readonly exit: SandboxExit };
}

export class ShimProcess implements SandboxProcess {
  readonly #options: ShimProcessOptions;
  readonly #exit = Promise.withResolvers<SandboxExit>();
  readonly #started = Promise.withResolvers<{ readonly pid: number }>();
  #dns: PromiseWithResolvers<readonly string[]> | undefined;
  #pid: number | undefined;
  /** `start` was sent. */
  #asked = false;
  #ended = false;

  constructor(options: ShimProcessOptions) {
    this.#options = options;
    // Whoever waits for the start hears of a failure; nobody has to.
    this.#started.promise.catch(() => undefined);
    options.control?.listen(
      (message) => this.#receive(message),
      () => this.#gone(),
    );
    const { state } = options;
    if (state !== undefined && 'pid' in state) this.#start(state.pid);
    if (state !== undefined && 'exit' in state) this.#end(state.exit);
  }

  get exited(): Promise<SandboxExit> {
    return this.#exit.promise;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Host's pid while it runs. */
  get pid(): number | undefined {
    return this.#ended ? undefined : this.#pid;
  }

  async run(): Promise<{ readonly pid: number }> {
    const { size } = this.#options;
    // The shim sets it as soon as it has the terminal; a runtime may do so only after the program has looked.
    if (size !== undefined) await this.resize(size.height, size.width);
    this.#control().send(messageType.start);
    this.#asked = true;
    return await this.#started.promise;
  }

  attach(streams: AttachStreams): Promise<SandboxStdio> {
    return attachShim(this.#options.folder.socket, streams);
  }

  resize(rows: number, columns: number): Promise<void> {
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt16BE(Math.min(rows, 0xffff), 0);
    payload.writeUInt16BE(Math.min(columns, 0xffff), 2);
    this.#control().send(messageType.resize, payload);
    return Promise.resolve();
  }

  signal(signal: number): Promise<void> {
    if (this.#pid === undefined) throw this.#notRunning();
    this.#control().send(messageType.kill, Uint8Array.of(signal));
    return Promise.resolve();
  }

  /** Asks the shim for the DNS relay. @returns UDP and TCP port */
  async openDns(netns: string, daemonSocket: string): Promise<{ readonly udp: number; readonly tcp: number }> {
    this.#dns = Promise.withResolvers<readonly string[]>();
    this.#control().send(messageType.dns, Buffer.from(`${netns}\0${daemonSocket}`));
    const [udp = '0', tcp = '0', reason = ''] = await this.#dns.promise;
    if (udp === '0') throw new EngineError('system', `cannot open the DNS relay: ${reason}`);
    return { udp: Number(udp), tcp: Number(tcp) };
  }

  /** Ends the shim of a process that never ran; one that runs is left to its end. */
  abandon(): void {
    if (this.#ended || this.#asked || this.#pid !== undefined) return;
    const pid = this.#options.folder.readShimPid();
    this.close();
    if (pid !== undefined) killProcess(pid);
    this.#options.folder.remove();
    this.#started.reject(this.#notRunning());
    this.#end({ code: 137, oomKilled: false, finishedAtNs: nowNs() });
  }

  /** Lets go of the shim; what runs runs on. */
  close(): void {
    this.#options.control?.listen(
      () => undefined,
      () => undefined,
    );
    this.#options.control?.close();
  }

  #control(): ShimControl {
    const { control } = this.#options;
    if (control === undefined || control.isClosed || this.#ended) throw this.#notRunning();
    return control;
  }

  #notRunning(): EngineError {
    return new EngineError('conflict', `${this.#options.title} is not running`);
  }

  #receive({ type, payload }: ShimMessage): void {
    const text = new TextDecoder().decode(payload);
    if (type === statusType.started) this.#start(Number(text));
    else if (type === statusType.failed) this.#fail(text);
    else if (type === statusType.exited) {
      const exit = parseShimExit(text);
      if (exit !== undefined) this.#end(exit);
    } else if (type === statusType.dnsPorts) this.#dns?.resolve(text.split('\0'));
  }

  #start(pid: number): void {
    this.#pid = pid;
    this.#started.resolve({ pid });
  }

  #fail(text: string): void {
    const { kind, argv, folder } = this.#options;
    const log = text.split('\0').slice(1).join('\0') || folder.readLog();
    const error = startError(kind, log, argv);
    this.#started.reject(error);
    const { exitCode } = error.cause as { readonly exitCode: number };
    this.#end({ code: exitCode, oomKilled: false, finishedAtNs: nowNs() });
  }

  #end(exit: SandboxExit): void {
    this.#ended = true;
    // A process may end before the shim has told its start.
    if (this.#pid === undefined) this.#started.resolve({ pid: this.#options.folder.readPid() ?? 0 });
    this.#exit.resolve(exit);
    this.#dns?.reject(this.#notRunning());
    this.#options.control?.close();
  }

  #gone(): void {
    if (this.#ended) return;
    const left = this.#options.folder.readExit();
    if (left !== undefined) {
      this.#end(left);
      return;
    }
    this.#options.lost();
    this.#started.reject(new EngineError('system', `${this.#options.title}: the shim ended unexpectedly`));
    this.#end({ code: 137, oomKilled: false, finishedAtNs: nowNs() });
  }
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
