// What somebody might do who had got JavaScript of their own into what the transpiler makes of a component.

/** An expression as the transpiler makes them, which tries to get at Node and tells what it found on standard output. */
export function escape(): string {
  return `(${leak}, ${instantiate.toString()})`;
}

/** Runs when the script is evaluated, with microtasks after it. */
const leak = `globalThis.leaked = [], import('node:fs').then((all) => globalThis.leaked.push(all), (error) => globalThis.leaked.push(error))`;

/** Sent to a realm as text. */
function instantiate(_get: unknown, imports: Record<string, Record<string, unknown>>): object {
  type Any = Record<string, never> & ((...values: unknown[]) => Any);
  const realm = globalThis as unknown as Record<string, Any>;
  const reached: string[] = [];
  let tried = 0;
  const foreign: string[] = [];
  const isNode = (value: unknown) => {
    const all = value as Record<string, unknown> | undefined;
    return typeof all === 'object' && (typeof all['process'] === 'object' || typeof all['versions'] === 'object');
  };
  const attempt = (name: string, get: () => unknown) => {
    tried++;
    try {
      if (isNode(get())) reached.push(name);
    } catch {
      // As it should be.
    }
  };
  /** The code of another realm, by any object of it. */
  const viaConstructor = (value: unknown) => {
    const maker = (value as Any)['constructor']?.['constructor'] as unknown as Any;
    return maker('return { process }')();
  };
  const { getArguments } = imports['wasi:cli/environment'] as unknown as Record<string, Any>;
  const { getStdin } = imports['wasi:cli/stdin'] as unknown as Record<string, Any>;
  const { getStdout } = imports['wasi:cli/stdout'] as unknown as Record<string, Any>;
  const { InputStream } = imports['wasi:io/streams'] as unknown as Record<string, Any>;
  const { Fields } = imports['wasi:http/types'] as unknown as Record<string, Any>;
  const thrownBy = (act: () => unknown): unknown => {
    try {
      act();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const { apply } = Reflect;
  // Whatever of ours passes through the language's own functions is not of this realm.
  const look = (where: string, values: readonly unknown[]) => {
    // Not by an iterator: that is looked at as well.
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
      if (isObject && !(value instanceof Object)) foreign.push(where);
    }
  };
  const watch = (owner: object, name: string) => {
    const was = (owner as Record<string, Any>)[name] as unknown as (...values: unknown[]) => unknown;
    Object.defineProperty(owner, name, {
      configurable: true,
      value: function (this: unknown, ...values: unknown[]) {
        look(name, [this]);
        look(name, values);
        return apply(was, this, values) as unknown;
      },
    });
  };
  const read = (length: unknown): Uint8Array => {
    const stdin = getStdin?.() as unknown as { read(length: unknown): Uint8Array } | undefined;
    if (stdin === undefined) throw new Error('there is no input');
    return stdin.read(length);
  };
  const run = () => {
    attempt('globals', () => realm);
    attempt('process', () => ({ process: realm['process'] }));
    attempt('require', () => realm['require']?.('node:process'));
    attempt('eval', () => realm['eval']?.('({ process })'));
    attempt('Function', () => viaConstructor(() => 0));
    attempt('import', () => viaConstructor((realm['leaked'] as unknown as unknown[])[0]));
    attempt('the error of import', () =>
      viaConstructor((realm['leaked'] as unknown as { constructor: unknown }[])[0]?.constructor),
    );
    attempt('a call', () => viaConstructor(getArguments));
    attempt('a list', () => viaConstructor(getArguments?.()));
    attempt('a class', () => viaConstructor(InputStream));
    attempt('a resource', () => viaConstructor(getStdin?.()));
    attempt('a method', () =>
      viaConstructor((InputStream as unknown as { prototype: { read: unknown } }).prototype.read),
    );
    attempt('imports', () => viaConstructor(imports));
    attempt('bytes', () => viaConstructor(read(2n)));
    attempt('memory', () => viaConstructor(read(2n).buffer));
    attempt('a refusal', () =>
      viaConstructor(
        thrownBy(() => (Fields as unknown as Record<string, Any>)['fromList']?.([['\n', new Uint8Array(1)]])),
      ),
    );
    attempt('new code', () => {
      const { WebAssembly: wasm } = realm as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } };
      return { process: new wasm.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) };
    });
    attempt('callers', () => viaConstructor((getArguments as unknown as { caller: unknown }).caller));
    attempt('frames', () => {
      interface Frame {
        getThis(): unknown;
        getFunction(): unknown;
      }
      Object.assign(Error, { prepareStackTrace: (_: unknown, all: unknown) => all });
      const frames = (new Error('look') as unknown as { stack: readonly Frame[] }).stack;
      for (const frame of frames) look('a frame', [frame.getThis(), frame.getFunction()]);
      return viaConstructor(frames[0]);
    });
    watch(Uint8Array.prototype, 'set');
    watch(Array.prototype, 'map');
    watch(Array.prototype, Symbol.iterator as unknown as string);
    watch(Function.prototype, 'call');
    watch(Function.prototype, 'apply');
    watch(Object.prototype, 'toString');
    watch(Object.prototype, 'valueOf');
    attempt('patched functions', () => viaConstructor(getArguments?.()));
    attempt('values with getters', () => {
      const bait = {
        get tag() {
          look('a getter', [this]);
          return 'x';
        },
        get length() {
          return 1;
        },
      };
      thrownBy(() => read(bait));
      return bait;
    });
    const text = JSON.stringify({ reached, tried, foreign });
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    const out = getStdout?.() as unknown as { blockingWriteAndFlush(bytes: Uint8Array): void };
    for (let at = 0; at < bytes.length; at += 4096) out.blockingWriteAndFlush(bytes.subarray(at, at + 4096));
  };
  return { 'wasi:cli/run@0.2.0': { run } };
}
