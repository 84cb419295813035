// The Kernel over the C helper: each method is one request to it.

import { EngineError } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import type { BridgeRequest, Kernel, MountRequest, ShimRequest, TreeRoot, VethRequest } from './kernel.ts';
import { HelperClient, listOf } from './native/helper-client.ts';
import { readRights } from './native/rights.ts';
import { openTree } from './native/tree-client.ts';

export interface KernelOptions {
  /** Path of the helper binary. */
  readonly helperPath: string;
  /** Directory on tmpfs for the sockets of tree workers; made by the caller, readable by the owner only. */
  readonly execRoot: string;
  readonly logger: Logger;
  /** Path of the network namespace where bridges, containers and the firewall are, when that is not this process's own.
   * Published ports are held in this process's own in any case. */
  readonly networkNamespace?: string;
}

/** Starts the helper. It ends with the kernel's disposal, or with this process; shims and proxies stay.
 * @throws EngineError unavailable when it cannot be started */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  const helper = new HelperClient(options.helperPath, options.logger, options.networkNamespace);
  await helper.start();
  const sealed = new SealedBinaries(helper);
  const call = async (name: string, ...parts: readonly (string | number)[]): Promise<void> => {
    await helper.call(name, ...parts);
  };
  const rights = readRights();
  return {
    rights,
    mount: (request) => call('mount', ...mountParts(request)),
    unmount: (target, flags) => call('unmount', target, flags?.lazy === true ? 1 : 0),
    removeTree: (path) => call('removeTree', path),
    clearFolder: (path, options) => call('clearFolder', path, options?.kept ?? ''),
    copyLayers: (layers, target) => call('copyLayers', target, ...listOf(layers)),
    spread: (path) => call('spread', path),
    syncFiles: (path) => call('syncFiles', path),
    openTree: (root: TreeRoot) => openTree({ helper, execRoot: options.execRoot, rights }, root),
    createNetns: (path) => call('createNetns', path),
    createBridge: (request) => call('createBridge', ...bridgeParts(request)),
    deleteLink: (name) => call('deleteLink', name),
    attachVeth: (request) => call('attachVeth', ...vethParts(request)),
    setDefaultRoutes: (netns, gateways) =>
      call('setRoutes', netns, ...listOf(gateways.flatMap(({ gateway, device }) => [gateway, device]))),
    sysctl: (values, netns) => call('sysctl', netns ?? '', ...listOf(Object.entries(values).flat())),
    nft: (script, netns) => call('nft', netns ?? '', script),
    endFlows: (address) => call('endFlows', address),
    startShim: async (request) => {
      const argv = [await sealed.current(request.argv[0] ?? ''), ...request.argv.slice(1)];
      return { pid: Number(await helper.call('startShim', ...shimParts({ ...request, argv }))) };
    },
    startProxy: async (forwards) => {
      const parts = forwards.flatMap((forward) => [
        forward.protocol,
        forward.hostIp,
        String(forward.hostPort),
        forward.containerIp,
        String(forward.containerPort),
      ]);
      return { pid: Number(await helper.call('startProxy', ...listOf(parts))) };
    },
    stopProxy: (pid) => call('stopProxy', pid),
    sealBinary: (path) => sealed.seal(path),
    [Symbol.asyncDispose]: () => helper[Symbol.asyncDispose](),
  };
}

/** A sealed copy lives in the helper that made it. When that has died, its path stands for nothing: a shim that is
 * started by such a path gets a copy made by the present helper. */
class SealedBinaries {
  readonly #helper: HelperClient;
  /** Path handed out -> binary. */
  readonly #originals = new Map<string, string>();
  /** Binary -> copy in the helper of that process id. */
  readonly #copies = new Map<string, { readonly pid: number | undefined; readonly path: Promise<string> }>();

  constructor(helper: HelperClient) {
    this.#helper = helper;
  }

  async seal(path: string): Promise<string> {
    await this.#helper.start();
    const pid = this.#helper.pid;
    const known = this.#copies.get(path);
    if (known !== undefined && known.pid === pid) return await known.path;
    const copy = this.#helper.call('seal', path);
    this.#copies.set(path, { pid, path: copy });
    try {
      const made = await copy;
      this.#originals.set(made, path);
      return made;
    } catch (error) {
      this.#copies.delete(path);
      throw error;
    }
  }

  async current(path: string): Promise<string> {
    const original = this.#originals.get(path);
    return original === undefined ? path : await this.seal(original);
  }
}

function mountParts(request: MountRequest): (string | number)[] {
  return [request.source, request.target, request.type, request.flags ?? 0, request.data ?? '', request.cwd ?? ''];
}

function bridgeParts(request: BridgeRequest): (string | number)[] {
  return [request.name, request.mtu ?? 0, ...listOf(request.addresses)];
}

function vethParts(request: VethRequest): (string | number)[] {
  const { netns, bridge, hostName, containerName, mac, mtu, addresses, gateways } = request;
  return [netns, bridge, hostName, containerName, mac, mtu ?? 0, ...listOf(addresses), ...listOf(gateways ?? [])];
}

function shimParts(request: ShimRequest): (string | number)[] {
  if (Buffer.byteLength(request.socket) > 107) {
    throw new EngineError('invalidParameter', `socket path is longer than 107 bytes: ${request.socket}`);
  }
  return [
    request.kind,
    request.directory,
    request.socket,
    request.terminal ? 1 : 0,
    request.stdin ? 1 : 0,
    request.stdinOnce ? 1 : 0,
    request.holdProgram === true ? 1 : 0,
    request.log.driver,
    request.log.path,
    request.log.maxSize,
    request.log.maxFiles,
    request.log.maxWaiting ?? -1,
    request.log.isCompressed === true ? 1 : 0,
    request.log.attributes ?? '',
    request.hidePath ?? '',
    request.oomScoreAdj === undefined ? '' : String(request.oomScoreAdj),
    ...listOf(request.argv),
    ...listOf(request.env),
    ...listOf(request.cgroups),
    ...listOf(request.deleteArgv),
    ...listOf(request.removePaths),
  ];
}
