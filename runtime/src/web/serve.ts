// Answers requests that come with ports.

import type { InProcessAnswer, InProcessRequest } from '../api/in-process.ts';
import { messageOf } from '../spec/errors.ts';
import { Channel } from './channel.ts';
import type { RequestMessage } from './protocol.ts';

/** @param api never rejects */
export async function serveRequest(
  api: (request: InProcessRequest) => Promise<InProcessAnswer>,
  { method, url, headers, body, port }: RequestMessage,
): Promise<void> {
  const channel = new Channel(port);
  const answer = await api({
    method,
    url,
    headers,
    bodyLength: body === 'pieces' ? undefined : body.length,
    body: body === 'pieces' ? channel.input() : one(body),
    signal: channel.gone,
  });
  const { session } = answer;
  channel.sendHead({ status: answer.status, headers: answer.headers, isSession: session !== undefined });
  if (session !== undefined) {
    channel.gone.addEventListener('abort', () => session.close(), { once: true });
    if (channel.gone.aborted) session.close();
    else void feed(session, channel);
  }
  try {
    for await (const chunk of answer.body) {
      await channel.send(chunk);
      if (channel.gone.aborted) return;
    }
    channel.end();
  } catch (error) {
    channel.fail(messageOf(error));
  }
}

async function feed(session: NonNullable<InProcessAnswer['session']>, channel: Channel): Promise<void> {
  try {
    for await (const chunk of channel.input()) await session.write(chunk);
    await session.endInput();
  } catch {
    // The client has gone, or the process takes no more: both end the conversation, which its other half tells.
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
