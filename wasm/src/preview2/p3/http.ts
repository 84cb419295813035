// wasi:http 0.3: requests to others, and what they and those that come consist of.
// https://github.com/WebAssembly/WASI/tree/main/proposals/http/wit

import type { Sockets } from '../../preview1/sockets.ts';
import { httpCode, type ErrorCode } from '../http/codes.ts';
import type { Field } from '../http/head.ts';
import { FutureIncomingResponse } from '../http/outgoing.ts';
import { Refusal, refuse } from '../refusal.ts';
import type { HostInterface } from '../world.ts';
import type { Host } from './flows.ts';
import { LaterFields, laterFieldsMethods, laterOptionsMethods, LaterRequestOptions } from './http-fields.ts';
import { LaterRequest, laterRequestMethods, LaterResponse, laterResponseMethods } from './http-messages.ts';
import { until, type FutureIn, type Steps, type StreamIn } from './later.ts';

const msPerNs = 1e-6;

/** By name without package. */
export function laterHttp(host: Host, sockets: Sockets): Readonly<Record<string, HostInterface>> {
  return {
    client: {
      functions: { send: (request: LaterRequest) => host.loop.start(sending(host, sockets, request)) },
    },
    types: {
      resources: {
        Fields: {
          type: LaterFields,
          methods: laterFieldsMethods,
          statics: { fromList: (entries: readonly Field[]) => LaterFields.fromEntries(entries) },
          make: () => new LaterFields(),
        },
        Request: {
          type: LaterRequest,
          methods: laterRequestMethods,
          statics: {
            new: (
              headers: LaterFields,
              data: StreamIn | undefined,
              trailers: FutureIn,
              options: LaterRequestOptions | undefined,
            ) => LaterRequest.make(host, headers, data, trailers, options),
            consumeBody: (request: LaterRequest, outcome: FutureIn) => LaterRequest.consumeBody(request, outcome),
          },
        },
        RequestOptions: {
          type: LaterRequestOptions,
          methods: laterOptionsMethods,
          make: () => new LaterRequestOptions(),
        },
        Response: {
          type: LaterResponse,
          methods: laterResponseMethods,
          statics: {
            new: (headers: LaterFields, data: StreamIn | undefined, trailers: FutureIn) =>
              LaterResponse.make(host, headers, data, trailers),
            consumeBody: (response: LaterResponse, outcome: FutureIn) => LaterResponse.consumeBody(response, outcome),
          },
        },
      },
    },
  };
}

/** The response may come before all of the body is sent, which goes on then. @throws Refusal an `error-code` */
function* sending(host: Host, sockets: Sockets, request: LaterRequest): Steps<LaterResponse> {
  const { calls } = host;
  const { options, body } = request;
  const outgoing = LaterRequest.outgoing(request);
  let future: FutureIncomingResponse;
  try {
    future = calls.inside(() => new FutureIncomingResponse(calls, sockets, outgoing, options), httpCode);
  } catch (error) {
    if (error instanceof Refusal) body.fail(error.payload as ErrorCode);
    throw error;
  }
  try {
    host.loop.launch(body.sendTo(outgoing.sink, 'HTTP-request-body-size'));
    const result = yield* until(() => FutureIncomingResponse.attempt(future), httpCode);
    if (result.tag === 'err') return refuse(result.val);
    const mostNs = options?.betweenBytesTimeout();
    return LaterResponse.came(host, result.val, mostNs === undefined ? undefined : Number(mostNs) * msPerNs);
  } finally {
    future[Symbol.dispose]();
  }
}
