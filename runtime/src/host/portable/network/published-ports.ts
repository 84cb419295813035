// Published ports of containers in user land: the host's ports are listened at here, and each connection and each datagram is handed to who
// takes it inside.

import { NetworkFailure, type Connection } from '../../../../../wasm/src/sockets/contract.ts';
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
  readonly listening: readonly AsyncDisposable[];
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
   * @throws EngineError conflict when a port is taken
   */
  async open(forwards: readonly PortForward[]): Promise<{ readonly pid: number }> {
    const sockets = this.#sockets;
    if (sockets === undefined) throw new EngineError('notImplemented', 'ports cannot be published in a browser');
    await using undo = new AsyncDisposableStack();
    const listening: AsyncDisposable[] = [];
    for (const forward of forwards) listening.push(undo.use(await this.#openOne(sockets, forward)));
    undo.move();
    const pid = this.#next;
    this.#next += 1;
    this.#open.set(pid, { forwards, listening });
    return { pid };
  }

  /** Who is behind a port at one of the host's addresses; undefined when none is published there. */
  behind(address: Address, port: number, protocol: PortForward['protocol']): Target | undefined {
    const forward = [...this.#open.values()]
      .flatMap(({ forwards }) => forwards)
      .find((each) => each.protocol === protocol && each.hostPort === port && covers(each.hostIp, address));
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

  async #openOne(sockets: HostSockets, forward: PortForward): Promise<AsyncDisposable> {
    try {
      return await (forward.protocol === 'udp' ? this.#relay(sockets, forward) : this.#listen(sockets, forward));
    } catch (error) {
      throw error instanceof NetworkFailure ? bindFailure(error, forward) : error;
    }
  }

  async #relay(sockets: HostSockets, forward: PortForward): Promise<AsyncDisposable> {
    const opened = sockets.datagrams(forward.hostIp, forward.hostPort, (datagram) => {
      const { peer, bytes } = datagram;
      const target = this.#target(forward);
      const taker = target?.namespace.datagramSocket(target.address, target.port);
      target?.device.count('rx', bytes.length);
      taker?.deliver(datagram, async (answer) => {
        target?.device.count('tx', answer.length);
        await (await opened).send({ bytes: answer, peer });
      });
    });
    return await opened;
  }

  async #listen(sockets: HostSockets, forward: PortForward): Promise<AsyncDisposable> {
    const { hostIp, hostPort } = forward;
    const accept = (connection: Connection) => {
      const target = this.#target(forward);
      const taker = target?.namespace.listener(target.address, target.port);
      if (target === undefined || taker === undefined) connection.close();
      else taker(target.device.carry(connection));
    };
    return await sockets.listen(hostIp, hostPort, accept);
  }
}

/** Whether who listens at `hostIp` does so at `address`. */
function covers(hostIp: string, address: Address): boolean {
  const own = parseAddress(hostIp);
  return own?.family === address.family && (own.value === 0n || own.value === address.value);
}

function bindFailure(failure: NetworkFailure, { hostIp, hostPort, protocol }: PortForward): EngineError {
  const where = `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:${hostPort}/${protocol}`;
  if (failure.errno === errno.EADDRINUSE) {
    return new EngineError('conflict', `failed to bind host port ${where}: address already in use`, { cause: failure });
  }
  const cause = failure.errno === errno.EACCES ? new ErrnoError('EACCES', 'bind', failure.message) : failure;
  return new EngineError('system', `failed to bind host port ${where}: ${failure.message}`, { cause });
}
