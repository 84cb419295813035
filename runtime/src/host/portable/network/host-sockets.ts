// The host's sockets, as a network in user land uses them: its way out, and published ports. A browser has none.

import type { Connection, Datagram, DatagramPort, Listening } from '../../../../../wasm/src/sockets/contract.ts';

export interface HostSockets {
  /** @param address IPv4 or IPv6 @throws NetworkFailure */
  connect(address: string, port: number, options: { readonly signal: AbortSignal }): Promise<Connection>;
  /**
   * @param port 0 for one that is free
   * @throws NetworkFailure EADDRINUSE, EACCES, EADDRNOTAVAIL
   */
  listen(address: string, port: number, accept: (connection: Connection) => void): Promise<Listening & AsyncDisposable>;
  /**
   * A port for datagrams (UDP).
   * @param address 0.0.0.0 or :: for all
   * @param port 0 for one that is free
   * @throws NetworkFailure EADDRINUSE, EACCES, EADDRNOTAVAIL
   */
  datagrams(address: string, port: number, take: (datagram: Datagram) => void): Promise<DatagramPort & AsyncDisposable>;
  /**
   * The addresses of a name.
   * @param servers name servers to ask; none: as the host looks names up
   * @returns none when it is not known, or nobody answers
   */
  lookup(
    name: string,
    servers: readonly string[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly string[]>;
}
