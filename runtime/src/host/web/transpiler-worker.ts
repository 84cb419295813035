// The worker of a browser that transpiles components: it answers each message with what came of it.

import { answerTo, buffersOf } from '../portable/transpiler-answer.ts';
import type { TranspilerQuestion } from '../portable/transpiler.ts';

const scope = globalThis as unknown as {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown, transfer: readonly object[]): void;
  /** What the transpiler's own modules are beside: its bundle takes this for its address (`.ci/web.mjs`). */
  coracleTranspilerUrl: string;
};

async function serve(question: TranspilerQuestion): Promise<void> {
  const answer = await answerTo(question);
  scope.postMessage(answer, buffersOf(answer));
}

scope.onmessage = ({ data }) => {
  scope.coracleTranspilerUrl = data as string;
  scope.onmessage = (event) => void serve(event.data as TranspilerQuestion);
};
