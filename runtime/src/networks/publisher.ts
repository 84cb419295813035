// Publishes ports of a container: host ports are reserved, held by a proxy process, and led to the container by the
// firewall. All or nothing.

import { EngineError, isKind, messageOf } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import type { PortBinding, PortMap } from '../spec/api/containers.ts';
import { errnoOf } from '../host/errno.ts';
import type { Files } from '../host/host.ts';
import type { NetworkKernel, PortForward } from '../host/kernel.ts';
import type { Firewall } from './firewall.ts';
import { withPort, type HostPorts, type ReservedPort } from './host-ports.ts';
import { parsePort, type WantedPort } from './port-plan.ts';
import type { Proxies } from './proxies.ts';

/** How often random ports are chosen anew when somebody else was faster. */
const maxTries = 16;

/** Says who has a port; implemented by the host. @returns e.g. `nginx (process 812)`, undefined when not known */
export type PortHolder = (protocol: 'tcp' | 'udp', port: number) => Promise<string | undefined>;

export interface PublishTarget {
  readonly containerName: string;
  readonly endpointId: string;
  /** Empty when the container has none. */
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface Published {
  readonly reserved: readonly ReservedPort[];
  readonly forwards: readonly PortForward[];
  /** Those of them that the firewall leads; the proxy alone has the others. */
  readonly led: readonly PortForward[];
  /** 0 when nothing is published. */
  readonly proxyPid: number;
}

export const nothingPublished: Published = { reserved: [], forwards: [], led: [], proxyPid: 0 };

export interface PublisherParts {
  readonly kernel: Pick<NetworkKernel, 'endFlows' | 'inUserLand'>;
  readonly logger: Logger;
  readonly proxies: Proxies;
  readonly files: Pick<Files, 'stat'>;
  readonly firewall: Firewall;
  readonly ports: HostPorts;
  readonly holder: PortHolder;
}

export class Publisher {
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** @throws EngineError system `driver failed programming external connectivity on endpoint …` */
  async publish(wanted: readonly WantedPort[], target: PublishTarget): Promise<Published> {
    if (wanted.length === 0) return nothingPublished;
    const { ports, firewall, proxies } = this.#parts;
    try {
      await using undo = new AsyncDisposableStack();
      const published = await this.#hold(wanted, target);
      const { reserved, led, proxyPid } = published;
      undo.defer(() => ports.release(reserved));
      undo.defer(() => proxies.stop(proxyPid));
      await firewall.publish(led);
      undo.move();
      return published;
    } catch (error) {
      const { containerName, endpointId } = target;
      throw new EngineError(
        'system',
        `driver failed programming external connectivity on endpoint ${containerName} (${endpointId}): ` +
          (error instanceof Error ? error.message : String(error)),
        { cause: error },
      );
    }
  }

  async withdraw(published: Published): Promise<void> {
    if (published.reserved.length === 0) return;
    await this.#parts.firewall.withdraw(published.led);
    await this.#endFlows(published.forwards);
    if (published.proxyPid > 0) await this.#parts.proxies.stop(published.proxyPid);
    this.#parts.ports.release(published.reserved);
  }

  /** Of whoever goes on sending to the host's port. What cannot be ended here ends by itself once its client pauses. */
  async #endFlows(forwards: readonly PortForward[]): Promise<void> {
    const udp = forwards.filter(({ protocol }) => protocol === 'udp');
    for (const address of new Set(udp.map(({ containerIp }) => containerIp))) {
      try {
        await this.#parts.kernel.endFlows(address);
      } catch (error) {
        this.#parts.logger.warn('UDP flows to a published port were not ended', { address, reason: messageOf(error) });
      }
    }
  }

  /** Takes in what an earlier daemon published; a proxy that has gone meanwhile is started again. */
  async restore(shown: PortMap, proxyPid: number, target: PublishTarget): Promise<Published> {
    const reserved = reservedFrom(shown);
    if (reserved.length === 0) return nothingPublished;
    const { ports, firewall, proxies } = this.#parts;
    for (const port of reserved) {
      ports.hold(port.hostIps.map((hostIp) => ({ ...port, hostIp, owner: target.containerName })));
    }
    const forwards = forwardsOf(reserved, target);
    firewall.remember(forwards);
    return { reserved, forwards, led: forwards, proxyPid: await proxies.adopt(proxyPid, forwards) };
  }

