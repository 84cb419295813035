// Requests by `fetch`: to registries that allow it to the page's origin, which few do.

import { EngineError, messageOf } from '../../spec/errors.ts';
import type { Bytes, HttpRequest, HttpResponse, HttpTransport } from '../host.ts';

export const webHttp: HttpTransport = {
  request: async ({ method, url, headers, body, signal }: HttpRequest): Promise<HttpResponse> => {
    const sent = body === undefined || body instanceof Uint8Array ? body : await whole(body);
    try {
      const answer = await fetch(url, {
        method,
        ...(headers === undefined ? {} : { headers }),
        ...(sent === undefined ? {} : { body: sent as Uint8Array<ArrayBuffer> }),
        ...(signal === undefined ? {} : { signal }),
        // A browser hides where a redirect leads, so that it has to follow it itself.
        redirect: 'follow',
        credentials: 'omit',
      });
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: bodyOf(answer) };
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      const { host } = new URL(url);
      const why = `${host}: ${messageOf(cause)}: a browser reaches only servers that allow it to this page (CORS)`;
      throw new EngineError('unavailable', why, { cause });
    }
  },
};

/** Requests of a browser have no stream as their body everywhere. */
async function whole(body: Bytes): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of body) parts.push(Uint8Array.from(chunk));
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function* bodyOf(answer: Response): AsyncGenerator<Uint8Array> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
