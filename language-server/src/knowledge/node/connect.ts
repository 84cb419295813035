// The engine that the environment and the current context mean, if it runs. None is started, and none that sleeps is woken.

import { existsSync } from 'node:fs';
import { EngineClient } from '../../../../runtime/src/client/client.ts';
import { parseEndpoint } from '../../../../runtime/src/client/endpoint.ts';
import { chooseHost, noHostOptions } from '../../../../runtime/src/connect/choose-host.ts';
import { sleeps } from '../../../../runtime/src/connect/doorman.ts';

/** @param host address of the engine that the editor chose; undefined takes the one that the command line would take */
export function connectRunning(host: string | undefined): EngineClient | undefined {
  const endpoint = host === undefined ? chosen() : parseEndpoint(host);
  if (endpoint === undefined) return undefined;
  if (endpoint.kind === 'socket' && (!existsSync(endpoint.path) || sleeps(endpoint.path))) return undefined;
  return new EngineClient(endpoint);
}

function chosen() {
  try {
    return chooseHost(noHostOptions, process.env, process.getuid?.() ?? 1).endpoint;
  } catch {
    // An address or a context that cannot be used: there is nobody to ask, and whoever runs commands is told.
    return undefined;
  }
}
