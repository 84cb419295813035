// The network of a container, as its engine gives it to its processes; on the engine's thread. Without one every call is refused.

export interface GuestNetwork {
  /** @param host a name or an address @throws NetworkFailure */
  connect(host: string, port: number): Promise<Connection>;
  /** The addresses of a name, none when it is not known. */
  resolve(host: string): Promise<readonly string[]>;
  /** At all addresses of the container. @throws NetworkFailure EADDRINUSE */
  listen(port: number, accept: (connection: Connection) => void): Promise<Disposable>;
}

export interface Connection {
  /** Ends when the other side has ended its part; throws NetworkFailure when the connection was cut. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more. @throws NetworkFailure */
  write(chunk: Uint8Array): Promise<void>;
  /** Our part has ended. */
  end(): void;
  /** Idempotent. */
  close(): void;
  readonly peer: { readonly address: string; readonly port: number };
}

/** With the number of `wasi/errno.ts` that a program sees. */
export class NetworkFailure extends Error {
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}
