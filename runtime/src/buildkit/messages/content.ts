// containerd.services.content.v1.Content, which BuildKit's clients serve on their sessions for folders of theirs:
// api/services/content/v1/content.proto of containerd.

import { bytes, integer, message, text } from '../protobuf/message.ts';

/** `stat` begins a write and says nothing yet, `commit` ends it. */
export const writeActions = { stat: 0, write: 1, commit: 2 } as const;

export const writeContentRequest = message({
  action: integer(1),
  ref: text(2),
  total: integer(3),
  expected: text(4),
  offset: integer(5),
  data: bytes(6),
});

export const readContentRequest = message({ digest: text(1) });
export const readContentResponse = message({ data: bytes(2) });

export const abortRequest = message({ ref: text(1) });
