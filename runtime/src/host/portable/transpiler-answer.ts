// What the thread that transpiles components does with each question.

import { UnsupportedComponent } from '../../../../wasm/src/preview2/parts.ts';
import { transpile } from '../../../../wasm/src/preview2/transpile.ts';
import type { TranspilerAnswer, TranspilerQuestion } from './transpiler.ts';

export async function answerTo({ id, bytes, inTurns }: TranspilerQuestion): Promise<TranspilerAnswer> {
  try {
    return { id, parts: await transpile(bytes, inTurns) };
  } catch (error) {
    const isUnsupported = error instanceof UnsupportedComponent;
    return { id, failed: error instanceof Error ? error.message : String(error), isUnsupported };
  }
}

/** What need not be copied on the way. */
export function buffersOf(answer: TranspilerAnswer): ArrayBuffer[] {
  return 'parts' in answer ? answer.parts.cores.map(({ bytes }) => bytes.buffer as ArrayBuffer) : [];
}
