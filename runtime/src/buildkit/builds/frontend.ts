// A Dockerfile frontend, which is the engine's own builder: fetches the Dockerfile from the client, and what the build needs, and tells
// the client what goes on.

import type { Builds, BuildEvent, BuildRequest, ContextSource, SourceRange } from '../../spec/engine/builds.ts';
import { checkedText, inFile } from '../../spec/dockerfile/check-argument.ts';
import { isOwnFrontend } from '../../spec/dockerfile/frontend.ts';
import { ignoreFileNames, parseIgnoreFile } from '../../spec/dockerfile/ignore.ts';
import { parseDockerfile } from '../../spec/dockerfile/parse.ts';
import { EngineError, isKind } from '../../spec/errors.ts';
import { readTexts, transferContext, type Transferred } from '../files/client-files.ts';
import { uploadedBytes } from '../files/upload.ts';
import { ClientStore } from '../content/client-store.ts';
import type { Session, Sessions } from '../sessions.ts';
import { cacheSources, cacheTargets } from './caches.ts';
import { type DockerfileText, refusal, stepFailure } from './failure.ts';
import { internalWork, type Sent } from './internal-work.ts';
import type { Job, Solved } from './job.ts';
import type { BuildNames } from './names.ts';
import { checkRequest, lintAnswer, type Linter } from './lint-answer.ts';
import { type Attributes, entitlementsOf, type FrontendOptions, frontendOptions, withPrefix } from './options.ts';
import { outputsOf } from './outputs.ts';
import { internal, Progress, vertexDigest } from './progress.ts';
import { sessionOf } from './session-needs.ts';

export interface FrontendDeps {
  readonly builds: Builds;
  readonly names: BuildNames;
  readonly sessions: Sessions;
  readonly lint: Linter;
  /** A folder of ours in memory, for sockets. */
  readonly socketFolder: string;
}

export interface FrontendRequest {
  /** `dockerfile.v0`, or `gateway.v0` with an image as `source`. */
  readonly frontend: string;
  readonly attributes: Attributes;
  /** A tar, Dockerfile included, in place of a folder of the client. */
  readonly context?: AsyncIterable<Uint8Array>;
  /** Credentials that came with the request. */
  readonly auth?: BuildRequest['auth'];
}

/**
 * @throws GrpcError with the lines of the Dockerfile that it is about, EngineError notImplemented for what is no Dockerfile
 */
export async function solveFrontend(deps: FrontendDeps, job: Job, request: FrontendRequest): Promise<Solved> {
  refuseForeign(request);
  const { session: id } = job.request;
  // Who sends all with its request need not have one.
  const session = id === '' && request.context !== undefined ? undefined : await deps.sessions.get(id, job.signal);
  return await new Frontend(deps, job, request, session).solve();
}

function refuseForeign({ frontend, attributes }: FrontendRequest): void {
  const source = attributes.get('source') ?? '';
  if (frontend === 'dockerfile.v0' || (frontend === 'gateway.v0' && isOwnFrontend(source))) return;
  const name = frontend === 'gateway.v0' ? source : frontend;
  const what = name === '' ? 'builds without a frontend (LLB)' : `the frontend ${JSON.stringify(name)}`;
  throw new EngineError('notImplemented', `${what} cannot be built here: this engine reads Dockerfiles by itself`);
}

class Frontend {
  readonly #deps: FrontendDeps;
  readonly #job: Job;
  readonly #attributes: Attributes;
  readonly #sent: Pick<FrontendRequest, 'context' | 'auth'>;
  readonly #client: Session | undefined;
  readonly #signal: AbortSignal;
  readonly #progress: Progress;

  constructor(deps: FrontendDeps, job: Job, request: FrontendRequest, session: Session | undefined) {
    this.#deps = deps;
    this.#job = job;
    this.#attributes = request.attributes;
    this.#sent = request;
    this.#client = session;
    this.#signal = session === undefined ? job.signal : AbortSignal.any([job.signal, session.signal]);
    this.#progress = new Progress(job.request.ref, () => Date.now());
  }

