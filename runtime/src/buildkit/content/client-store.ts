// A folder of the client as a store of contents: an OCI layout that its BuildKit reads and writes for us, by digests. The client keeps
// `index.json` itself.

import { createHash, randomBytes } from 'node:crypto';
import { algorithmOf, type Digest } from '../../spec/digest.ts';
import { EngineError } from '../../spec/errors.ts';
import { type Descriptor, maximumManifestSize } from '../../spec/manifest.ts';
import type { DuplexCall } from '../grpc/client.ts';
import { codes, GrpcError } from '../grpc/status.ts';
import {
  abortRequest,
  readContentRequest,
  readContentResponse,
  writeActions,
  writeContentRequest,
} from '../messages/content.ts';
import type { Session } from '../sessions.ts';

const service = '/containerd.services.content.v1.Content';
const methods = { read: `${service}/Read`, write: `${service}/Write`, abort: `${service}/Abort` } as const;
/** Which of its folders a call is about. */
const storeHeader = 'buildkit-attachable-store-id';

type Bytes = AsyncIterable<Uint8Array>;

export class ClientStore {
  readonly #session: Session;
  readonly #id: string;
  readonly #signal: AbortSignal;

  /**
   * @param id as the client calls it: `local:` and the path, or `export`
   * @throws EngineError notFound for a client that has no stores, invalidParameter for a path that no call can name
   */
  constructor(session: Session, id: string, signal: AbortSignal) {
    if (!session.serves(methods.read)) throw new EngineError('notFound', 'the client gives no folder for contents');
    if (!/^[\x20-\x7e]*$/.test(id)) {
      const words = `${id.replace(/^local:/, '')}: the path of a cache can have ASCII characters only`;
      throw new EngineError('invalidParameter', words);
    }
    this.#session = session;
    this.#id = id;
    this.#signal = signal;
  }

  /** Whatever the client sends: who reads it checks it. @throws GrpcError notFound for what is not there */
  async *read({ digest }: Pick<Descriptor, 'digest'>): AsyncGenerator<Uint8Array, void, undefined> {
    using call = this.#call(methods.read);
    await call.send(readContentRequest.encode({ digest }));
    call.end();
    for await (const message of call.messages) yield readContentResponse.decode(message).data;
  }

  /** @throws EngineError invalidParameter for one that is too large, or not what its digest names */
  async manifest(digest: Digest): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of this.read({ digest })) {
      size += part.length;
      if (size > maximumManifestSize) throw new EngineError('invalidParameter', `${digest} is larger than 4 MiB`);
      parts.push(part);
    }
    const bytes = Buffer.concat(parts);
    const algorithm = algorithmOf(digest);
    if (`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` === digest) return bytes;
    throw new EngineError('invalidParameter', `${digest} is something else in the client's folder`);
  }

  /** Nothing is sent of what is there. @throws GrpcError as the client says what went wrong */
  async write({ digest, size }: Pick<Descriptor, 'digest' | 'size'>, content: Bytes): Promise<void> {
    const ref = `coracle-${randomBytes(8).toString('hex')}`;
    try {
      using call = this.#call(methods.write);
      const writing = new Writing(call, ref);
      await writing.say({ action: writeActions.stat, total: size, expected: digest });
      for await (const data of content) await writing.say({ action: writeActions.write, data });
      await writing.say({ action: writeActions.commit, total: size, expected: digest });
      await writing.finish();
    } catch (error) {
      if (error instanceof GrpcError && error.code === codes.alreadyExists) return;
      await this.#abort(ref);
      throw error;
    }
  }

  /** Nothing half-written stays in the client's folder. */
  async #abort(ref: string): Promise<void> {
    if (this.#signal.aborted) return;
    try {
      await this.#session.channel.unary(methods.abort, abortRequest.encode({ ref }), this.#options());
    } catch {
      // Why the write failed is told, and says more.
    }
  }

  #call(method: string): DuplexCall {
    return this.#session.channel.duplex(method, this.#options());
  }

  #options() {
    return { metadata: { [storeHeader]: this.#id }, signal: this.#signal };
  }
}

/** One write, in which each message is answered. */
class Writing {
  readonly #call: DuplexCall;
  readonly #answers: AsyncIterator<Uint8Array>;
  readonly #ref: string;
  #offset = 0;

  constructor(call: DuplexCall, ref: string) {
    this.#call = call;
    this.#answers = call.messages[Symbol.asyncIterator]();
    this.#ref = ref;
  }

  async say(request: Parameters<typeof writeContentRequest.encode>[0]): Promise<void> {
    await this.#call.send(writeContentRequest.encode({ ...request, ref: this.#ref, offset: this.#offset }));
    const answer = await this.#answers.next();
    if (answer.done === true) throw new GrpcError(codes.internal, 'the client ended a write early');
    this.#offset += request.data?.length ?? 0;
  }

  async finish(): Promise<void> {
    this.#call.end();
    while ((await this.#answers.next()).done !== true);
  }
}
