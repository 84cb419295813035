// The network of a container, as its engine gives it to its processes; on the engine's thread. Without one every call is refused.

export interface GuestNetwork {
  /** @param host a name or an address @throws NetworkFailure, and what the signal was aborted with */
  connect(host: string, port: number, options: { readonly signal: AbortSignal }): Promise<Connection>;
  /** The addresses of a name, none when it is not known. @throws NetworkFailure, and what the signal was aborted with */
  resolve(host: string, options: { readonly signal: AbortSignal }): Promise<readonly string[]>;
  /**
   * At one address of the container; at all where it is empty or unspecified (0.0.0.0, ::). What `accept` gets it must take or close. Port 0 is one
   * that is free.
   * @throws NetworkFailure EADDRINUSE, EADDRNOTAVAIL
   */
  listen(at: SocketAddress, accept: (connection: Connection) => void): Promise<Listening>;
  /**
   * At a port for datagrams (UDP), addressed as in `listen`. Those that come are given to `take`.
   * @throws NetworkFailure EADDRINUSE, EADDRNOTAVAIL
   */
  datagrams(at: SocketAddress, take: (datagram: Datagram) => void): Promise<DatagramPort>;
}

export interface Datagram {
  /** At most `mostDatagram`. */
  readonly bytes: Uint8Array;
  /** Where it comes from, or goes to. */
  readonly peer: SocketAddress;
}

export interface DatagramPort extends Disposable {
  readonly local: SocketAddress;
  /** Whether it arrives nobody knows. @throws NetworkFailure where it cannot go at all */
  send(datagram: Datagram): Promise<void>;
}

/** What one of UDP carries at most, over IPv4. */
export const mostDatagram = 65_507;

export interface Listening extends Disposable {
  readonly port: number;
}

export interface Connection {
  /** Ends when the other side has ended its part; throws NetworkFailure when the connection was cut. To be read once. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Takes the chunk over; resolves when there is room for more. @throws NetworkFailure */
  write(chunk: Uint8Array): Promise<void>;
  /** Our part has ended; resolves when all of it is on its way. @throws NetworkFailure */
  end(): Promise<void>;
  /** Cuts it, for the other side as well where it has not ended. Idempotent. */
  close(): void;
  readonly local: SocketAddress;
  readonly peer: SocketAddress;
}

export interface SocketAddress {
  /** IPv4 or IPv6, as text. */
  readonly address: string;
  readonly port: number;
}

/** With the number of `wasi/errno.ts` that a program sees. */
export class NetworkFailure extends Error {
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}