  get #session(): Session {
    if (this.#client !== undefined) return this.#client;
    throw new EngineError('invalidParameter', 'this build needs a session: give one, or no folder of the client');
  }

  async solve(): Promise<Solved> {
    const options = frontendOptions(this.#attributes);
    const asked = this.#attributes.get('requestid');
    if (asked !== undefined) checkRequest(asked);
    const file = await this.#dockerfile();
    if (asked !== undefined) return await this.#lint(file, options);
    await using needs =
      this.#client === undefined ? undefined : sessionOf(this.#client, this.#deps.socketFolder, this.#signal);
    const request: BuildRequest = {
      ...options,
      ...outputsOf(this.#job.request),
      cacheFrom: cacheSources(this.#job.request, (store) => new ClientStore(this.#session, store, this.#signal)),
      cacheTo: cacheTargets(this.#job.request),
      entitlements: entitlementsOf(this.#job.request.entitlements),
      context: await this.#context(file),
      dockerfile: this.#filename,
      ...(file === undefined ? {} : { dockerfileText: file.text }),
      ...(await this.#namedContexts()),
      auth: this.#sent.auth ?? {},
      secrets: {},
      sshAgents: {},
      ...(needs === undefined ? {} : { session: needs }),
      checkOnly: false,
      signal: this.#signal,
    };
    return await this.#build(request, file);
  }

  async #lint(file: DockerfileText | undefined, options: FrontendOptions): Promise<Solved> {
    if (file === undefined) {
      const words = 'only a Dockerfile of the client can be checked: give it with -f, or check a folder';
      throw new EngineError('notImplemented', words);
    }
    const checked = checkedText(parseDockerfile(file.text), options.buildArgs);
    const findings = inFile(await this.#deps.lint(checked.text, this.#signal), checked);
    const fault = await this.#fault(file, options);
    return { build: undefined, finished: undefined, metadata: lintAnswer(file, findings, fault) };
  }

  /** Why the builder would not take it; undefined where it would. */
  async #fault(file: DockerfileText, options: FrontendOptions): Promise<unknown> {
    try {
      const { events } = await this.#deps.builds.build({
        ...options,
        context: { kind: 'none' },
        dockerfile: file.name,
        dockerfileText: file.text,
        tags: [],
        namedContexts: {},
        auth: {},
        secrets: {},
        sshAgents: {},
        checkOnly: true,
        signal: this.#signal,
      });
      for await (const _ of events);
      return undefined;
    } catch (error) {
      if (isKind(error, 'invalidParameter')) return error;
      throw error;
    }
  }

  get #filename(): string {
    return this.#attributes.get('filename') || 'Dockerfile';
  }

  /** What is not the client's own folder; undefined for that. */
  get #remote(): string | undefined {
    return this.#attributes.get('context') || undefined;
  }

  /** @returns undefined where it is in a context that is not the client's folder */
  async #dockerfile(): Promise<(DockerfileText & { readonly ignore: string | undefined }) | undefined> {
    const folder = this.#attributes.get('dockerfilekey');
    if (this.#sent.context !== undefined || (this.#remote !== undefined && folder === undefined)) return undefined;
    const name = this.#filename;
    return await this.#internal(internal.dockerfile(name), async (sent) => {
      const [ownIgnore] = ignoreFileNames(name);
      const texts = await readTexts(this.#session, folder ?? 'dockerfile', [name, ownIgnore], this.#signal);
      const text = texts.get(name);
      if (text === undefined) {
        const words = `failed to read dockerfile: open ${name}: no such file or directory`;
        throw new EngineError('notFound', words);
      }
      sent('transferring dockerfile', text.length);
      return { name, text, ignore: texts.get(ownIgnore) };
    });
  }

