// BuildKit's API over the engine's own builder, for clients that take `/grpc` and `/session` over: an HTTP/2 server on the one, an
// HTTP/2 client on the other.

import type { ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { ProgressMessage } from '../spec/engine/images.ts';
import type { Engine } from '../spec/engine/system.ts';
import { messageOf } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import type { Linter } from './builds/lint-answer.ts';
import { Jobs } from './builds/job.ts';
import { BuildNames } from './builds/names.ts';
import { type TracedBuild, tracedBuild } from './builds/traced.ts';
import { cacheMethods } from './cache.ts';
import { controlMethods } from './control.ts';
import { gatewayMethods } from './gateway.ts';
import { maximumMessage } from './grpc/frames.ts';
import { type Methods, serveMethods, unary } from './grpc/server.ts';
import { empty } from './messages/common.ts';
import { historyMethods } from './history.ts';
import { integer, message } from './protobuf/message.ts';
import { type SessionOffer, Sessions } from './sessions.ts';

export interface BuildKitDeps {
  readonly engine: Pick<Engine, 'builds' | 'system'>;
  readonly logger: Logger;
  readonly version: string;
  /** Finds what is wrong with a Dockerfile. */
  readonly lint: Linter;
  /** A folder of ours in memory, for the sockets of agents. */
  readonly socketFolder: string;
}

export interface BuildKit {
  /** Serves gRPC on a connection until it ends. */
  grpc(connection: Duplex): Promise<void>;
  /** Keeps a client's session until its connection ends. @throws EngineError for an offer that makes no sense */
  session(connection: Duplex, offer: SessionOffer): Promise<void>;
  /** A build that is told in lines of JSON. */
  build(request: TracedBuild): AsyncIterable<ProgressMessage>;
}

export function createBuildKit(deps: BuildKitDeps): BuildKit {
  const sessions = new Sessions();
  const { engine, version, lint, socketFolder } = deps;
  const common = {
    builds: engine.builds,
    system: engine.system,
    version,
    lint,
    socketFolder,
    sessions,
    jobs: new Jobs(),
    names: new BuildNames(),
  };
  const methods: Methods = {
    ...controlMethods(common),
    ...gatewayMethods(common),
    ...cacheMethods(common),
    ...historyMethods(common),
    '/grpc.health.v1.Health/Check': unary(empty, message({ status: integer(1) }), () => ({ status: 1 })),
  };
  const failed = (error: unknown): void => deps.logger.error('a gRPC call failed', { error: messageOf(error) });
  return {
    grpc: (connection) => serveGrpc(connection, methods, failed),
    session: (connection, offer) => sessions.serve(connection, offer),
    build: (request) => tracedBuild(common, request),
  };
}

/** Of one connection at the same time. */
const mostCalls = 100;

async function serveGrpc(connection: Duplex, methods: Methods, failed: (error: unknown) => void): Promise<void> {
  const http2 = process.getBuiltinModule('node:http2');
  const session: ServerHttp2Session = http2.performServerHandshake(connection, {
    maxSendHeaderBlockLength: 256 * 1024,
    settings: { maxConcurrentStreams: mostCalls, initialWindowSize: 1024 * 1024, maxHeaderListSize: 64 * 1024 },
    maxSessionMemory: Math.ceil((2 * maximumMessage) / 2 ** 20),
  });
  serveMethods(session, methods, failed);
  await new Promise<void>((resolve) => {
    // An error is followed by the end, which is all that there is to know.
    session.on('error', () => session.destroy());
    session.once('close', resolve);
  });
}
