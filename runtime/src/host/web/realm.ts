// A world for the JavaScript of components in a browser, which gives threads one world each: what the language has is frozen there first, and
// what runs as a component sees names of the language only. As in Node it is no wall by itself: what is given to it goes through a membrane.

import { leavesRealm, UnsupportedComponent } from '../../../../wasm/src/preview2/parts.ts';
import type { Realm } from '../../../../wasm/src/preview2/realm.ts';
import { breather } from './breather.ts';

/** What a component sees, of the language. */
const names = [
  'Object Array String Number Boolean Symbol BigInt Math JSON Reflect Proxy Map Set WeakMap WeakSet Promise Date',
  'RegExp ArrayBuffer DataView WebAssembly Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array',
  'Int32Array Uint32Array BigInt64Array BigUint64Array Float32Array Float64Array NaN Infinity Error TypeError',
  'RangeError SyntaxError ReferenceError EvalError URIError AggregateError isNaN isFinite parseInt parseFloat',
].flatMap((line) => line.split(' '));

const global = globalThis as unknown as Record<string, unknown>;
/** Where a script gives its value, once. */
const slot = 'coracleRealmValue';

/** Of all that runs in realms, in stacks of errors. */
const scriptName = 'coracle-component.js';

/** Whether what a promise was rejected with came about in a realm, where nobody follows all promises: that is a component's own affair. */
export function isOfRealm(reason: unknown): boolean {
  // What we throw are errors.
  if (!(reason instanceof Error)) return true;
  const [frame = ''] = reason.stack?.match(/^ +at .*$/mv) ?? [];
  return frame.includes(scriptName) || frame.includes('wasm://');
}

let rest: (() => Promise<void>) | undefined;

/** The first one of a thread freezes what the language has there. */
export function webRealm(): Realm {
  freezeLanguage();
  const own = Object.fromEntries(names.map((name) => [name, global[name]]));
  own['globalThis'] = own;
  own['console'] = Object.freeze({ error: () => undefined, debug: () => undefined });
  return { evaluate: (source) => evaluate(source, own), drain: () => (rest ??= breather())() };
}

/** Strict code without names of the browser's has no way to the object that has them all. */
function evaluate(source: string, own: Readonly<Record<string, unknown>>): unknown {
  if (leavesRealm.test(source)) throw new UnsupportedComponent('what it was made into would leave its realm');
  const parameters = [...new Set([...allNames(global), ...Object.keys(own)])].filter((name) => /^[\w$]+$/v.test(name));
  let taken: unknown;
  const give = (run: (...values: unknown[]) => unknown) => {
    Reflect.deleteProperty(global, slot);
    taken = run(...parameters.map((name) => own[name]));
  };
  Object.defineProperty(global, slot, { value: give, configurable: true });
  // Strict functions have no parameter of the name `eval`, others do.
  const script = `${slot}(function (${parameters.join()}) { return (function () { 'use strict'; return (${source}\n); })(); });\n//# sourceURL=${scriptName}`;
  run(script);
  return taken;
}

/** Policies of pages that forbid `eval` allow this at times. */
function run(script: string): void {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  try {
    (globalThis as unknown as { importScripts(url: string): void }).importScripts(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function allNames(value: object): string[] {
  const all: string[] = [];
  for (let each: object | null = value; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    all.push(...Object.getOwnPropertyNames(each));
  }
  return all;
}

let isFrozen = false;

/** Whatever a component does to the language's own objects, ours would see. */
function freezeLanguage(): void {
  if (isFrozen) return;
  isFrozen = true;
  const functions = [function () {}, async function () {}, function* () {}, async function* () {}];
  // They make code of text.
  for (const each of functions) Reflect.deleteProperty(Object.getPrototypeOf(each) as object, 'constructor');
  // V8's, which would hand over who has called.
  Object.defineProperty(Error, 'prepareStackTrace', { value: undefined, writable: false, configurable: false });
  for (const name of names.filter((each) => each.endsWith('Error'))) {
    for (const key of ['name', 'message']) letShadow((global[name] as { readonly prototype: object }).prototype, key);
  }
  const iterators = [[].values(), new Map().values(), new Set().values(), ''[Symbol.iterator](), 'a'.matchAll(/a/g)];
  freezeAll([...names.map((name) => global[name]), ...functions, ...iterators, ...functions.map((each) => each())]);
}

/** What inherits a property that is frozen cannot be assigned one of its own: errors of ours are, which may run on this thread as well. */
function letShadow(prototype: object, key: string): void {
  const found = Object.getOwnPropertyDescriptor(prototype, key);
  if (found === undefined || !('value' in found)) return;
  const { defineProperty } = Object;
  const value: unknown = found.value;
  defineProperty(prototype, key, {
    get: () => value,
    set(this: object, to: unknown) {
      defineProperty(this, key, { value: to, writable: true, enumerable: true, configurable: true });
    },
    enumerable: false,
    configurable: false,
  });
}

/** With all that they lead to. */
function freezeAll(first: readonly unknown[]): void {
  const seen = new Set<unknown>();
  const left = [...first];
  while (left.length > 0) {
    const each = left.pop();
    if ((typeof each !== 'object' && typeof each !== 'function') || each === null || seen.has(each)) continue;
    seen.add(each);
    left.push(Object.getPrototypeOf(each));
    // Values, getters and setters.
    for (const property of Object.values(Object.getOwnPropertyDescriptors(each))) left.push(...Object.values(property));
    // How deep the stack of errors is told, we set now and then.
    if (each === Error) Object.preventExtensions(each);
    else Object.freeze(each);
  }
}
