// Routes about containers that stream: attach, logs, stats, wait, export, archive; and exec.

import type { PathStat } from '../../spec/engine/containers.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Call, Reply } from '../call.ts';
import { empty, json, jsonLines, readJson, stream } from '../call.ts';
import { execCreateBody, execStartBody } from '../decoders/containers.ts';
import { timestampNs } from '../query.ts';
import type { Route } from '../router.ts';
import { streamType } from '../versions/container-replies.ts';
import { terminalSize } from './containers.ts';
import { toBase64 } from '../../spec/base64.ts';

async function attach(call: Call): Promise<Reply> {
  const { engine, param, query, version, signal, outputFd } = call;
  const detachKeys = query.optional('detachKeys');
  const session = await engine.containers.attach(param('id'), {
    stdin: query.flag('stdin'),
    stdout: query.flag('stdout'),
    stderr: query.flag('stderr'),
    logs: query.flag('logs'),
    stream: query.flag('stream'),
    signal,
    outputFd,
    ...(detachKeys === undefined ? {} : { detachKeys }),
  });
  return { kind: 'session', session, type: streamType(session.tty, version), webSocketText: version < 28 };
}

async function logs({ engine, param, query, version, signal }: Call): Promise<Reply> {
  const stdout = query.flag('stdout');
  const stderr = query.flag('stderr');
  if (!stdout && !stderr) {
    throw new EngineError('invalidParameter', 'Bad parameters: you must choose at least one stream');
  }
  const sinceNs = timestampNs(query.text('since'));
  const untilNs = timestampNs(query.text('until'));
  const tail = query.integer('tail');
  const log = await engine.containers.logs(param('id'), {
    stdout,
    stderr,
    follow: query.flag('follow'),
    timestamps: query.flag('timestamps'),
    details: query.flag('details'),
    signal,
    ...(sinceNs === undefined ? {} : { sinceNs }),
    ...(untilNs === undefined ? {} : { untilNs }),
    ...(tail === undefined || tail < 0 ? {} : { tail }),
  });
  return stream(version < 42 ? undefined : streamType(log.tty, version), log.output);
}

async function stats({ engine, param, query, signal }: Call): Promise<Reply> {
  const follow = query.flag('stream', true);
  const oneShot = query.flag('one-shot');
  if (follow && oneShot) {
    throw new EngineError('invalidParameter', 'cannot have stream=true and one-shot=true');
  }
  const samples = await engine.containers.stats(param('id'), { stream: follow, oneShot, signal });
  return stream('application/json', jsonLines(samples));
}

async function wait({ engine, param, query, version, signal }: Call): Promise<Reply> {
  // Before 1.30 there were no conditions.
  const condition = version < 30 ? 'not-running' : query.text('condition') || 'not-running';
  const { result } = await engine.containers.wait(param('id'), condition, { signal });
  return stream('application/json', jsonLines(only(result)));
}

async function* only<T>(value: Promise<T>): AsyncGenerator<T> {
  yield await value;
}

async function exportRoot({ engine, param, signal }: Call): Promise<Reply> {
  return stream('application/octet-stream', await engine.containers.export(param('id'), { signal }));
}

function archivePath({ query }: Call): string {
  const path = query.text('path');
  if (path === '') throw new EngineError('invalidParameter', 'bad parameter: pathcannot be empty'); // sic
  return path;
}

function statHeader(stat: PathStat): Readonly<Record<string, string>> {
  return { 'X-Docker-Container-Path-Stat': toBase64(new TextEncoder().encode(JSON.stringify(stat))) };
}

async function archiveHead(call: Call): Promise<Reply> {
  const stat = await call.engine.containers.statPath(call.param('id'), archivePath(call));
  return { kind: 'empty', status: 200, headers: statHeader(stat) };
}

async function archiveGet(call: Call): Promise<Reply> {
  const { signal } = call;
  const { stat, tar } = await call.engine.containers.readArchive(call.param('id'), archivePath(call), { signal });
  return { kind: 'stream', status: 200, type: 'application/x-tar', body: tar, headers: statHeader(stat) };
}

async function archivePut(call: Call): Promise<Reply> {
  await call.engine.containers.writeArchive(call.param('id'), archivePath(call), call.body, {
    noOverwriteDirNonDir: call.query.flag('noOverwriteDirNonDir'),
    copyUidGid: call.query.flag('copyUIDGID'),
    signal: call.signal,
  });
  return empty(200);
}

async function execCreate(call: Call): Promise<Reply> {
  const { ConsoleSize, ...request } = await readJson(call, execCreateBody, 'accept');
  if ((request.Cmd ?? []).length === 0) throw new EngineError('invalidParameter', 'No exec command specified');
  const size = call.version < 42 || ConsoleSize === undefined ? {} : { ConsoleSize };
  return json(await call.engine.containers.execCreate(call.param('id'), { ...request, ...size }), 201);
}

async function execInspect({ engine, param }: Call): Promise<Reply> {
  return json(await engine.containers.execInspect(param('id')));
}

async function execStart(call: Call): Promise<Reply> {
  const body = await readJson(call, execStartBody, 'accept');
  const [rows, columns] = body.ConsoleSize ?? [];
  const sized = call.version >= 42 && rows !== undefined && columns !== undefined;
  const session = await call.engine.containers.execStart(call.param('id'), {
    detach: body.Detach === true,
    tty: body.Tty === true,
    signal: call.signal,
    outputFd: call.outputFd,
    ...(sized ? { consoleSize: { rows, columns } } : {}),
  });
  return session === undefined ? empty(200) : { kind: 'session', session, type: streamType(session.tty, call.version) };
}

async function execResize(call: Call): Promise<Reply> {
  const { rows, columns } = terminalSize(call);
  await call.engine.containers.execResize(call.param('id'), rows, columns);
  return empty(200);
}

export const containerStreamRoutes: readonly Route[] = [
  { method: 'POST', pattern: '/containers/{id...}/attach', cancels: true, hijack: 'stream', handle: attach },
  { method: 'GET', pattern: '/containers/{id...}/attach/ws', cancels: true, hijack: 'websocket', handle: attach },
  { method: 'GET', pattern: '/containers/{id...}/logs', cancels: true, handle: logs },
  { method: 'GET', pattern: '/containers/{id...}/stats', cancels: true, handle: stats },
  { method: 'POST', pattern: '/containers/{id...}/wait', cancels: true, handle: wait },
  { method: 'GET', pattern: '/containers/{id...}/export', cancels: true, handle: exportRoot },
  { method: 'HEAD', pattern: '/containers/{id...}/archive', cancels: false, handle: archiveHead },
  { method: 'GET', pattern: '/containers/{id...}/archive', cancels: true, handle: archiveGet },
  { method: 'PUT', pattern: '/containers/{id...}/archive', cancels: true, handle: archivePut },
  { method: 'POST', pattern: '/containers/{id...}/exec', cancels: false, handle: execCreate },
  { method: 'POST', pattern: '/exec/{id}/start', cancels: true, hijack: 'stream', handle: execStart },
  { method: 'POST', pattern: '/exec/{id}/resize', cancels: false, handle: execResize },
  { method: 'GET', pattern: '/exec/{id}/json', cancels: false, handle: execInspect },
];
