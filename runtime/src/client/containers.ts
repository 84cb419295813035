// The Engine API's calls about containers and the processes that run in them.

import type {
  ContainerConfig,
  ContainerCreateResponse,
  ContainerInspectResponse,
  ContainerStatsResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerUpdateResponse,
  ContainerWaitResponse,
  FilesystemChange,
  HostConfig,
  NetworkingConfig,
  Resources,
  RestartPolicy,
} from '../spec/api/containers.ts';
import { textFromBase64 } from '../spec/base64.ts';
import { bodyText, type Hijacked, type Http } from './http.ts';
import { jsonLines } from './ndjson.ts';
import { encodeFilters } from './query.ts';
import type { FilterQuery } from './query.ts';
import type { Answer } from './transport.ts';

export type CreateBody = ContainerConfig & {
  readonly HostConfig?: HostConfig;
  readonly NetworkingConfig?: NetworkingConfig;
};

export interface AttachOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly logs?: boolean;
  readonly detachKeys?: string | undefined;
}

export interface LogsOptions {
  readonly follow?: boolean;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly tail?: string;
  readonly timestamps?: boolean;
  readonly details?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What `X-Docker-Container-Path-Stat` says; `mode` are Go's os.FileMode bits. */
export interface PathStat {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget: string;
}

export interface ExecBody {
  readonly User?: string;
  readonly Privileged?: boolean;
  readonly Tty?: boolean;
  readonly ConsoleSize?: readonly [number, number];
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly Detach?: boolean;
  readonly DetachKeys?: string;
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly Cmd: readonly string[];
}

export interface ExecInspect {
  readonly ID: string;
  readonly Running: boolean;
  readonly ExitCode: number | null;
  readonly Pid?: number;
}

export interface PruneReport {
  readonly ContainersDeleted?: readonly string[] | null;
  readonly SpaceReclaimed?: number;
}

const part = (name: string): string => `/containers/${encodeURIComponent(name)}`;

export class ContainersClient {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async list(
    query: { all?: boolean; limit?: number; size?: boolean; filters?: FilterQuery } = {},
    signal?: AbortSignal,
  ): Promise<ContainerSummary[]> {
    const filters = encodeFilters(query.filters);
    return await this.#http.json('GET', '/containers/json', { query: { ...query, filters }, signal });
  }

  async create(body: CreateBody, name?: string, platform?: string): Promise<ContainerCreateResponse> {
    return await this.#http.json('POST', '/containers/create', { query: { name, platform }, body });
  }

  async inspect(id: string, size = false): Promise<ContainerInspectResponse> {
    return JSON.parse(await this.inspectText(id, size)) as ContainerInspectResponse;
  }

  /** The inspect document as the engine wrote it. */
  async inspectText(id: string, size = false): Promise<string> {
    return await this.#http.text('GET', `${part(id)}/json`, { query: { size: size ? true : undefined } });
  }

  async start(id: string, detachKeys?: string): Promise<void> {
    await this.#http.text('POST', `${part(id)}/start`, { query: { detachKeys } });
  }

  async stop(id: string, options: { signal?: string | undefined; t?: number | undefined } = {}): Promise<void> {
    await this.#http.text('POST', `${part(id)}/stop`, { query: options });
  }

  async restart(id: string, options: { signal?: string | undefined; t?: number | undefined } = {}): Promise<void> {
    await this.#http.text('POST', `${part(id)}/restart`, { query: options });
  }

  async kill(id: string, signal?: string): Promise<void> {
    await this.#http.text('POST', `${part(id)}/kill`, { query: { signal } });
  }

  async pause(id: string): Promise<void> {
    await this.#http.text('POST', `${part(id)}/pause`);
  }

  async unpause(id: string): Promise<void> {
    await this.#http.text('POST', `${part(id)}/unpause`);
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#http.text('POST', `${part(id)}/rename`, { query: { name } });
  }

  async remove(id: string, options: { v?: boolean; force?: boolean; link?: boolean } = {}): Promise<void> {
    await this.#http.text('DELETE', part(id), { query: options });
  }

  async update(id: string, body: Resources & { RestartPolicy?: RestartPolicy }): Promise<ContainerUpdateResponse> {
    return await this.#http.json('POST', `${part(id)}/update`, { body });
  }

  async top(id: string, psArgs: string): Promise<ContainerTopResponse> {
    return await this.#http.json('GET', `${part(id)}/top`, { query: { ps_args: psArgs === '' ? undefined : psArgs } });
  }

  async changes(id: string): Promise<readonly FilesystemChange[] | null> {
    return await this.#http.json('GET', `${part(id)}/changes`);
  }

