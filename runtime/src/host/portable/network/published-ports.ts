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

export interface Member {
  readonly device: Device;
  readonly namespace: Namespace;
}

export interface Target extends Member {
  /** Its own. */
  readonly address: Address;
  readonly port: number;
}

interface Open {
  readonly forwards: readonly PortForward[];
  readonly listening: readonly (Listening & AsyncDisposable)[];
}

/** Numbers that no process has: Linux gives none above 2^22. */
const firstNumber = 2 ** 31;

export class PublishedPorts {
  readonly #sockets: HostSockets | undefined;
  readonly #at: (address: Address) => Member | undefined;
  readonly #open = new Map<number, Open>();
  #next = firstNumber;

  constructor(sockets: HostSockets | undefined, at: (address: Address) => Member | undefined) {
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
    this.#open.set(pid, { forwards, listening });
    return { pid };
  }

  /** Who is behind a port at one of the host's addresses; undefined when none is published there. */
  behind(address: Address, port: number): Target | undefined {
    const forward = [...this.#open.values()]
      .flatMap(({ forwards }) => forwards)
      .find(({ hostIp, hostPort }) => hostPort === port && covers(hostIp, address));
    return forward === undefined ? undefined : this.#target(forward);
  }

  async close(number: number): Promise<void> {
    const listening = this.#open.get(number)?.listening ?? [];
    this.#open.delete(number);
    await Promise.all(listening.map((one) => one[Symbol.asyncDispose]()));
  }

  #target({ containerIp, containerPort }: PortForward): Target | undefined {
    const address = parseAddress(containerIp);
    const member = address === undefined ? undefined : this.#at(address);
    return address === undefined || member === undefined ? undefined : { ...member, address, port: containerPort };
  }

  async #listen(sockets: HostSockets, forward: PortForward) {
    const { hostIp, hostPort } = forward;
    const accept = (connection: Connection) => {
      const target = this.#target(forward);
      const taker = target?.namespace.listener(target.address, target.port);
      if (target === undefined || taker === undefined) connection.close();
      else taker(target.device.carry(connection));
    };
    try {
      return await sockets.listen(hostIp, hostPort, accept);
    } catch (error) {
      throw error instanceof NetworkFailure ? bindFailure(error, hostIp, hostPort) : error;
    }
  }
}

/** Whether who listens at `hostIp` does so at `address`. */
function covers(hostIp: string, address: Address): boolean {
  const own = parseAddress(hostIp);
  return own?.family === address.family && (own.value === 0n || own.value === address.value);
}

function bindFailure(failure: NetworkFailure, hostIp: string, hostPort: number): EngineError {
  const where = `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:${hostPort}/tcp`;
  if (failure.errno === errno.EADDRINUSE) {
    return new EngineError('conflict', `failed to bind host port ${where}: address already in use`, { cause: failure });
  }
  const cause = failure.errno === errno.EACCES ? new ErrnoError('EACCES', 'bind', failure.message) : failure;
  return new EngineError('system', `failed to bind host port ${where}: ${failure.message}`, { cause });
}
