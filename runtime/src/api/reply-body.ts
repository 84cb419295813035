// The body of a reply that is there as a whole.

import type { Reply } from './call.ts';

const encoder = new TextEncoder();

/** Undefined for a reply without one. */
export function bodyOfReply(
  reply: Extract<Reply, { kind: 'json' | 'text' | 'empty' }>,
): { readonly type: string; readonly bytes: Uint8Array } | undefined {
  if (reply.kind === 'empty') return undefined;
  if (reply.kind === 'text') return { type: 'text/plain; charset=utf-8', bytes: encoder.encode(reply.text) };
  return { type: 'application/json', bytes: encoder.encode(`${JSON.stringify(reply.value)}\n`) };
}
