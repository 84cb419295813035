// Work of ours around a build that the client sees as a vertex.

import { messageOf } from '../../spec/errors.ts';
import type { Job } from './job.ts';
import { internalVertex, transfer, vertexDigest } from './progress.ts';

/** Tells the bytes of something that was transferred. */
export type Sent = (what: string, bytes: number) => void;

/** @throws what the work throws */
export async function internalWork<T>(
  { feed, request }: Pick<Job, 'feed' | 'request'>,
  name: string,
  work: (sent: Sent) => Promise<T>,
): Promise<T> {
  const startedMs = Date.now();
  const push = (end: { readonly completedMs?: number; readonly error?: string }): void =>
    void feed.push({ vertexes: [internalVertex(request.ref, name, { startedMs, ...end })] });
  push({});
  try {
    const result = await work((what, bytes) => {
      void feed.push({ statuses: [transfer(vertexDigest(request.ref, name), what, bytes, startedMs)] });
    });
    push({ completedMs: Date.now() });
    return result;
  } catch (error) {
    push({ completedMs: Date.now(), error: messageOf(error) });
    throw error;
  }
}
