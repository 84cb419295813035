// In a worker of a browser: what would be a component tries to reach the browser, and tells what it found.

import { webRealm } from '../../runtime/src/host/web/realm.ts';
import { Membrane } from '../../wasm/src/preview2/membrane.ts';
import { refuse } from '../../wasm/src/preview2/refusal.ts';

type Any = Record<string, never> & ((...values: unknown[]) => Any);
type Imports = Readonly<Record<string, Readonly<Record<string, () => unknown>>>>;

/** Sent to a realm as text. */
function intrude(imports: Imports): string {
  const reached: string[] = [];
  let tried = 0;
  const attempt = (name: string, get: () => unknown) => {
    tried++;
    try {
      const found = get();
      if (found !== undefined && found !== false) reached.push(name);
    } catch {
      // As it should be.
    }
  };
  const calls = imports['test:calls/all'] ?? {};
  const thrownBy = (act: () => unknown): unknown => {
    try {
      act();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  /** The code of text, by any object: it would give the object that has all names. */
  const viaConstructor = (value: unknown) => {
    const made: unknown = (value as Any)['constructor']?.['constructor']?.('return this');
    return typeof made === 'function' ? made : undefined;
  };
  const dive = (): unknown => {
    try {
      return dive();
    } catch (error) {
      return error;
    }
  };
  attempt('this', () =>
    (function (this: unknown) {
      return this;
    })(),
  );
  for (const name of [
    'fetch',
    'self',
    'postMessage',
    'importScripts',
    'indexedDB',
    'Worker',
    'navigator',
    'caches',
    'WebSocket',
  ]) {
    attempt(name, () => (globalThis as unknown as Any)[name]);
  }
  attempt('fetch by its name', () => fetch);
  attempt('navigator by its name', () => navigator);
  attempt('Function', () => Function);
  attempt('code of a function', () => viaConstructor(() => 0));
  attempt('code of an asynchronous one', () => viaConstructor((async () => 0)()));
  attempt('code of a generator', () => viaConstructor((function* () {})()));
  attempt('code of a call', () => viaConstructor(calls['list']));
  attempt('code of a list', () => viaConstructor(calls['list']?.()));
  attempt('code of bytes', () => viaConstructor((calls['list']?.() as readonly unknown[] | undefined)?.[1]));
  attempt('code of a refusal', () => viaConstructor(thrownBy(() => calls['refused']?.())));
  attempt('code of an overflow', () => viaConstructor(dive()));
  attempt('code of an error of V8', () => viaConstructor(thrownBy(() => (undefined as unknown as Any)['x'])));
  attempt('frames', () => {
    (Error as unknown as Record<string, unknown>)['prepareStackTrace'] = (_: unknown, frames: unknown) => frames;
    return typeof new Error('look').stack === 'object' ? true : undefined;
  });
  const spy = () => undefined;
  for (const [name, owner, key] of [
    ['Array.prototype.push', Array.prototype, 'push'],
    ['Object.prototype.toString', Object.prototype, 'toString'],
    ['Function.prototype.call', functionPrototype(), 'call'],
    ['Map.prototype.get', Map.prototype, 'get'],
    ['Promise.prototype.then', Promise.prototype, 'then'],
    ['Uint8Array.prototype.set', Object.getPrototypeOf(Uint8Array.prototype), 'set'],
    ['JSON.parse', JSON, 'parse'],
    ['WebAssembly.Module', WebAssembly, 'Module'],
  ] as const) {
    attempt(`change of ${name}`, () => {
      Object.defineProperty(owner, key, { value: spy });
      return (owner as unknown as Record<string, unknown>)[key] === spy;
    });
  }
  attempt('a new property of all objects', () => {
    Object.defineProperty(Object.prototype, 'leaked', { value: true });
    return ({} as Record<string, unknown>)['leaked'];
  });
  attempt('code of a failure', () =>
    viaConstructor(thrownBy(() => (imports['test:calls/broken'] ?? {})['failed']?.())),
  );
  function functionPrototype(): object {
    return Object.getPrototypeOf(spy) as object;
  }
  return JSON.stringify({ reached, tried });
}

const realm = webRealm();
const membrane = new Membrane(realm);
const imports = membrane.imports({
  'test:calls/all': { functions: { list: () => [['a'], new Uint8Array(3)], refused: () => refuse({ tag: 'closed' }) } },
  'test:calls/broken': { functions: { failed: () => JSON.parse('{') } },
});
let found: string;
try {
  const run = realm.evaluate(`(${intrude.toString()})`, 'intrude.js') as (imports: object) => string;
  found = run(imports);
} catch (error) {
  found = String(error);
}
const names = realm.evaluate('[typeof eval, typeof Function, typeof fetch, typeof Array].join()', 'names.js');
let leaves = '';
try {
  realm.evaluate(`(() => import/* */('data:text/javascript,self'))`, 'import.js');
} catch (error) {
  leaves = String(error);
}
// Ours goes on.
const lives = [1, 2].map((each) => each + 1).join() + String(new Map([[1, 2]]).get(1));
(globalThis as unknown as { postMessage(message: unknown): void }).postMessage({ found, names, leaves, lives });
