// The way in to an engine for the command line, the extension and the language server: typed calls of the Docker Engine
// API on a socket, tcp or TLS, against ours, moby or Podman, or by another way that is given. Holds no state but its connections.

import { BuildsClient } from './builds.ts';
import { ContainersClient } from './containers.ts';
import type { Endpoint } from './endpoint.ts';
import { FilesClient } from './files.ts';
import { Http } from './http.ts';
import type { HttpOptions, PingResult } from './http.ts';
import { ImagesClient } from './images.ts';
import { NetworksClient, VolumesClient } from './networks.ts';
import { SocketTransport } from './sockets.ts';
import { SystemClient } from './system.ts';
import type { Transport } from './transport.ts';

export { parseEndpoint, EndpointError } from './endpoint.ts';
export type { Endpoint, TlsOptions, WorkerEndpoint } from './endpoint.ts';
export { ApiError, ConnectionError, isApiError, isNotFound } from './errors.ts';
export type { Hijacked, Patience } from './http.ts';

export class EngineClient implements Disposable {
  readonly http: Http;
  readonly containers: ContainersClient;
  readonly images: ImagesClient;
  readonly networks: NetworksClient;
  readonly volumes: VolumesClient;
  readonly system: SystemClient;
  readonly files: FilesClient;
  readonly builds: BuildsClient;

  constructor(to: Endpoint | Transport, options: HttpOptions = {}) {
    this.http = new Http('send' in to ? to : new SocketTransport(to), options);
    this.containers = new ContainersClient(this.http);
    this.images = new ImagesClient(this.http);
    this.networks = new NetworksClient(this.http);
    this.volumes = new VolumesClient(this.http);
    this.system = new SystemClient(this.http);
    this.files = new FilesClient(this.http);
    this.builds = new BuildsClient(this.http);
  }

  /** @throws ConnectionError when nobody answers */
  async ping(signal?: AbortSignal): Promise<PingResult> {
    return await this.http.ping(signal);
  }

  /** Drops idle connections. */
  [Symbol.dispose](): void {
    this.http[Symbol.dispose]();
  }
}
