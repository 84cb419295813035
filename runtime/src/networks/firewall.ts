// Keeps the kernel's copy of our nft table equal to what networks and ports are up. One change at a time.

import { messageOf } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import { Serial } from '../spec/queue.ts';
import type { NetworkKernel } from '../host/kernel.ts';
import {
  renderBridgeTable,
  renderElements,
  renderRemoval,
  renderTable,
  tableName,
  type FilteredNetwork,
  type PublishedPort,
} from './firewall-rules.ts';

export class Firewall {
  readonly #kernel: Pick<NetworkKernel, 'nft'>;
  readonly #logger: Logger;
  readonly #table: string;
  readonly #networks = new Map<string, FilteredNetwork>();
  readonly #ports = new Set<PublishedPort>();
  readonly #serial = new Serial();
  #hasBridgeTable = false;

  /** @param bridge the daemon's default bridge, which names the table */
  constructor(kernel: Pick<NetworkKernel, 'nft'>, bridge: string, logger: Logger) {
    this.#kernel = kernel;
    this.#table = tableName(bridge);
    this.#logger = logger;
  }

  /** Adds networks, in one transaction with all ports known. */
  async admit(networks: ReadonlyMap<string, FilteredNetwork>): Promise<void> {
    for (const [id, network] of networks) this.#networks.set(id, network);
    await this.#serial.run(() => this.#replace());
  }

  async dismiss(id: string): Promise<void> {
    this.#networks.delete(id);
    await this.#serial.run(() => (this.#networks.size === 0 ? this.#clear() : this.#replace()));
  }

  /** Remembers ports of containers that run since before this daemon; the next `admit` writes them. */
  remember(ports: readonly PublishedPort[]): void {
    for (const port of ports) this.#ports.add(port);
  }

  async publish(ports: readonly PublishedPort[]): Promise<void> {
    this.remember(ports);
    await this.#change(renderElements('add', this.#table, ports));
  }

  async withdraw(ports: readonly PublishedPort[]): Promise<void> {
    for (const port of ports) this.#ports.delete(port);
    await this.#change(renderElements('delete', this.#table, ports));
  }

  /** Removes the table of an earlier start that was named after another bridge. */
  async removeFormer(bridge: string): Promise<void> {
    await this.#serial.run(async () => {
      await this.#kernel.nft(renderRemoval(tableName(bridge), 'inet'));
      try {
        await this.#kernel.nft(renderRemoval(tableName(bridge), 'bridge'));
      } catch (error) {
        this.#logger.debug('no firewall on bridges', { reason: messageOf(error) });
      }
    });
  }

  async #change(script: string): Promise<void> {
    if (script === '') return;
    await this.#serial.run(async () => {
      try {
        await this.#kernel.nft(script);
      } catch (error) {
        // Someone flushed the host's rules, ours among them: draw the table anew.
        this.#logger.warn('firewall table is not as it was left, written anew', { reason: messageOf(error) });
        await this.#replace();
      }
    });
  }

  async #replace(): Promise<void> {
    if (!this.#hasBridgeTable) await this.#guardBridges();
    await this.#kernel.nft(renderTable(this.#table, [...this.#networks.values()], [...this.#ports]));
  }

  /** Kernels without nf_tables for bridges cannot have these rules; only isolation inside a network depends on them. */
  async #guardBridges(): Promise<void> {
    try {
      await this.#kernel.nft(renderBridgeTable(this.#table));
      this.#hasBridgeTable = true;
    } catch (error) {
      const isolated = [...this.#networks.values()].some((network) => !network.icc);
      if (isolated) throw error;
      this.#logger.debug('no firewall on bridges', { reason: messageOf(error) });
    }
  }

  async #clear(): Promise<void> {
    await this.#kernel.nft(renderRemoval(this.#table, 'inet'));
    if (!this.#hasBridgeTable) return;
    await this.#kernel.nft(renderRemoval(this.#table, 'bridge'));
    this.#hasBridgeTable = false;
  }
}
