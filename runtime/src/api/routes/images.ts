// Routes about images on disk and in registries.

import type { ImageInspect } from '../../spec/api/images.ts';
import { isRecord } from '../../spec/decode.ts';
import type { ProgressMessage } from '../../spec/engine/images.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Call, Reply } from '../call.ts';
import { empty, json, progressLines, stream } from '../call.ts';
import { registryAuth } from '../decoders/auth.ts';
import type { Route } from '../router.ts';
import { downgradeImage, downgradeSummary } from '../versions/image-replies.ts';

async function list({ engine, query, version }: Call): Promise<Reply> {
  const filters = new Map(query.filters());
  const filter = query.text('filter'); // before 1.41 a parameter of its own
  if (version < 41 && filter !== '') filters.set('reference', [...(filters.get('reference') ?? []), filter]);
  const found = await engine.images.list({
    all: query.flag('all'),
    filters,
    sharedSize: version >= 42 && query.flag('shared-size'),
    digests: query.flag('digests'),
    manifests: version >= 47 && query.flag('manifests'),
  });
  return json(found.map((image) => downgradeSummary(image, version)));
}

async function inspect({ engine, param, query, version }: Call): Promise<Reply> {
  const image = await engine.images.inspect(param('name'));
  if (version >= 49) checkPlatform(image, param('name'), query.text('platform'));
  return json(downgradeImage(image, version));
}

/** `platform` is an OCI platform in JSON; an image here has one platform, which must be it. */
function checkPlatform(image: ImageInspect, name: string, text: string): void {
  if (text === '') return;
  const wanted = parsePlatform(text);
  const fits = (key: string, has: string | null | undefined): boolean => {
    const value = wanted[key];
    return value === undefined || value === '' || value === (has ?? '');
  };
  if (fits('os', image.Os) && fits('architecture', image.Architecture) && fits('variant', image.Variant)) return;
  const asked = ['os', 'architecture', 'variant'].map((key) => wanted[key]).filter(Boolean);
  throw new EngineError(
    'notFound',
    `image with reference ${name} was found but does not provide the specified platform (${asked.join('/')})`,
  );
}

function parsePlatform(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EngineError('invalidParameter', 'failed to parse platform', { cause });
  }
  if (!isRecord(value)) throw new EngineError('invalidParameter', 'failed to parse platform');
  return value;
}

async function history({ engine, param, query, version }: Call): Promise<Reply> {
  if (version >= 48 && query.has('platform')) {
    checkPlatform(await engine.images.inspect(param('name')), param('name'), query.text('platform'));
  }
  return json(await engine.images.history(param('name')));
}

async function tag({ engine, param, query }: Call): Promise<Reply> {
  await engine.images.tag(param('name'), { repo: query.text('repo'), tag: query.text('tag') });
  return empty(201);
}

async function remove({ engine, param, query }: Call): Promise<Reply> {
  if (query.has('platforms')) {
    throw new EngineError('notImplemented', 'removing single platforms of an image is not supported');
  }
  const options = { force: query.flag('force'), noPrune: query.flag('noprune') };
  return json(await engine.images.remove(param('name'), options));
}

async function prune({ engine, query }: Call): Promise<Reply> {
  return json(await engine.images.prune(query.filters()));
}

/**
 * A reply of progress lines. It waits for the first one, since what fails before it has a status of its own.
 */
