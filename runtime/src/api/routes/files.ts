// Coracle's own: the files of containers, volumes and images, by the same routes below each noun.

import type { Files, ReadableFiles } from '../../spec/engine/files.ts';
import { EngineError } from '../../spec/errors.ts';
import { type Call, empty, json, jsonLines, type Reply, stream } from '../call.ts';
import type { Query } from '../query.ts';
import type { Route } from '../router.ts';

type FilesOf<T> = (call: Call) => T;

/** @throws EngineError invalidParameter when it is not given */
function pathIn(query: Query, name: string): string {
  const path = query.text(name);
  if (path === '') throw new EngineError('invalidParameter', `query parameter ${name} is missing`);
  return path;
}

/** @throws EngineError invalidParameter for what is no whole number from 0 up */
function bytesIn(query: Query, name: string): number | undefined {
  if (!query.has(name)) return undefined;
  const value = query.integer(name);
  if (value === undefined || value < 0) {
    throw new EngineError('invalidParameter', `${name} ${JSON.stringify(query.text(name))} is no number of bytes`);
  }
  return value;
}

/** @throws EngineError invalidParameter for what is no octal mode */
function modeIn(query: Query): number {
  const text = query.optional('mode') ?? '644';
  if (!/^[0-7]{1,5}$/.test(text) || Number.parseInt(text, 8) > 0o7777) {
    throw new EngineError('invalidParameter', `mode ${JSON.stringify(text)} is no octal number up to 7777`);
  }
  return Number.parseInt(text, 8);
}

function readRoutes(pattern: string, files: FilesOf<ReadableFiles>): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: `${pattern}/files`,
      cancels: false,
      handle: async (call) =>
        json(
          await files(call).status(ref(call), pathIn(call.query, 'path'), {
            list: call.query.flag('list', true),
            follow: call.query.flag('follow'),
          }),
        ),
    },
    { method: 'GET', pattern: `${pattern}/files/content`, cancels: true, handle: (call) => read(call, files(call)) },
  ];
}

async function read(call: Call, files: ReadableFiles): Promise<Reply> {
  const { query, signal } = call;
  const length = bytesIn(query, 'length');
  const { content } = await files.read(ref(call), pathIn(query, 'path'), {
    offset: bytesIn(query, 'offset') ?? 0,
    ...(length === undefined ? {} : { length }),
    signal,
  });
  return stream('application/octet-stream', content);
}

function writeRoutes(pattern: string, files: FilesOf<Files>): readonly Route[] {
  const route = (
    method: Route['method'],
    rest: string,
    handle: (call: Call, files: Files) => Promise<Reply>,
    cancels = false,
  ): Route => ({ method, pattern: `${pattern}/files${rest}`, cancels, handle: (call) => handle(call, files(call)) });
  return [
    route('PUT', '/content', write),
    route('POST', '/directory', async (call, noun) =>
      json(await noun.makeDirectory(ref(call), pathIn(call.query, 'path')), 201),
    ),
    route('POST', '/rename', (call, noun) => move(call, (...given) => noun.rename(...given))),
    route('POST', '/copy', (call, noun) => move(call, (...given) => noun.copy(...given))),
    route('DELETE', '', async (call, noun) => {
      await noun.remove(ref(call), pathIn(call.query, 'path'), { recursive: call.query.flag('recursive') });
      return empty(204);
    }),
    route(
      'GET',
      '/watch',
      async (call, noun) => {
        const options = { recursive: call.query.flag('recursive'), signal: call.signal };
        return stream(
          'application/x-ndjson',
          jsonLines(await noun.watch(ref(call), pathIn(call.query, 'path'), options)),
        );
      },
      true,
    ),
  ];
}

async function write(call: Call, files: Files): Promise<Reply> {
  const { query } = call;
  const options = { create: query.flag('create', true), overwrite: query.flag('overwrite', true), mode: modeIn(query) };
  return json(await files.write(ref(call), pathIn(query, 'path'), call.body, options));
}

async function move(call: Call, act: Files['rename']): Promise<Reply> {
  const { query } = call;
  return json(await act(ref(call), pathIn(query, 'from'), pathIn(query, 'to'), { overwrite: query.flag('overwrite') }));
}

function ref(call: Call): string {
  return call.param('ref');
}

const ofContainers = '/coracle/v1/containers/{ref}';
const ofVolumes = '/coracle/v1/volumes/{ref}';

export const fileRoutes: readonly Route[] = [
  ...readRoutes(ofContainers, ({ engine }) => engine.files.containers),
  ...writeRoutes(ofContainers, ({ engine }) => engine.files.containers),
  ...readRoutes(ofVolumes, ({ engine }) => engine.files.volumes),
  ...writeRoutes(ofVolumes, ({ engine }) => engine.files.volumes),
  ...readRoutes('/coracle/v1/images/{ref...}', ({ engine }) => engine.files.images),
];
