// The sign of life, by which clients also learn whom they talk to. Apart, since it is given before all else is loaded.

import type { Reply } from '../call.ts';
import type { Route } from '../router.ts';

async function ping(): Promise<Reply> {
  const headers = {
    // 2 = BuildKit: clients that know it use /grpc and /session, others go on with the classic call.
    'Builder-Version': '2',
    Swarm: 'inactive',
    'Cache-Control': 'no-cache, no-store, must-revalidate',
    Pragma: 'no-cache',
  };
  return { kind: 'text', status: 200, text: 'OK', headers };
}

export const pingRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/_ping', cancels: false, isSign: true, handle: ping },
  { method: 'HEAD', pattern: '/_ping', cancels: false, isSign: true, handle: ping },
];
