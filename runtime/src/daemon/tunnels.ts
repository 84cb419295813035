// The connections that BuildKit's clients take over. What serves them is loaded when the first one comes.

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
  return {
    grpc: async (connection) => (await (made ??= make())).grpc(connection),
    session: async (connection, offer) => (await (made ??= make())).session(connection, offer),
    build: async function* (request) {
      yield* (await (made ??= make())).build(request);
    },
  };
}
