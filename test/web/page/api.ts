// What the page asks of the engine.

import type { WebAnswer, WebEngine } from '../../../runtime/src/web/client.ts';

export interface Image {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly Size: number;
}

export interface Container {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly State: string;
  readonly Status: string;
}

/** @throws Error in the engine's words */
export async function ask<T>(engine: WebEngine, method: string, url: string, value?: unknown): Promise<T> {
  const { status, body } = await engine.request({ method, url, ...jsonOf(value) });
  const text = await textOf(body);
  if (status >= 400) throw new Error((JSON.parse(text) as { readonly message: string }).message);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** A connection to a process. @throws Error in the engine's words */
export async function connect(engine: WebEngine, url: string, value?: unknown): Promise<WebAnswer> {
  const answer = await engine.request({ method: 'POST', url, ...jsonOf(value) });
  if (answer.status === 101) return answer;
  throw new Error((JSON.parse(await textOf(answer.body)) as { readonly message: string }).message);
}

/** Loads an archive of images. @throws Error with the engine's last word when that is an error */
export async function load(engine: WebEngine, archive: Blob): Promise<void> {
  const { body } = await engine.request({ method: 'POST', url: '/images/load?quiet=1', body: chunksOf(archive) });
  const lines = (await textOf(body)).trim().split('\n');
  const last = JSON.parse(lines.at(-1) ?? '{}') as { readonly error?: string; readonly message?: string };
  const problem = last.error ?? last.message;
  if (problem !== undefined) throw new Error(problem);
}

async function* chunksOf(archive: Blob): AsyncGenerator<Uint8Array> {
  const reader = archive.stream().getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

function jsonOf(value: unknown): { readonly headers?: Record<string, string>; readonly body?: Uint8Array } {
  if (value === undefined) return {};
  return {
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}
