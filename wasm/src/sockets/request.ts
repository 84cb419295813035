// What a process's thread asks of the engine's. The socket was given to the engine's thread (`setAsked`) before it is posted.

export interface SocketRequest {
  readonly kind: 'connect' | 'listen' | 'resolve' | 'datagrams';
  /** Its address in the arena. `resolve` is answered into its input, one address a line. */
  readonly socket: number;
  /** Name or address; for `listen` and `datagrams` the address that it is bound to, nothing for all. */
  readonly host: string;
  readonly port: number;
}
