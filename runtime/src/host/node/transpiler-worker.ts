// The thread that transpiles components: it answers each message with what came of it.

import { parentPort } from 'node:worker_threads';
import { UnsupportedComponent } from '../../../../wasm/src/preview2/parts.ts';
import { transpile } from '../../../../wasm/src/preview2/transpile.ts';
import type { TranspilerAnswer, TranspilerQuestion } from './transpiler.ts';

async function answer({ id, bytes }: TranspilerQuestion): Promise<TranspilerAnswer> {
  try {
    return { id, parts: await transpile(bytes) };
  } catch (error) {
    const isUnsupported = error instanceof UnsupportedComponent;
    return { id, failed: error instanceof Error ? error.message : String(error), isUnsupported };
  }
}

async function serve(question: TranspilerQuestion): Promise<void> {
  const done = await answer(question);
  const cores = 'parts' in done ? done.parts.cores.map(({ bytes }) => bytes.buffer as ArrayBuffer) : [];
  parentPort?.postMessage(done, cores);
}

parentPort?.on('message', (question: TranspilerQuestion) => void serve(question));
