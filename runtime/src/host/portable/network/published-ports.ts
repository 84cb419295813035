// Published ports of containers in user land: the host's ports are listened at here, and each connection is handed to who listens inside.

import { NetworkFailure, type Connection, type Listening } from '../../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../../wasm/src/wasi/errno.ts';
import { parseAddress, type Address } from '../../../spec/address.ts';
import { EngineError } from '../../../spec/errors.ts';
import { ErrnoError } from '../../errno.ts';
import type { PortForward } from '../../kernel.ts';
import type { Device } from './device.ts';
import type { HostSockets } from './host-sockets.ts';
import type { Namespace } from './namespace.ts';

/** Numbers that no process has: Linux gives none above 2^22. */
const firstNumber = 2 ** 31;

export class PublishedPorts {
  readonly #sockets: HostSockets | undefined;
  readonly #at: (address: Address) => { readonly device: Device; readonly namespace: Namespace } | undefined;
  readonly #open = new Map<number, readonly (Listening & AsyncDisposable)[]>();
  #next = firstNumber;

  constructor(
    sockets: HostSockets | undefined,
    at: (address: Address) => { readonly device: Device; readonly namespace: Namespace } | undefined,
  ) {
    this.#sockets = sockets;
    this.#at = at;
  }

  has(number: number): boolean {
    return number >= firstNumber;
  }

  /**
   * All or none.
   * @returns a number to close them by
   * @throws EngineError conflict when a port is taken, notImplemented for UDP
   */
  async open(forwards: readonly PortForward[]): Promise<{ readonly pid: number }> {
    const sockets = this.#sockets;
    if (sockets === undefined) throw new EngineError('notImplemented', 'ports cannot be published in a browser');
    const udp = forwards.find(({ protocol }) => protocol === 'udp');
    if (udp !== undefined) {
      throw new EngineError(
        'notImplemented',
        `port ${udp.containerPort}/udp cannot be published: WebAssembly containers have TCP only`,
      );
    }
    await using undo = new AsyncDisposableStack();
    const listening: (Listening & AsyncDisposable)[] = [];
    for (const forward of forwards) listening.push(undo.use(await this.#listen(sockets, forward)));
    undo.move();
    const pid = this.#next;
    this.#next += 1;
    this.#open.set(pid, listening);
    return { pid };
  }

  async close(number: number): Promise<void> {
    const listening = this.#open.get(number) ?? [];
    this.#open.delete(number);
    await Promise.all(listening.map((one) => one[Symbol.asyncDispose]()));
  }

  async #listen(sockets: HostSockets, { hostIp, hostPort, containerIp, containerPort }: PortForward) {
    const accept = (connection: Connection) => {
      const address = parseAddress(containerIp);
      const found = address === undefined ? undefined : this.#at(address);
      const taker = address === undefined ? undefined : found?.namespace.listener(address, containerPort);
      if (found === undefined || taker === undefined) connection.close();
      else taker(found.device.carry(connection));
    };
    try {
      return await sockets.listen(hostIp, hostPort, accept);
    } catch (error) {
      throw error instanceof NetworkFailure ? bindFailure(error, hostIp, hostPort) : error;
    }
  }
}

function bindFailure(failure: NetworkFailure, hostIp: string, hostPort: number): EngineError {
  const where = `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:${hostPort}/tcp`;
  if (failure.errno === errno.EADDRINUSE) {
    return new EngineError('conflict', `failed to bind host port ${where}: address already in use`, { cause: failure });
  }
  const cause = failure.errno === errno.EACCES ? new ErrnoError('EACCES', 'bind', failure.message) : failure;
  return new EngineError('system', `failed to bind host port ${where}: ${failure.message}`, { cause });
}