  /** NetworkSettings.Ports. @param keys exposed ports, null unless published */
  show(published: Published, keys: readonly string[]): PortMap {
    const shown: Record<string, PortBinding[] | null> = {};
    for (const key of keys) shown[key] = null;
    for (const port of published.reserved) {
      const bindings = port.hostIps.map((HostIp) => ({ HostIp, HostPort: String(port.hostPort) }));
      shown[port.key] = [...(shown[port.key] ?? []), ...bindings];
    }
    return shown;
  }

  async #hold(wanted: readonly WantedPort[], target: PublishTarget): Promise<Published> {
    const { kernel, ports, proxies, files } = this.#parts;
    const hasIPv6 = (await files.stat('/proc/net/if_inet6')) !== undefined;
    const avoid = new Set<string>();
    for (let tries = 1; ; tries += 1) {
      const reserved = await ports.reserve(wanted, { owner: target.containerName, hasIPv6, avoid });
      try {
        const forwards = forwardsOf(reserved, target);
        const led = forwards.filter(({ containerIp }) => kernel.inUserLand?.(containerIp) !== true);
        return { reserved, forwards, led, proxyPid: await proxies.start(forwards) };
      } catch (error) {
        ports.release(reserved);
        if (errnoOf(error) === 'EACCES') throw reservedPort(reserved, error);
        if (!isKind(error, 'conflict')) throw error;
        const flexible = reserved.filter((port) => port.from !== port.to || port.from === 0);
        if (flexible.length === 0 || tries === maxTries) throw await this.#explain(reserved, error);
        for (const port of flexible) avoid.add(`${port.protocol}/${port.hostPort}`);
      }
    }
  }

  /** Names the port that could not be bound and who has it. */
  async #explain(reserved: readonly ReservedPort[], cause: EngineError): Promise<EngineError> {
    for (const port of reserved) {
      const holder = await this.#parts.holder(port.protocol, port.hostPort);
      if (holder === undefined) continue;
      const where = `${withPort(port.hostIps[0] ?? '', port.hostPort)}/${port.protocol}`;
      return new EngineError(
        'system',
        `failed to bind host port ${where}: address already in use (held by ${holder})`,
        {
          cause,
        },
      );
    }
    const [first] = reserved;
    const where = first === undefined ? '' : `${withPort(first.hostIps[0] ?? '', first.hostPort)}/${first.protocol}`;
    const what = reserved.length === 1 ? `failed to bind host port ${where}: address already in use` : cause.message;
    return new EngineError('system', what, { cause });
  }
}

/** In Docker's words, for an engine that may not take the low ports. */
function reservedPort(reserved: readonly ReservedPort[], cause: unknown): EngineError {
  const port = Math.min(...reserved.map(({ hostPort }) => hostPort));
  return new EngineError(
    'system',
    `cannot expose privileged port ${port}: choose a larger port number (>= 1024), or let ordinary users have it with: ` +
      `sudo sysctl -w net.ipv4.ip_unprivileged_port_start=${port}`,
    { cause },
  );
}

/** A host address of one family leads to the container's address of the same, else to the one that it has. */
function forwardsOf(reserved: readonly ReservedPort[], target: PublishTarget): readonly PortForward[] {
  return reserved.flatMap((port) =>
    port.hostIps.flatMap((hostIp) => {
      const [first, second] = hostIp.includes(':') ? [target.ipv6, target.ipv4] : [target.ipv4, target.ipv6];
      const containerIp = first === '' ? second : first;
      if (containerIp === '') return [];
      const { protocol, hostPort, containerPort } = port;
      return [{ protocol, hostIp, hostPort, containerIp, containerPort }];
    }),
  );
}

function reservedFrom(shown: PortMap): readonly ReservedPort[] {
  return Object.entries(shown).flatMap(([text, bindings]) => {
    const { key, protocol, port } = parsePort(text);
    return (bindings ?? []).map((binding) => {
      const hostPort = Number(binding.HostPort);
      const hostIp = binding.HostIp ?? '';
      return { key, protocol, containerPort: port, hostIp, from: hostPort, to: hostPort, hostPort, hostIps: [hostIp] };
    });
  });
}
