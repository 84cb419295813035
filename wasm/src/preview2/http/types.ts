// wasi:http as a component sees it.
// https://github.com/WebAssembly/WASI/tree/main/proposals/http

import type { Sockets } from '../../preview1/sockets.ts';
import type { Calls } from '../calls.ts';
import type { IoError } from '../streams.ts';
import type { HostInterface } from '../world.ts';
import { FutureTrailers, IncomingBody, OutgoingBody } from './bodies.ts';
import { httpCode } from './codes.ts';
import { Fields } from './fields.ts';
import type { Field } from './head.ts';
import { IncomingRequest, IncomingResponse, OutgoingRequest, OutgoingResponse } from './messages.ts';
import { FutureIncomingResponse, RequestOptions } from './outgoing.ts';
import { ResponseOutparam } from './responding.ts';

export function http(calls: Calls, sockets: Sockets): Readonly<Record<string, HostInterface>> {
  return {
    'wasi:http/outgoing-handler': {
      functions: {
        handle: (request: OutgoingRequest, options: RequestOptions | undefined) =>
          calls.inside(() => new FutureIncomingResponse(calls, sockets, request, options), httpCode),
      },
    },
    'wasi:http/types': {
      functions: { httpErrorCode: ({ errno }: IoError) => httpCode(errno) },
      resources: {
        Fields: {
          type: Fields,
          methods: ['get', 'has', 'set', 'delete', 'append', 'entries', 'clone'],
          statics: { fromList: (entries: readonly Field[]) => Fields.fromList(entries) },
          make: () => new Fields(),
        },
        IncomingRequest: {
          type: IncomingRequest,
          methods: ['method', 'pathWithQuery', 'scheme', 'authority', 'headers', 'consume'],
        },
        OutgoingRequest: {
          type: OutgoingRequest,
          methods: requestMethods,
          make: (headers: Fields) => new OutgoingRequest(calls, headers),
        },
        RequestOptions: { type: RequestOptions, methods: optionMethods, make: () => new RequestOptions() },
        ResponseOutparam: {
          type: ResponseOutparam,
          methods: ['sendInformational'],
          statics: { set: (...values: Parameters<typeof ResponseOutparam.set>) => ResponseOutparam.set(...values) },
        },
        IncomingResponse: { type: IncomingResponse, methods: ['status', 'headers', 'consume'] },
        IncomingBody: {
          type: IncomingBody,
          methods: ['stream'],
          statics: { finish: (body: IncomingBody) => IncomingBody.finish(body) },
        },
        FutureTrailers: { type: FutureTrailers, methods: ['subscribe', 'get'] },
        OutgoingResponse: {
          type: OutgoingResponse,
          methods: ['statusCode', 'setStatusCode', 'headers', 'body'],
          make: (headers: Fields) => new OutgoingResponse(calls, headers),
        },
        OutgoingBody: {
          type: OutgoingBody,
          methods: ['write'],
          statics: { finish: (body: OutgoingBody, trailers?: Fields) => OutgoingBody.finish(body, trailers) },
        },
        FutureIncomingResponse: { type: FutureIncomingResponse, methods: ['subscribe', 'get'] },
      },
    },
  };
}

const requestMethods = [
  'body',
  'method',
  'setMethod',
  'pathWithQuery',
  'setPathWithQuery',
  'scheme',
  'setScheme',
  'authority',
  'setAuthority',
  'headers',
];

const optionMethods = [
  'connectTimeout',
  'setConnectTimeout',
  'firstByteTimeout',
  'setFirstByteTimeout',
  'betweenBytesTimeout',
  'setBetweenBytesTimeout',
];
