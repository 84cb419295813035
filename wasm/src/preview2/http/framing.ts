// How long a body is, and where it ends: by its length, in chunks, or with the connection.

import { BadMessage, valuesOf, type Field } from './head.ts';

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

/** Of a request's body. @throws BadMessage */
export function requestFraming(fields: readonly Field[]): Framing {
  return declared(fields) ?? { kind: 'none' };
}

/** Of a response's body. @param method of its request @throws BadMessage */
export function responseFraming(method: string, status: number, fields: readonly Field[]): Framing {
  if (hasNoBody(method, status)) return { kind: 'none' };
  return declared(fields) ?? { kind: 'close' };
}

/** Whatever its fields say. */
export function hasNoBody(method: string, status: number): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304;
}

function declared(fields: readonly Field[]): Framing | undefined {
  const codings = valuesOf(fields, 'transfer-encoding');
  const lengths = valuesOf(fields, 'content-length');
  if (codings.length > 0) {
    if (lengths.length > 0) throw new BadMessage('it has two lengths');
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked')
      throw new BadMessage('it has an unknown transfer coding');
    return { kind: 'chunked' };
  }
  const [length] = lengths;
  if (length === undefined) return undefined;
  if (lengths.some((other) => other !== length) || !/^\d{1,15}$/v.test(length)) {
    throw new BadMessage('its length is none');
  }
  return { kind: 'length', bytes: Number(length) };
}
