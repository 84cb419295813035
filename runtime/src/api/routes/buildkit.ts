// BuildKit's two doors: connections that become HTTP/2, for builds and for what these ask of their client.

import { EngineError } from '../../spec/errors.ts';
import type { Call, Reply } from '../call.ts';
import type { Route } from '../router.ts';

/** @throws EngineError invalidParameter for a request that cannot be taken over */
function checkUpgrade({ header }: Call): void {
  if (header('upgrade')?.toLowerCase() === 'h2c') return;
  throw new EngineError('invalidParameter', 'this address speaks HTTP/2 only: send Upgrade: h2c');
}

async function grpc(call: Call): Promise<Reply> {
  checkUpgrade(call);
  return Promise.resolve({ kind: 'tunnel', serve: (connection) => call.tunnels.grpc(connection) });
}

async function session(call: Call): Promise<Reply> {
  checkUpgrade(call);
  const { header, tunnels } = call;
  const id = header('x-docker-expose-session-uuid') ?? '';
  if (id === '') throw new EngineError('invalidParameter', 'X-Docker-Expose-Session-Uuid is missing');
  const offer = {
    id,
    sharedKey: header('x-docker-expose-session-sharedkey') ?? '',
    methods: (header('x-docker-expose-session-grpc-method') ?? '').split(/,\s*/),
  };
  return Promise.resolve({ kind: 'tunnel', serve: (connection) => tunnels.session(connection, offer) });
}

export const buildkitRoutes: readonly Route[] = [
  { method: 'POST', pattern: '/grpc', cancels: true, hijack: 'h2c', handle: grpc },
  { method: 'POST', pattern: '/session', cancels: true, hijack: 'h2c', handle: session },
];
