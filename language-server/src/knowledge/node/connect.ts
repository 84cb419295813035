// The engine that the editor chose, or that the environment and the current context mean, if it runs. None is started, and none
// that sleeps is woken.

import { existsSync } from 'node:fs';
import { EngineClient } from '../../../../runtime/src/client/client.ts';
import { type Endpoint, parseEndpoint } from '../../../../runtime/src/client/endpoint.ts';
import { chooseHost, noHostOptions } from '../../../../runtime/src/connect/choose-host.ts';
import { sleeps } from '../../../../runtime/src/connect/doorman.ts';

export interface EngineAddress {
  readonly host: string;
  /** Name of the command line's context that has this address, with its certificates; undefined where it is none's. */
  readonly context?: string | undefined;
}

/** @param address of the engine that the editor chose; undefined takes the one that the command line would take */
export function connectRunning(address: EngineAddress | undefined): EngineClient | undefined {
  const endpoint = endpointOf(address);
  if (endpoint === undefined) return undefined;
  if (endpoint.kind === 'socket' && (!existsSync(endpoint.path) || sleeps(endpoint.path))) return undefined;
  return new EngineClient(endpoint);
}

function endpointOf(address: EngineAddress | undefined): Endpoint | undefined {
  try {
    if (address !== undefined && address.context === undefined) return parseEndpoint(address.host);
    const options = { ...noHostOptions, context: address?.context ?? '' };
    return chooseHost(options, process.env, process.getuid?.() ?? 1).endpoint;
  } catch {
    // An address or a context that cannot be used: there is nobody to ask, and whoever runs commands is told.
    return undefined;
  }
}