  async #context(file: { readonly ignore: string | undefined } | undefined): Promise<ContextSource> {
    const remote = this.#remote;
    if (this.#sent.context !== undefined) return { kind: 'tar', bytes: this.#sent.context };
    if (remote?.startsWith('http://buildkit-session/') === true) {
      return { kind: 'tar', bytes: uploadedBytes(this.#session, new URL(remote), this.#signal) };
    }
    if (remote !== undefined) return { kind: 'remote', address: remote };
    const folder = this.#attributes.get('contextkey') ?? 'context';
    const ignore = file?.ignore ?? (await this.#ignoreFile(folder));
    return await this.#internal(internal.context, async (sent) => {
      const { id, bytes } = await this.#transfer(folder, ignore);
      sent('transferring context', bytes);
      return { kind: 'offered', id };
    });
  }

  async #ignoreFile(folder: string): Promise<string> {
    return await this.#internal(internal.ignore, async (sent) => {
      const text = (await readTexts(this.#session, folder, ['.dockerignore'], this.#signal)).get('.dockerignore') ?? '';
      sent('transferring context', text.length);
      return text;
    });
  }

  #transfer(name: string, ignore: string): Promise<Transferred> {
    const except = parseIgnoreFile(ignore).map(({ negated, pattern }) => `${negated ? '!' : ''}${pattern}`);
    return transferContext(this.#deps.builds, this.#session, { name, except }, this.#signal);
  }

  async #namedContexts(): Promise<Pick<BuildRequest, 'namedContexts' | 'namedFolders'>> {
    const namedContexts: Record<string, string> = {};
    const namedFolders: Record<string, string> = {};
    for (const [key, address] of Object.entries(withPrefix(this.#attributes, 'context:'))) {
      // A platform may follow the name: there is one only.
      const name = key.replace(/::[^:]*$/, '');
      if (address.startsWith('input:')) {
        const words = `the context ${JSON.stringify(name)} is the result of another build, which is not supported`;
        throw new EngineError('notImplemented', words);
      }
      if (address.startsWith('local:')) namedFolders[name] = await this.#namedFolder(name, address.slice(6));
      else namedContexts[name] = address;
    }
    return { namedContexts, namedFolders };
  }

  async #namedFolder(name: string, folder: string): Promise<string> {
    const texts = await readTexts(this.#session, folder, ['.dockerignore'], this.#signal);
    return await this.#internal(`[context ${name}] load from client`, async (sent) => {
      const { id, bytes } = await this.#transfer(folder, texts.get('.dockerignore') ?? '');
      sent(`transferring ${name}`, bytes);
      return id;
    });
  }

  async #build(request: BuildRequest, file: DockerfileText | undefined): Promise<Solved> {
    const { id, events } = await this.#deps.builds.build(request).catch((error: unknown) => {
      throw refusal(error, file);
    });
    this.#deps.names.learn(this.#job.request.ref, id);
    const sources = new Map<number, SourceRange>();
    for await (const event of events) {
      if (event.kind === 'planned') for (const { step, source } of event.steps) sources.set(step, source);
      const warned = vertexDigest(this.#job.request.ref, internal.dockerfile(this.#filename));
      const status = this.#progress.take(event, warned);
      if (status !== undefined) await this.#job.feed.push(status);
      if (event.kind === 'finished') return { build: id, finished: event, metadata: new Map() };
      if (event.kind === 'failed') throw this.#failed(event, sources, file);
    }
    throw new EngineError('system', 'the build ended without a word');
  }

  #failed(
    event: Extract<BuildEvent, { kind: 'failed' }>,
    sources: ReadonlyMap<number, SourceRange>,
    file: DockerfileText | undefined,
  ): unknown {
    if (this.#signal.aborted) return new EngineError('cancelled', 'context canceled');
    return stepFailure(event, event.step === undefined ? undefined : sources.get(event.step), file);
  }

  #internal<T>(name: string, work: (sent: Sent) => Promise<T>): Promise<T> {
    return internalWork(this.#job, name, work);
  }
}
