// Routes about containers that answer with JSON or nothing. The streams are in `container-streams.ts`.

import type { CreateRequest, StopOptions } from '../../spec/engine/containers.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Call, Reply } from '../call.ts';
import { empty, json, readJson } from '../call.ts';
import type { CreateBody } from '../decoders/containers.ts';
import { containerConfig, createBody, updateBody } from '../decoders/containers.ts';
import type { Route } from '../router.ts';
import { downgradeInspect } from '../versions/container-replies.ts';
import { upgradeCreate } from '../versions/create.ts';

async function list({ engine, query }: Call): Promise<Reply> {
  const limit = query.integer('limit');
  if (query.text('limit') !== '' && limit === undefined) {
    const text = JSON.stringify(query.text('limit'));
    throw new EngineError('invalidParameter', `strconv.Atoi: parsing ${text}: invalid syntax`);
  }
  return json(
    await engine.containers.list({
      all: query.flag('all'),
      size: query.flag('size'),
      filters: query.filters(),
      ...(limit === undefined || limit <= 0 ? {} : { limit }),
    }),
  );
}

async function create(call: Call): Promise<Reply> {
  const body = await readJson(call, createBody, 'refuse');
  if (Object.keys(body).length === 0) {
    throw new EngineError('invalidParameter', 'config cannot be empty in order to create a container');
  }
  const name = call.query.optional('name');
  const platform = call.query.optional('platform');
  const request = upgradeCreate(
    {
      ...requestOf(body),
      ...(name === undefined ? {} : { name: name.replace(/^\//, '') }),
      ...(platform === undefined ? {} : { platform }),
    },
    call.version,
  );
  return json(await call.engine.containers.create(request), 201);
}

function requestOf(body: CreateBody): CreateRequest {
  const { MacAddress, Runtime, HostConfig = {}, NetworkingConfig = {}, ...config } = body;
  const hostConfig = Runtime && !HostConfig.Runtime ? { ...HostConfig, Runtime } : HostConfig;
  const request = { config, hostConfig, networkingConfig: NetworkingConfig };
  if (MacAddress === undefined || MacAddress === '') return request;
  const mode = HostConfig.NetworkMode || 'default';
  const name = mode === 'default' ? 'bridge' : mode;
  const endpoints = new Map(Object.entries(NetworkingConfig.EndpointsConfig ?? {}));
  const given = endpoints.get(name)?.MacAddress;
  if (given && given !== MacAddress) {
    throw new EngineError(
      'invalidParameter',
      'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
    );
  }
  endpoints.set(name, { ...endpoints.get(name), MacAddress });
  return { ...request, networkingConfig: { EndpointsConfig: Object.fromEntries(endpoints) } };
}

async function inspect({ engine, param, query, version }: Call): Promise<Reply> {
  return json(downgradeInspect(await engine.containers.inspect(param('id'), { size: query.flag('size') }), version));
}

async function start(call: Call): Promise<Reply> {
  // A client that sends more than an empty object means the options of API 1.23, which are gone.
  if (call.bodyLength === undefined || call.bodyLength > 7) {
    throw new EngineError(
      'invalidParameter',
      'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
    );
  }
  const detachKeys = call.query.optional('detachKeys');
  await call.engine.containers.start(call.param('id'), detachKeys === undefined ? {} : { detachKeys });
  return empty(204);
}

function stopOptions({ query, version }: Call): StopOptions {
  const timeoutS = query.integer('t');
  if (query.text('t') !== '' && timeoutS === undefined) {
    const text = JSON.stringify(query.text('t'));
    throw new EngineError('invalidParameter', `strconv.Atoi: parsing ${text}: invalid syntax`);
  }
  const signal = version < 42 ? undefined : query.optional('signal');
  return { ...(timeoutS === undefined ? {} : { timeoutS }), ...(signal === undefined ? {} : { signal }) };
}

async function stop(call: Call): Promise<Reply> {
  await call.engine.containers.stop(call.param('id'), stopOptions(call));
  return empty(204);
}

async function restart(call: Call): Promise<Reply> {
  await call.engine.containers.restart(call.param('id'), stopOptions(call));
  return empty(204);
}

async function kill({ engine, param, query }: Call): Promise<Reply> {
  const signal = query.optional('signal');
  await engine.containers.kill(param('id'), signal === undefined ? {} : { signal });
  return empty(204);
}

async function pause({ engine, param }: Call): Promise<Reply> {
  await engine.containers.pause(param('id'));
  return empty(204);
}

async function unpause({ engine, param }: Call): Promise<Reply> {
  await engine.containers.unpause(param('id'));
  return empty(204);
}

async function rename({ engine, param, query }: Call): Promise<Reply> {
  await engine.containers.rename(param('id'), query.text('name'));
  return empty(204);
}

async function update(call: Call): Promise<Reply> {
  const limits = await readJson(call, updateBody, 'accept');
  const { Warnings } = await call.engine.containers.update(call.param('id'), limits);
  return json({ Warnings: Warnings.length === 0 ? null : Warnings });
}

async function remove({ engine, param, query }: Call): Promise<Reply> {
  const options = { force: query.flag('force'), volumes: query.flag('v'), link: query.flag('link') };
  await engine.containers.remove(param('id'), options);
  return empty(204);
}

async function top({ engine, param, query }: Call): Promise<Reply> {
  return json(await engine.containers.top(param('id'), query.text('ps_args')));
}

async function changes({ engine, param }: Call): Promise<Reply> {
  const found = await engine.containers.changes(param('id'));
  return json(found.length === 0 ? null : found);
}

/** Sizes that a terminal can have; Docker reads them as 32-bit unsigned. */
export function terminalSize({ query }: Call): { readonly rows: number; readonly columns: number } {
  const read = (name: string, what: string): number => {
    const text = query.text(name);
    const value = query.integer(name);
    if (value === undefined || value < 0 || value > 0xffff) {
      throw new EngineError('invalidParameter', `invalid resize ${what} ${JSON.stringify(text)}: invalid syntax`);
    }
    return value;
  };
  return { rows: read('h', 'height'), columns: read('w', 'width') };
}

async function resize(call: Call): Promise<Reply> {
  const { rows, columns } = terminalSize(call);
  await call.engine.containers.resize(call.param('id'), rows, columns);
  return empty(200);
}

async function prune({ engine, query }: Call): Promise<Reply> {
  return json(await engine.containers.prune(query.filters()));
}

async function commit(call: Call): Promise<Reply> {
  const { query } = call;
  const config = await readJson(call, containerConfig, 'accept');
  const text = (name: 'repo' | 'tag' | 'comment' | 'author'): object => {
    const value = query.optional(name);
    return value === undefined ? {} : { [name]: value };
  };
  const options = {
    ...text('repo'),
    ...text('tag'),
    ...text('comment'),
    ...text('author'),
    pause: query.flag('pause', true),
    changes: query
      .all('changes')
      .flatMap((each) => each.split('\n'))
      .filter((each) => each.trim() !== ''),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  };
  return json(await call.engine.containers.commit(query.text('container').replace(/^\//, ''), options), 201);
}

const stays = { cancels: false } as const;

export const containerRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/containers/json', handle: list, ...stays },
  { method: 'POST', pattern: '/containers/create', handle: create, ...stays },
  { method: 'POST', pattern: '/containers/prune', handle: prune, since: 25, ...stays },
  { method: 'GET', pattern: '/containers/{id...}/json', handle: inspect, ...stays },
  { method: 'GET', pattern: '/containers/{id...}/top', handle: top, ...stays },
  { method: 'GET', pattern: '/containers/{id...}/changes', handle: changes, ...stays },
  { method: 'POST', pattern: '/containers/{id...}/start', handle: start, ...stays },
  { method: 'POST', pattern: '/containers/{id...}/stop', handle: stop, ...stays },
  { method: 'POST', pattern: '/containers/{id...}/restart', handle: restart, ...stays },
  { method: 'POST', pattern: '/containers/{id...}/kill', handle: kill, ...stays },
  { method: 'POST', pattern: '/containers/{id...}/pause', handle: pause, ...stays },
  { method: 'POST', pattern: '/containers/{id...}/unpause', handle: unpause, ...stays },
  { method: 'POST', pattern: '/containers/{id...}/rename', handle: rename, ...stays },
  { method: 'POST', pattern: '/containers/{id...}/update', handle: update, ...stays },
  { method: 'POST', pattern: '/containers/{id...}/resize', handle: resize, ...stays },
  { method: 'DELETE', pattern: '/containers/{id...}', handle: remove, ...stays },
  { method: 'POST', pattern: '/commit', handle: commit, ...stays },
];
