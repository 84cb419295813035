// The worker of a browser that transpiles components: it answers each message with what came of it.

import { answerTo, buffersOf } from '../portable/transpiler-answer.ts';
import type { TranspilerQuestion } from '../portable/transpiler.ts';
import type { TranspilerSetup } from './transpiler-thread.ts';

const scope = globalThis as unknown as {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown, transfer: readonly object[]): void;
  /** The bundle of the transpiler asks it for each of its own modules (`.ci/components.mjs`). */
  coracleModule: (name: string) => Promise<WebAssembly.Module>;
};

/** Where content policies forbid to fetch a blob by an address, it can be read all the same. */
async function load(name: string, { modules }: TranspilerSetup): Promise<WebAssembly.Module> {
  if (typeof modules === 'string') return await WebAssembly.compileStreaming(fetch(new URL(name, modules)));
  const blob = modules[name];
  if (blob === undefined) throw new Error(`the transpiler of components came without ${name}`);
  return await WebAssembly.compile(new Uint8Array(await blob.arrayBuffer()));
}

async function serve(question: TranspilerQuestion): Promise<void> {
  const answer = await answerTo(question);
  scope.postMessage(answer, buffersOf(answer));
}

scope.onmessage = ({ data }) => {
  scope.coracleModule = (name) => load(name, data as TranspilerSetup);
  scope.onmessage = (event) => void serve(event.data as TranspilerQuestion);
};
