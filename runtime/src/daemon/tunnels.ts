// The connections that BuildKit's clients take over. What serves them is loaded when the first one comes.

import type { Duplex } from 'node:stream';
import type { ApiOptions } from '../api/server.ts';
import type { BuildKit, BuildKitDeps } from '../buildkit/buildkit.ts';
import type { Engine } from '../spec/engine/system.ts';

export interface TunnelDeps extends Omit<BuildKitDeps, 'engine' | 'lint'> {
  readonly engine: Promise<Engine>;
}

export function openTunnels({ engine, ...deps }: TunnelDeps): ApiOptions['tunnels'] {
  const make = async (): Promise<BuildKit> => {
    const { makeBuildKit } = await import('./make-buildkit.ts');
    return makeBuildKit({ ...deps, engine: await engine });
  };
  let made: Promise<BuildKit> | undefined;
  const waitWith = async (connection: Duplex): Promise<BuildKit> => {
    // Nobody else listens yet, and an error that nobody hears ends the process.
    const failed = (): void => void connection.destroy();
    connection.on('error', failed);
    try {
      return await (made ??= make());
    } finally {
      connection.off('error', failed);
    }
  };
  return {
    grpc: async (connection) => {
      const buildkit = await waitWith(connection);
      if (!connection.destroyed) await buildkit.grpc(connection);
    },
    session: async (connection, offer) => {
      const buildkit = await waitWith(connection);
      if (!connection.destroyed) await buildkit.session(connection, offer);
    },
    build: async function* (request) {
      yield* (await (made ??= make())).build(request);
    },
  };
}
