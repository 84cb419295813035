// The whole table of routes.

import type { Route } from './router.ts';
import { absentRoutes } from './routes/absent.ts';
import { buildRoutes } from './routes/builds.ts';
import { buildkitRoutes } from './routes/buildkit.ts';
import { containerRoutes } from './routes/containers.ts';
import { containerStreamRoutes } from './routes/container-streams.ts';
import { fileRoutes } from './routes/files.ts';
import { imageRoutes } from './routes/images.ts';
import { networkRoutes, volumeRoutes } from './routes/networks.ts';
import { pingRoutes } from './routes/ping.ts';
import { systemRoutes } from './routes/system.ts';

export const routes: readonly Route[] = [
  ...pingRoutes,
  ...systemRoutes,
  ...containerRoutes,
  ...containerStreamRoutes,
  ...imageRoutes,
  ...buildRoutes,
  ...buildkitRoutes,
  ...networkRoutes,
  ...volumeRoutes,
  ...fileRoutes,
  ...absentRoutes,
];
