// A world for the JavaScript of components: a context of V8 that knows the language and WebAssembly, and nothing of Node. It makes code
// neither of text nor of bytes, and promises of its own come to nothing once it has stopped. It is no wall by itself: whoever lets objects
// of this world in gives it away, so only what has a membrane does (`wasm/src/preview2/membrane.ts`).

import { constants, createContext, Script } from 'node:vm';

export interface Realm {
  evaluate(source: string, name: string): unknown;
  drain(): undefined;
}

const nothing = new Script('0');

export function nodeRealm(): Realm {
  overhearRealms();
  const context = createContext(constants.DONT_CONTEXTIFY, {
    name: 'component',
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: 'afterEvaluate',
  });
  return {
    drain: () => {
      nothing.runInContext(context);
      return undefined;
    },
    evaluate: (source, filename) => new Script(`'use strict';${source}`, { filename }).runInContext(context) as unknown,
  };
}

let overhears = false;

/** What is rejected in a realm, and followed by nobody there, is its own affair. */
function overhearRealms(): void {
  if (overhears) return;
  overhears = true;
  process.on('unhandledRejection', (reason, promise) => {
    if (promise instanceof Promise) throw reason;
  });
}

/** Realms for programs one after another: while none runs the next one's is made, which takes longer than many a program. */
export function nodeRealms(): () => Realm {
  let spare: Realm | undefined;
  return () => {
    const realm = spare ?? nodeRealm();
    spare = undefined;
    setImmediate(() => (spare ??= nodeRealm())).unref();
    return realm;
  };
}

/**
 * For threads that have realms: in the world of this thread no object leads to what makes code of text. V8 itself may hand one over, with
 * an error of its own.
 */
export function sealThread(): void {
  const functions = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const each of functions) Reflect.deleteProperty(Object.getPrototypeOf(each) as object, 'constructor');
}
