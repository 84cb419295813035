// What a client serves on its session: session/*/*.proto of BuildKit, and the packets of fsutil.

import { bytes, integer, long, map, message, nested, text, type ValueOf } from '../protobuf/message.ts';

export const packetTypes = { stat: 0, request: 1, data: 2, fin: 3, error: 4 } as const;

/** `mode` as Go's FileMode has it, `modTime` in nanoseconds since 1970. */
export const stat = message({
  path: text(1),
  mode: integer(2),
  uid: integer(3),
  gid: integer(4),
  size: integer(5),
  modTime: long(6),
  linkname: text(7),
  devmajor: integer(8),
  devminor: integer(9),
  xattrs: map(10, bytes),
});
export type Stat = ValueOf<typeof stat>;

export const packet = message({ type: integer(1), stat: nested(2, stat), id: integer(3), data: bytes(4) });
export type Packet = ValueOf<typeof packet>;

export const credentialsRequest = message({ host: text(1) });
export const credentialsResponse = message({ username: text(1), secret: text(2) });

export const getSecretRequest = message({ id: text(1) });
export const getSecretResponse = message({ data: bytes(1) });

export const checkAgentRequest = message({ id: text(1) });
