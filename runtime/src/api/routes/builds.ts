// Routes about builds: Docker's classic `POST /build`, and our own, which tell more.

import { EngineError, isKind } from '../../spec/errors.ts';
import type { BuildEvent, BuildRequest } from '../../spec/engine/builds.ts';
import type { Call, Reply } from '../call.ts';
import { empty, json, jsonLines, progressLines, stream } from '../call.ts';
import { classicMessages } from '../classic-build.ts';
import { classicRequest, contextOffer, ownBuildRequest } from '../decoders/build.ts';
import { exportForm } from '../decoders/build-outputs.ts';
import { tracedRequest } from '../decoders/traced-build.ts';
import type { Route } from '../router.ts';
import { toBase64 } from '../../spec/base64.ts';

async function build(call: Call): Promise<Reply> {
  if (call.query.text('version') === '2') {
    return stream('application/json', progressLines(call.tunnels.build(tracedRequest(call))));
  }
  const asked = classicRequest(call);
  const noCache = asked.noCache || !(await hasCache(call, asked));
  const { events } = await call.engine.builds.build({ ...asked, noCache });
  const options = { quiet: call.query.flag('q'), usesCache: !noCache };
  return stream('application/json', progressLines(classicMessages(events, options)));
}

/** As with dockerd's classic builder, whoever names images to take the cache from gets none where no such image is here. */
async function hasCache({ engine }: Call, { cacheFrom = [] }: BuildRequest): Promise<boolean> {
  const names = cacheFrom.flatMap((source) => (source.type === 'image' ? [source.reference] : []));
  if (names.length === 0) return true;
  for (const name of names) if (await isHere(engine.images, name)) return true;
  return false;
}

async function isHere(images: Call['engine']['images'], name: string): Promise<boolean> {
  try {
    await images.inspect(name);
    return true;
  } catch (error) {
    if (isKind(error, 'notFound', 'invalidParameter')) return false;
    throw error;
  }
}

async function begin(call: Call): Promise<Reply> {
  const { id, events } = await call.engine.builds.build(await ownBuildRequest(call));
  return stream('application/x-ndjson', jsonLines(asJson(id, events)));
}

/** The id first; bytes are base64. */
async function* asJson(id: string, events: AsyncIterable<BuildEvent>): AsyncGenerator<unknown> {
  yield { kind: 'begun', id };
  for await (const event of events) {
    yield event.kind === 'output' ? { ...event, bytes: toBase64(event.bytes) } : event;
  }
}

async function offer(call: Call): Promise<Reply> {
  const { offer: offered, lines } = await contextOffer(call);
  return json(await call.engine.builds.offerContext(offered, lines), 201);
}

async function supply({ engine, param, body, signal }: Call): Promise<Reply> {
  await engine.builds.supplyContext(param('id'), body, signal);
  return empty(204);
}

async function list({ engine }: Call): Promise<Reply> {
  return json(await engine.builds.list());
}

async function inspect({ engine, param }: Call): Promise<Reply> {
  return json(await engine.builds.inspect(param('id')));
}

async function remove({ engine, param }: Call): Promise<Reply> {
  await engine.builds.remove(param('id'));
  return empty(204);
}

async function cancel({ engine, param }: Call): Promise<Reply> {
  await engine.builds.cancel(param('id'));
  return empty(204);
}

async function stepImage({ engine, param, query }: Call): Promise<Reply> {
  const step = query.integer('step');
  const options = { isBefore: query.flag('before'), ...(step === undefined ? {} : { step }) };
  return json(await engine.builds.stepImage(param('id'), options), 201);
}

async function exportResult({ engine, param, query, signal }: Call): Promise<Reply> {
  return stream('application/x-tar', await engine.builds.export(param('id'), exportForm(query), signal));
}

async function bringCache({ engine, body, signal }: Call): Promise<Reply> {
  return json(await engine.builds.bringCache(body, signal), 201);
}

async function cancelClassic({ engine, query }: Call): Promise<Reply> {
  const id = query.text('id');
  if (id === '') throw new EngineError('invalidParameter', 'build ID not provided');
  await engine.builds.cancel(id);
  return empty(200);
}

async function cache({ engine }: Call): Promise<Reply> {
  return json(await engine.builds.cache());
}

async function prune({ engine, query }: Call): Promise<Reply> {
  if ((query.integer('min-free-space') ?? 0) > 0) {
    const words = 'min-free-space is not supported: say with max-used-space how much may stay';
    throw new EngineError('notImplemented', words);
  }
  const reserved = query.integer('reserved-space') ?? query.integer('keep-storage');
  const limits = [reserved, query.integer('max-used-space')].filter((limit) => limit !== undefined);
  const keepBytes = limits.length === 0 ? {} : { keepBytes: Math.min(...limits) };
  return json(await engine.builds.prune(query.filters(), { all: query.flag('all'), ...keepBytes }));
}

export const buildRoutes: readonly Route[] = [
  { method: 'POST', pattern: '/build', cancels: true, handle: build },
  { method: 'POST', pattern: '/build/cancel', cancels: false, handle: cancelClassic },
  { method: 'POST', pattern: '/build/prune', cancels: false, since: 31, handle: prune },
  { method: 'POST', pattern: '/coracle/v1/contexts', cancels: true, handle: offer },
  { method: 'PUT', pattern: '/coracle/v1/contexts/{id}', cancels: true, handle: supply },
  { method: 'POST', pattern: '/coracle/v1/builds', cancels: true, handle: begin },
  { method: 'GET', pattern: '/coracle/v1/builds', cancels: false, handle: list },
  { method: 'GET', pattern: '/coracle/v1/builds/{id}', cancels: false, handle: inspect },
  { method: 'DELETE', pattern: '/coracle/v1/builds/{id}', cancels: false, handle: remove },
  { method: 'POST', pattern: '/coracle/v1/builds/{id}/cancel', cancels: false, handle: cancel },
  { method: 'POST', pattern: '/coracle/v1/builds/{id}/image', cancels: false, handle: stepImage },
  { method: 'GET', pattern: '/coracle/v1/builds/{id}/export', cancels: true, handle: exportResult },
  { method: 'GET', pattern: '/coracle/v1/build-cache', cancels: false, handle: cache },
  { method: 'POST', pattern: '/coracle/v1/build-cache', cancels: true, handle: bringCache },
];
