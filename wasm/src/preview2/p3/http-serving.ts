// One request that a component of WASI 0.3 handles: what it answers goes out while it goes on.

import { internalError, type ErrorCode } from '../http/codes.ts';
import type { Asked } from '../http/server.ts';
import type { Membrane } from '../membrane.ts';
import { ComponentTrap } from '../parts.ts';
import { Refusal } from '../refusal.ts';
import { RealmError } from './async-side.ts';
import type { Host } from './flows.ts';
import { LaterRequest, LaterResponse } from './http-messages.ts';
import type { Later, Steps } from './later.ts';

/** @param handle the function of the realm @returns whether it is answered, to be asked while the loop runs */
export function handleLater(membrane: Membrane, host: Host, handle: unknown, asked: Asked): () => boolean {
  let isOver = false;
  const request = LaterRequest.came(host, asked.head, asked.source);
  const answered = membrane.later.call(handle, membrane.standIn(request));
  const answering = function* (): Steps<void> {
    yield* answer(answered, asked);
    isOver = true;
  };
  host.loop.launch(answering());
  return () => isOver;
}

/** @throws what the component did, where that was no answer */
function* answer(answered: Later, { give }: Asked): Steps<void> {
  let response: unknown;
  try {
    response = yield* answered.whenSettled();
  } catch (error) {
    if (!(error instanceof RealmError)) throw error;
    const code = errorCodeOf(error.value);
    if (code === undefined) throw error.value === undefined ? new ComponentTrap('it failed') : error;
    return give({ tag: 'err', val: code });
  }
  if (!(response instanceof LaterResponse)) throw new ComponentTrap('it answered with what is no response');
  const outgoing = LaterResponse.outgoing(response);
  give({ tag: 'ok', val: outgoing });
  try {
    yield* response.body.sendTo(outgoing.sink, 'HTTP-response-body-size');
  } catch (error) {
    // Whoever made the body was told.
    if (!(error instanceof Refusal)) throw error;
  }
}

/** What a handler failed with, as its type has it; undefined for what is no such thing. */
function errorCodeOf(value: unknown): ErrorCode | undefined {
  const code = (value as { readonly payload?: unknown } | null | undefined)?.payload ?? value;
  const tag: unknown = (code as { readonly tag?: unknown } | null | undefined)?.tag;
  return typeof tag === 'string' ? internalError(tag) : undefined;
}
