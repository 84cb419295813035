// A context that the client reads from its stdin: it waits on the session under a path of its own.

import { bytesMessage } from '../messages/common.ts';
import type { Session } from '../sessions.ts';

const pullMethod = '/moby.upload.v1.Upload/Pull';

/** @param address `http://buildkit-session/ID` */
export async function* uploadedBytes(
  session: Session,
  address: URL,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const metadata = { urlpath: address.pathname, urlhost: address.host };
  using call = session.channel.duplex(pullMethod, { metadata, signal });
  // Nothing is said to it; and a call that is half open when the other side ends it would be reset.
  call.end();
  for await (const message of call.messages) yield bytesMessage.decode(message).data;
}
