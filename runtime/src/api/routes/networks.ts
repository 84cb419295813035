// Routes about networks and volumes.

import { EngineError } from '../../spec/errors.ts';
import type { Call, Reply } from '../call.ts';
import { empty, json, readJson } from '../call.ts';
import { connectBody, disconnectBody, networkCreateBody, volumeCreateBody } from '../decoders/networks.ts';
import type { Route } from '../router.ts';

async function listNetworks({ engine, query }: Call): Promise<Reply> {
  return json(await engine.networks.list(query.filters()));
}

async function inspectNetwork({ engine, param, query }: Call): Promise<Reply> {
  const scope = query.optional('scope');
  const options = { verbose: query.flag('verbose'), ...(scope === undefined ? {} : { scope }) };
  return json(await engine.networks.inspect(param('id'), options));
}

async function createNetwork(call: Call): Promise<Reply> {
  const body = await readJson(call, networkCreateBody, 'refuse');
  // From 1.44 on a name is always checked; from 1.48 on IPv4 can be turned off.
  const CheckDuplicate = call.version >= 44 || body.CheckDuplicate === true;
  const { EnableIPv4, ...older } = body;
  const request = call.version >= 48 && EnableIPv4 !== undefined ? { ...older, EnableIPv4 } : older;
  return json(await call.engine.networks.create({ ...request, CheckDuplicate }), 201);
}

async function removeNetwork({ engine, param }: Call): Promise<Reply> {
  await engine.networks.remove(param('id'));
  return empty(204);
}

async function connect(call: Call): Promise<Reply> {
  await call.engine.networks.connect(call.param('id'), await readJson(call, connectBody, 'refuse'));
  return empty(200);
}

async function disconnect(call: Call): Promise<Reply> {
  const { Container, Force } = await readJson(call, disconnectBody, 'refuse');
  const request = { container: Container ?? '', force: Force === true };
  await call.engine.networks.disconnect(call.param('id'), request);
  return empty(200);
}

async function pruneNetworks({ engine, query }: Call): Promise<Reply> {
  return json(await engine.networks.prune(query.filters()));
}

async function listVolumes({ engine, query }: Call): Promise<Reply> {
  return json(await engine.volumes.list(query.filters()));
}

async function inspectVolume({ engine, param }: Call): Promise<Reply> {
  return json(await engine.volumes.inspect(param('name')));
}

async function createVolume(call: Call): Promise<Reply> {
  return json(await call.engine.volumes.create(await readJson(call, volumeCreateBody, 'accept')), 201);
}

async function updateVolume({ param }: Call): Promise<Reply> {
  return Promise.reject(
    new EngineError('invalidParameter', `volume ${param('name')} is not a cluster volume: nothing can be updated`),
  );
}

async function removeVolume({ engine, param, query }: Call): Promise<Reply> {
  await engine.volumes.remove(param('name'), { force: query.flag('force') });
  return empty(204);
}

async function pruneVolumes({ engine, query, version }: Call): Promise<Reply> {
  const filters = new Map(query.filters());
  // Before 1.42 a prune took named volumes too.
  if (version < 42) filters.set('all', ['true']);
  return json(await engine.volumes.prune(filters));
}

const stays = { cancels: false } as const;

export const networkRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/networks', handle: listNetworks, ...stays },
  { method: 'POST', pattern: '/networks/create', handle: createNetwork, ...stays },
  { method: 'POST', pattern: '/networks/prune', handle: pruneNetworks, since: 25, ...stays },
  { method: 'GET', pattern: '/networks/{id...}', handle: inspectNetwork, ...stays },
  { method: 'DELETE', pattern: '/networks/{id...}', handle: removeNetwork, ...stays },
  { method: 'POST', pattern: '/networks/{id...}/connect', handle: connect, ...stays },
  { method: 'POST', pattern: '/networks/{id...}/disconnect', handle: disconnect, ...stays },
];

export const volumeRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/volumes', handle: listVolumes, ...stays },
  { method: 'POST', pattern: '/volumes/create', handle: createVolume, ...stays },
  { method: 'POST', pattern: '/volumes/prune', handle: pruneVolumes, since: 25, ...stays },
  { method: 'GET', pattern: '/volumes/{name...}', handle: inspectVolume, ...stays },
  { method: 'PUT', pattern: '/volumes/{name...}', handle: updateVolume, since: 42, ...stays },
  { method: 'DELETE', pattern: '/volumes/{name...}', handle: removeVolume, ...stays },
];
