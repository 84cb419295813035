// The thread that transpiles components: it answers each message with what came of it.

import { parentPort } from 'node:worker_threads';
import { answerTo, buffersOf } from '../portable/transpiler-answer.ts';
import type { TranspilerQuestion } from '../portable/transpiler.ts';

async function serve(question: TranspilerQuestion): Promise<void> {
  const answer = await answerTo(question);
  parentPort?.postMessage(answer, buffersOf(answer));
}

parentPort?.on('message', (question: TranspilerQuestion) => void serve(question));
