// Routes that clients try and that this engine answers with a clear no: swarm and its kin, plugins, searching.

import { EngineError } from '../../spec/errors.ts';
import type { Call, Reply } from '../call.ts';
import { json } from '../call.ts';
import type { Route } from '../router.ts';

const notAManager =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';

async function noSwarm(): Promise<Reply> {
  return Promise.reject(new EngineError('unavailable', notAManager));
}

function no(feature: string): () => Promise<Reply> {
  return async () => Promise.reject(new EngineError('notImplemented', `${feature} is not supported by this engine`));
}

async function noPlugins(): Promise<Reply> {
  return json([]);
}

async function noSuchPlugin({ param }: Call): Promise<Reply> {
  return Promise.reject(new EngineError('notFound', `plugin ${JSON.stringify(param('name'))} not found`));
}

const methods = ['GET', 'POST', 'PUT', 'DELETE'] as const;

function swarmKin(noun: string): Route[] {
  return methods.flatMap((method) => [
    { method, pattern: `/${noun}`, cancels: false, handle: noSwarm },
    { method, pattern: `/${noun}/{rest...}`, cancels: false, handle: noSwarm },
  ]);
}

export const absentRoutes: readonly Route[] = [
  { method: 'POST', pattern: '/swarm/init', cancels: false, handle: no('swarm mode') },
  { method: 'POST', pattern: '/swarm/join', cancels: false, handle: no('swarm mode') },
  ...['swarm', 'nodes', 'services', 'tasks', 'secrets', 'configs'].flatMap(swarmKin),
  { method: 'GET', pattern: '/plugins', cancels: false, handle: noPlugins },
  { method: 'GET', pattern: '/plugins/{name...}/json', cancels: false, handle: noSuchPlugin },
  { method: 'GET', pattern: '/plugins/privileges', cancels: false, handle: no('installing plugins') },
  { method: 'POST', pattern: '/plugins/{rest...}', cancels: false, handle: no('installing plugins') },
  { method: 'DELETE', pattern: '/plugins/{name...}', cancels: false, handle: noSuchPlugin },
];
