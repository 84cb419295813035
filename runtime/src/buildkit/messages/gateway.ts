// moby.buildkit.v1.frontend.LLBBridge: frontend/gateway/pb/gateway.proto of BuildKit.

import { bytes, flag, integer, list, map, message, nested, text, texts, type ValueOf } from '../protobuf/message.ts';
import { definition, definitions, status, workerRecord } from './common.ts';

const capability = message({ id: text(1), enabled: flag(2) });

export const pongResponse = message({
  frontendCaps: list(nested(1, capability)),
  llbCaps: list(nested(2, capability)),
  workers: list(nested(3, workerRecord)),
});

const ref = message({ id: text(1), def: nested(2, definition) });

const result = message({
  ref: nested(3, ref),
  refs: nested(4, message({ refs: map(1, (number) => nested(number, ref)) })),
  metadata: map(10, bytes),
});
export type Result = ValueOf<typeof result>;

export const bridgeSolveRequest = message({
  definition: nested(1, definition),
  frontend: text(2),
  frontendOpt: texts(3),
  cacheImports: list(nested(12, message({ type: text(1), attrs: texts(2) }))),
  frontendInputs: definitions(13),
  evaluate: flag(14),
});
export type BridgeSolveRequest = ValueOf<typeof bridgeSolveRequest>;

export const bridgeSolveResponse = message({ result: nested(3, result) });

export const returnRequest = message({ result: nested(1, result), error: nested(2, status) });

export const evaluateRequest = message({ ref: text(1) });

/** `ReadFile`, `StatFile` and `ReadDir` begin alike. */
export const fileRequest = message({ ref: text(1), path: text(2), mountIndex: integer(4) });