  /**
   * Resolves as soon as the engine waits, so that a start afterwards cannot be missed.
   * `exit` is the end of the wait. @throws ApiError for an unknown container or condition
   */
  async wait(
    id: string,
    condition?: 'not-running' | 'next-exit' | 'removed',
    signal?: AbortSignal,
  ): Promise<{ exit: Promise<ContainerWaitResponse> }> {
    const response = await this.#http.response('POST', `${part(id)}/wait`, { query: { condition }, signal });
    const exit = waitBody(response);
    // Whoever asked may lose interest (the start failed); that must not become an unhandled rejection.
    exit.catch(() => undefined);
    return { exit };
  }

  async attach(id: string, options: AttachOptions): Promise<Hijacked> {
    const query = { stream: true, ...options, logs: options.logs === true ? true : undefined };
    return await this.#http.hijack(`${part(id)}/attach`, { query });
  }

  async logs(id: string, options: LogsOptions): Promise<Answer> {
    const { signal, ...query } = options;
    return await this.#http.response('GET', `${part(id)}/logs`, { query, signal });
  }

  async resize(id: string, size: { h: number; w: number }): Promise<void> {
    await this.#http.text('POST', `${part(id)}/resize`, { query: size });
  }

  /** One sample; without `oneShot` the engine waits for a second one, so that CPU percentages are right. */
  async stats(id: string, oneShot = false): Promise<ContainerStatsResponse> {
    return await this.#http.json('GET', `${part(id)}/stats`, { query: { stream: false, 'one-shot': oneShot } });
  }

  async statsStream(id: string, signal?: AbortSignal): Promise<AsyncIterable<ContainerStatsResponse>> {
    return jsonLines(await this.#http.response('GET', `${part(id)}/stats`, { query: { stream: true }, signal }));
  }

  async export(id: string): Promise<Answer> {
    return await this.#http.response('GET', `${part(id)}/export`);
  }

  async statPath(id: string, path: string): Promise<PathStat> {
    const response = await this.#http.response('HEAD', `${part(id)}/archive`, { query: { path } });
    response.resume();
    return pathStat(response);
  }

  async getArchive(id: string, path: string): Promise<{ stat: PathStat; tar: Answer }> {
    const tar = await this.#http.response('GET', `${part(id)}/archive`, { query: { path } });
    return { stat: pathStat(tar), tar };
  }

  async putArchive(
    id: string,
    path: string,
    tar: AsyncIterable<Uint8Array>,
    options: { noOverwriteDirNonDir?: boolean; copyUIDGID?: boolean } = {},
  ): Promise<void> {
    const query = {
      path,
      noOverwriteDirNonDir: options.noOverwriteDirNonDir === true ? true : undefined,
      copyUIDGID: options.copyUIDGID === true ? true : undefined,
    };
    await this.#http.text('PUT', `${part(id)}/archive`, { query, stream: tar });
  }

  async commit(
    container: string,
    query: { repo?: string; tag?: string; comment?: string; author?: string; pause?: boolean; changes?: string[] },
  ): Promise<{ Id: string }> {
    return await this.#http.json('POST', '/commit', { query: { container, ...query }, body: {} });
  }

  async prune(filters?: FilterQuery): Promise<PruneReport> {
    return await this.#http.json('POST', '/containers/prune', { query: { filters: encodeFilters(filters) } });
  }

  async execCreate(id: string, body: ExecBody): Promise<{ Id: string }> {
    return await this.#http.json('POST', `${part(id)}/exec`, { body });
  }

  async execStart(execId: string, body: { Tty?: boolean; ConsoleSize?: readonly [number, number] }): Promise<Hijacked> {
    return await this.#http.hijack(`/exec/${execId}/start`, { body: { Detach: false, ...body } });
  }

  async execStartDetached(execId: string, tty: boolean): Promise<void> {
    await this.#http.text('POST', `/exec/${execId}/start`, { body: { Detach: true, Tty: tty } });
  }

  async execInspect(execId: string): Promise<ExecInspect> {
    return await this.#http.json('GET', `/exec/${execId}/json`);
  }

  async execResize(execId: string, size: { h: number; w: number }): Promise<void> {
    await this.#http.text('POST', `/exec/${execId}/resize`, { query: size });
  }
}

async function waitBody(response: Answer): Promise<ContainerWaitResponse> {
  return JSON.parse(await bodyText(response)) as ContainerWaitResponse;
}

function pathStat(response: Answer): PathStat {
  const header = response.headers['x-docker-container-path-stat'];
  if (typeof header !== 'string') throw new Error('the engine did not say what the path is');
  return JSON.parse(textFromBase64(header)) as PathStat;
}
