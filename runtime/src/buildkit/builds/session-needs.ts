// What a build asks of its client only when it needs it: secrets, SSH agents, credentials for registries.

import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { AuthConfig } from '../../spec/api/images.ts';
import type { BuildSession, SocketAccess } from '../../spec/engine/builds.ts';
import { EngineError } from '../../spec/errors.ts';
import type { DuplexCall } from '../grpc/client.ts';
import { codes, GrpcError } from '../grpc/status.ts';
import { bytesMessage } from '../messages/common.ts';
import {
  checkAgentRequest,
  credentialsRequest,
  credentialsResponse,
  getSecretRequest,
  getSecretResponse,
} from '../messages/session.ts';
import type { Session } from '../sessions.ts';

const methods = {
  secret: '/moby.buildkit.secrets.v1.Secrets/GetSecret',
  checkAgent: '/moby.sshforward.v1.SSH/CheckAgent',
  forwardAgent: '/moby.sshforward.v1.SSH/ForwardAgent',
  credentials: '/moby.filesync.v1.Auth/Credentials',
} as const;

/** The client's credentials for Docker Hub are asked for by this name. */
const hubHost = 'registry-1.docker.io';

/** As BuildKit. */
const longestSecret = 500 * 1024;

export function sessionOf(session: Session, folder: string, signal: AbortSignal): BuildSession & AsyncDisposable {
  return new SessionNeeds(session, folder, signal);
}

class SessionNeeds implements BuildSession, AsyncDisposable {
  readonly #session: Session;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #sockets = new AsyncDisposableStack();

  constructor(session: Session, folder: string, signal: AbortSignal) {
    this.#session = session;
    this.#folder = folder;
    this.#signal = signal;
  }

  async secret(id: string): Promise<Uint8Array | undefined> {
    const answer = await this.#ask(methods.secret, getSecretRequest.encode({ id }));
    if (answer === undefined) return undefined;
    const { data } = getSecretResponse.decode(answer);
    if (data.length <= longestSecret) return data;
    throw new EngineError('invalidParameter', `secret ${id} is larger than ${longestSecret} bytes`);
  }

  async credentials(domain: string): Promise<AuthConfig | undefined> {
    const host = domain === 'docker.io' ? hubHost : domain;
    const answer = await this.#ask(methods.credentials, credentialsRequest.encode({ host }));
    if (answer === undefined) return undefined;
    const { username, secret } = credentialsResponse.decode(answer);
    if (secret === '') return undefined;
    return username === '' ? { identitytoken: secret } : { username, password: secret };
  }

  async sshAgent(id: string, access: SocketAccess): Promise<string | undefined> {
    const name = id === '' ? 'default' : id;
    if ((await this.#ask(methods.checkAgent, checkAgentRequest.encode({ id: name }))) === undefined) return undefined;
    const folder = join(this.#folder, randomBytes(8).toString('hex'));
    await mkdir(folder, { recursive: true, mode: 0o711 });
    this.#sockets.defer(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'agent');
    const server = process.getBuiltinModule('node:net').createServer((socket) => void this.#forward(socket, name));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    this.#sockets.defer(() => void server.close());
    await chown(path, access.uid, access.gid);
    await chmod(path, access.mode);
    return path;
  }

  /** @returns undefined where the client has not got it */
  async #ask(method: string, request: Uint8Array): Promise<Uint8Array | undefined> {
    if (!this.#session.serves(method)) return undefined;
    try {
      return await this.#session.channel.unary(method, request, { signal: this.#signal });
    } catch (error) {
      const isAbsent =
        error instanceof GrpcError &&
        (error.code === codes.notFound || /\bnot found\b|unset ssh forward key/.test(error.message));
      if (isAbsent) return undefined;
      throw error;
    }
  }

  /** One connection of a step to the client's agent. */
  async #forward(socket: Socket, id: string): Promise<void> {
    // Its end is all that there is to know of it.
    socket.on('error', () => socket.destroy());
    try {
      const options = { metadata: { 'buildkit.ssh.id': id }, signal: this.#signal };
      using call = this.#session.channel.duplex(methods.forwardAgent, options);
      await Promise.all([toClient(socket, call), toStep(call, socket)]);
    } catch {
      // The client or the step has gone: the other sees a connection that ends.
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets.disposeAsync();
  }
}

async function toClient(socket: Socket, call: DuplexCall): Promise<void> {
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    await call.send(bytesMessage.encode({ data: chunk }));
  }
  call.end();
}

async function toStep(call: DuplexCall, socket: Socket): Promise<void> {
  for await (const message of call.messages) socket.write(bytesMessage.decode(message).data);
  socket.end();
}
