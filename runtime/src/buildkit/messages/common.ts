// Messages that several services share.

import { bytes, integer, list, long, map, message, nested, text, texts } from '../protobuf/message.ts';

export const empty = message({});

/** google.protobuf.Timestamp */
export const timestamp = message({ seconds: long(1), nanos: integer(2) });

/** google.rpc.Status */
export const status = message({
  code: integer(1),
  message: text(2),
  details: list(nested(3, message({ typeUrl: text(1), value: bytes(2) }))),
});

export const platform = message({ architecture: text(1), os: text(2), variant: text(3) });

const position = message({ line: integer(1), character: integer(2) });

/** Lines of a file, from 1. */
export const range = message({ start: nested(1, position), end: nested(2, position) });

export const sourceInfo = message({ filename: text(1), data: bytes(2), language: text(4) });

/** A part of a build in the low-level form: opaque here, but for its presence. */
export const definition = message({ def: list(bytes(1)) });

export const definitions = (number: number) => map(number, (inner) => nested(inner, definition));

export const buildkitVersion = message({ package: text(1), version: text(2), revision: text(3) });

export const workerRecord = message({
  id: text(1),
  labels: texts(2),
  platforms: list(nested(3, platform)),
  buildkitVersion: nested(5, buildkitVersion),
});

/** A piece of a stream, in several services alike. */
export const bytesMessage = message({ data: bytes(1) });

/** @param ms since 1970 */
export function timestampOf(ms: number): { readonly seconds: bigint; readonly nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.floor((ms - seconds * 1000) * 1e6) };
}
