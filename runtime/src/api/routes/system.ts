// Routes about the engine itself, Docker's and our own.

import { EngineError } from '../../spec/errors.ts';
import type { Call, Reply } from '../call.ts';
import { json, jsonLines, readJson, stream } from '../call.ts';
import { authConfig } from '../decoders/auth.ts';
import { timestampNs } from '../query.ts';
import type { Route } from '../router.ts';
import { legacyEvent } from '../versions/events.ts';

async function version({ engine }: Call): Promise<Reply> {
  return json(await engine.system.version());
}

async function info({ engine }: Call): Promise<Reply> {
  return json(await engine.system.info());
}

async function events({ engine, query, signal }: Call): Promise<Reply> {
  const sinceNs = timestampNs(query.text('since'));
  const untilNs = timestampNs(query.text('until'));
  if (sinceNs !== undefined && untilNs !== undefined && sinceNs > untilNs) {
    throw new EngineError(
      'invalidParameter',
      `\`since\` time (${query.text('since')}) cannot be after \`until\` time (${query.text('until')})`,
    );
  }
  const messages = await engine.system.events({
    filters: query.filters(),
    signal,
    ...(sinceNs === undefined ? {} : { sinceNs }),
    ...(untilNs === undefined ? {} : { untilNs }),
  });
  async function* legacy(): AsyncGenerator<unknown> {
    for await (const message of messages) yield legacyEvent(message);
  }
  return stream('application/json', jsonLines(legacy()));
}

async function diskUsage({ engine, query, version: speaks }: Call): Promise<Reply> {
  return json(await engine.system.diskUsage(speaks < 42 ? [] : query.all('type')));
}

async function auth(call: Call): Promise<Reply> {
  return json(await call.engine.system.auth(await readJson(call, authConfig, 'accept')));
}

async function check({ engine }: Call): Promise<Reply> {
  return json(await engine.system.check());
}

async function doctor({ engine }: Call): Promise<Reply> {
  return json(await engine.system.doctor());
}

export const systemRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/version', cancels: false, handle: version },
  { method: 'GET', pattern: '/info', cancels: false, handle: info },
  { method: 'GET', pattern: '/events', cancels: true, handle: events },
  { method: 'GET', pattern: '/system/df', cancels: false, since: 25, handle: diskUsage },
  { method: 'POST', pattern: '/auth', cancels: false, handle: auth },
  { method: 'GET', pattern: '/coracle/v1/check', cancels: false, handle: check },
  { method: 'GET', pattern: '/coracle/v1/doctor', cancels: false, handle: doctor },
];
