// The only code of ours inside a component's realm. It is sent there as text, so it stands on nothing but the language.

/** What happens when the component calls: `self` is the resource of a method. Never throws; gives `failure` instead. */
export type Call = (index: number, self: unknown, values: readonly unknown[]) => unknown;

export interface ClassShape {
  readonly name: string;
  /** As the component calls them -> the index of the call. */
  readonly methods: Readonly<Record<string, number>>;
  readonly statics: Readonly<Record<string, number>>;
  /** The index of what makes one; absent where only calls give them. */
  readonly make?: number | undefined;
  readonly drop: number;
}

/** What the bridge gives: all of it is of the realm. */
export interface Bridge {
  readonly failure: { value: unknown };
  function(index: number): unknown;
  class(shape: string): { readonly prototype: object };
  /** An error of the realm, for what is no answer of WASI: the component ends. */
  fault(text: string): unknown;
  readonly objectPrototype: object;
  readonly arrayPrototype: object;
  bytes(length: number): Uint8Array;
  instance(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance;
  /** Gives the realm the encoding of text, which is no part of the language. @param decode and @param encodeInto may throw */
  addText(
    decode: (bytes: unknown, name: string) => unknown,
    encodeInto: (text: unknown, into: unknown) => unknown,
  ): void;
}

/** Its source is the script: it has no name from outside it. */
export function makeBridge(call: Call): Bridge {
  'use strict';
  const { Error: RealmError, Uint8Array: Bytes, Object: RealmObject, Array: RealmArray, JSON: Json } = globalThis;
  const { Instance } = (globalThis as unknown as { WebAssembly: typeof WebAssembly }).WebAssembly;
  const { dispose } = Symbol;
  const failure: { value: unknown } = { value: undefined };
  const fault = (text: string) => new RealmError(text);
  // What goes wrong in our own code, a stack that is too deep for one, is an object of our world: it ends here.
  const ask = (index: number, self: unknown, values: readonly unknown[]): unknown => {
    let answer: unknown;
    try {
      answer = call(index, self, values);
    } catch {
      throw fault('the host failed');
    }
    if (answer === failure) throw failure.value;
    return answer;
  };
  return {
    failure,
    fault,
    objectPrototype: RealmObject.prototype,
    arrayPrototype: RealmArray.prototype as object,
    bytes: (length) => new Bytes(length),
    instance: (module, imports) => new Instance(module, imports),
    function: (index) =>
      function (...values: unknown[]): unknown {
        return ask(index, undefined, values);
      },
    class: (text) => {
      const { name, methods, statics, make, drop } = Json.parse(text) as ClassShape;
      const made = {
        [name]: class {
          constructor(...values: unknown[]) {
            if (make === undefined) throw fault('nobody makes these');
            ask(make, this, values);
          }
        },
      }[name] as unknown as { prototype: Record<PropertyKey, unknown> } & Record<string, unknown>;
      const { prototype } = made;
      for (const key in methods) {
        const index = methods[key] as number;
        prototype[key] = function (this: unknown, ...values: unknown[]): unknown {
          return ask(index, this, values);
        };
      }
      for (const key in statics) {
        const index = statics[key] as number;
        made[key] = (...values: unknown[]) => ask(index, undefined, values);
      }
      prototype[dispose] = function (this: unknown): void {
        ask(drop, this, []);
      };
      return made;
    },
    addText: (decode, encodeInto) => {
      const guarded = (ours: () => unknown): unknown => {
        try {
          return ours();
        } catch {
          throw fault('this is no text');
        }
      };
      const globals = globalThis as unknown as Record<string, unknown>;
      globals['TextDecoder'] = class {
        readonly #name: string;
        constructor(name = 'utf-8') {
          this.#name = name;
        }
        decode(bytes: unknown): unknown {
          return guarded(() => decode(bytes, this.#name));
        }
      };
      globals['TextEncoder'] = class {
        encodeInto(text: string, into: unknown): unknown {
          return { read: text.length, written: guarded(() => encodeInto(text, into)) };
        }
      };
    },
  };
}