async function progress(messages: AsyncIterable<ProgressMessage>): Promise<Reply> {
  const iterator = messages[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* all(): AsyncGenerator<ProgressMessage> {
    try {
      for (let step = first; step.done !== true; step = await iterator.next()) yield step.value;
    } finally {
      await iterator.return?.();
    }
  }
  return stream('application/json', progressLines(all()));
}

async function pullOrImport(call: Call): Promise<Reply> {
  const { engine, query, version, signal } = call;
  const platform = version >= 32 ? query.optional('platform') : undefined;
  const common = { signal, ...(platform === undefined ? {} : { platform }) };
  const image = query.text('fromImage');
  if (image !== '') {
    const auth = registryAuth(call.header('x-registry-auth'));
    const request = { ...common, image, tag: query.text('tag'), ...(auth === undefined ? {} : { auth }) };
    return progress(await engine.images.pull(request));
  }
  const source = query.text('fromSrc');
  if (source === '') throw new EngineError('invalidParameter', 'fromImage or fromSrc must be given');
  const request = {
    ...common,
    repo: query.text('repo'),
    tag: query.text('tag'),
    message: query.text('message'),
    changes: query
      .all('changes')
      .flatMap((each) => each.split('\n'))
      .filter((each) => each.trim() !== ''),
  };
  return progress(await engine.images.import(source === '-' ? call.body : source, request));
}

async function push(call: Call): Promise<Reply> {
  const { engine, query, param, signal } = call;
  if (query.has('platform')) {
    throw new EngineError('notImplemented', 'pushing one platform of an image is not supported: leave platform out');
  }
  const auth = registryAuth(call.header('x-registry-auth'));
  const request = { name: param('name'), tag: query.text('tag'), signal, ...(auth === undefined ? {} : { auth }) };
  return progress(await engine.images.push(request));
}

async function load(call: Call): Promise<Reply> {
  const platform = call.version >= 48 ? call.query.optional('platform') : undefined;
  const options = {
    quiet: call.query.flag('quiet'),
    signal: call.signal,
    ...(platform === undefined ? {} : { platform: platformName(platform) }),
  };
  // Whatever is wrong with an archive is told in the stream, as dockerd does: the client is busy sending it.
  async function* messages(): AsyncGenerator<ProgressMessage> {
    yield* await call.engine.images.load(call.body, options);
  }
  return stream('application/json', progressLines(messages()));
}

/** `{"os":"linux","architecture":"arm64"}` as `linux/arm64`. */
function platformName(text: string): string {
  const { os, architecture, variant } = parsePlatform(text);
  return [os, architecture, variant].filter((part) => typeof part === 'string' && part !== '').join('/');
}

async function save({ engine, param, query, signal }: Call): Promise<Reply> {
  const platform = query.optional('platform');
  const names = param('name') === '' ? query.all('names').flatMap((each) => each.split(',')) : [param('name')];
  const options = { signal, ...(platform === undefined ? {} : { platform: platformName(platform) }) };
  return stream('application/x-tar', await engine.images.save(names, options));
}

async function remoteTags(call: Call): Promise<Reply> {
  const auth = registryAuth(call.header('x-registry-auth'));
  const tags = await call.engine.images.remoteTags(call.param('name'), auth, { signal: call.signal });
  return json({ tags });
}

async function remoteManifest(call: Call): Promise<Reply> {
  const auth = registryAuth(call.header('x-registry-auth'));
  return json(await call.engine.images.remoteManifest(call.param('name'), auth, { signal: call.signal }));
}

async function distribution(call: Call): Promise<Reply> {
  const auth = registryAuth(call.header('x-registry-auth'));
  return json(await call.engine.images.distribution(call.param('name'), auth, { signal: call.signal }));
}

async function search(call: Call): Promise<Reply> {
  const { query, signal } = call;
  const limit = query.text('limit') === '' ? 0 : query.integer('limit');
  if (limit === undefined) throw new EngineError('invalidParameter', 'limit must be a whole number');
  const auth = registryAuth(call.header('x-registry-auth'));
  const term = query.text('term');
  return json(await call.engine.images.search({ term, limit, filters: query.filters(), auth, signal }));
}

export const imageRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/images/json', cancels: false, handle: list },
  { method: 'GET', pattern: '/images/search', cancels: true, handle: search },
  { method: 'GET', pattern: '/images/get', cancels: true, handle: save },
  { method: 'POST', pattern: '/images/create', cancels: true, handle: pullOrImport },
  { method: 'POST', pattern: '/images/load', cancels: true, handle: load },
  { method: 'POST', pattern: '/images/prune', cancels: false, since: 25, handle: prune },
  { method: 'POST', pattern: '/images/{name...}/push', cancels: true, handle: push },
  { method: 'GET', pattern: '/images/{name...}/json', cancels: false, handle: inspect },
  { method: 'GET', pattern: '/images/{name...}/history', cancels: false, handle: history },
  { method: 'GET', pattern: '/images/{name...}/get', cancels: true, handle: save },
  { method: 'POST', pattern: '/images/{name...}/tag', cancels: false, handle: tag },
  { method: 'DELETE', pattern: '/images/{name...}', cancels: false, handle: remove },
  { method: 'GET', pattern: '/coracle/v1/distribution/{name...}/tags', cancels: true, handle: remoteTags },
  { method: 'GET', pattern: '/coracle/v1/distribution/{name...}/manifest', cancels: true, handle: remoteManifest },
  { method: 'GET', pattern: '/distribution/{name...}/json', cancels: true, since: 30, handle: distribution },
];
