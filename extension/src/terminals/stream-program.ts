// A terminal joined to a connection that was taken over from the engine: what is typed goes in, what the container writes comes
// out, sizes are told, and the end has the exit code. No process of ours stands between.

import { readFrames, readRaw } from '../../../runtime/src/client/hijack-streams.ts';
import type { Hijacked } from '../../../runtime/src/client/client.ts';
import { sleep } from '../../../runtime/src/host/sleep.ts';
import type { Size, TerminalProgram, TerminalScreen } from '../ui/ui.ts';
import { LineInput } from './line-input.ts';

export interface StreamOptions {
  /** Starts what the terminal shows; called once. */
  connect(size: Size | undefined): Promise<Hijacked>;
  /** Whether the container's side is a terminal. */
  readonly isTty: boolean;
  resize?(size: Size): Promise<void>;
  /** Asked when the stream has ended; undefined when nothing exited. */
  exitCode(): Promise<number | undefined>;
  /** Typed one after another when the user closes the terminal, for what would stay behind otherwise. */
  readonly farewell?: readonly string[];
}

const sizeTries = 10;
const farewellMs = 200;

export class StreamProgram implements TerminalProgram {
  readonly #options: StreamOptions;
  readonly #lines = new LineInput();
  #connection: Hijacked | undefined;
  #screen: TerminalScreen | undefined;
  /** What was typed before anybody listened; undefined from then on. */
  #early: string | undefined = '';

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  async run(screen: TerminalScreen): Promise<number | undefined> {
    this.#screen = screen;
    const connection = await this.#options.connect(screen.size);
    this.#connection = connection;
    const { socket } = connection;
    // A container that no longer reads its input is no fault of ours.
    socket.on('error', () => undefined);
    const onClose = () => void this.#leave(connection);
    screen.signal.addEventListener('abort', onClose, { once: true });
    if (screen.signal.aborted) onClose();
    void this.#tellFirst(connection, screen.size);
    try {
      await this.#show(connection, screen);
    } catch (error) {
      // The engine or the user cut the line: an end as any other, the exit code tells the rest.
      if (!isDisconnect(error) && !screen.signal.aborted) throw error;
    } finally {
      screen.signal.removeEventListener('abort', onClose);
    }
    return screen.signal.aborted ? undefined : await this.#options.exitCode();
  }

  input(text: string): void {
    const connection = this.#connection;
    if (connection === undefined || this.#early !== undefined) this.#early = (this.#early ?? '') + text;
    else if (text === '' || connection.socket.destroyed || connection.socket.writableEnded) return;
    else if (this.#options.isTty) connection.socket.write(text);
    else {
      const { echo, send, isEnd } = this.#lines.push(text);
      if (echo !== '') void this.#screen?.write(echo);
      if (send !== '') connection.socket.write(send);
      if (isEnd) connection.socket.end();
    }
  }

  resize(size: Size): void {
    if (this.#connection !== undefined) void this.#tellSize(size);
  }

  /** The size comes before what was typed: a command that was waiting sees it. */
  async #tellFirst(connection: Hijacked, size: Size | undefined): Promise<void> {
    if (size !== undefined) await this.#tellSize(size);
    const early = this.#early ?? '';
    this.#early = undefined;
    if (!connection.socket.destroyed) this.input(early);
  }

  /** The process may not be there yet, so the first time is tried again for a while. */
  async #tellSize(size: Size): Promise<void> {
    if (!this.#options.isTty) return;
    for (let tries = 1; tries <= sizeTries; tries += 1) {
      try {
        await this.#options.resize?.(size);
        return;
      } catch {
        // Not running yet, or no longer: nothing depends on it.
        await sleep(10 * tries);
      }
    }
  }

  async #leave({ socket }: Hijacked): Promise<void> {
    for (const text of this.#options.farewell ?? []) {
      if (socket.destroyed) return;
      socket.write(text);
      // A shell that comes back from a command throws away what was typed meanwhile.
      await sleep(farewellMs);
    }
    socket.destroy();
  }

  async #show({ socket }: Hijacked, screen: TerminalScreen): Promise<void> {
    const { isTty } = this.#options;
    const sink = () => {
      const decoder = new TextDecoder();
      return (bytes: Uint8Array) => {
        const text = decoder.decode(bytes, { stream: true });
        return screen.write(isTty ? text : text.replaceAll(/\r?\n/g, '\r\n'));
      };
    };
    const sinks = { stdout: sink(), stderr: sink() };
    await (isTty ? readRaw(socket, sinks) : readFrames(socket, sinks));
  }
}

function isDisconnect(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}
