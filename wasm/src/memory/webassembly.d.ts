// What we use of WebAssembly's interface to JavaScript; the types of Node do not have it.

declare namespace WebAssembly {
  /** https://webassembly.github.io/threads/js-api/#memories */
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean });
    /** Another one after the memory has grown. */
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    /** @param pages of 64 KiB @returns pages before @throws RangeError */
    grow(pages: number): number;
  }

  /** https://webassembly.github.io/spec/js-api/#modules */
  class Module {
    constructor(bytes: Uint8Array);
    static imports(
      module: Module,
    ): readonly { readonly module: string; readonly name: string; readonly kind: string }[];
    static exports(module: Module): readonly { readonly name: string; readonly kind: string }[];
  }

  function validate(bytes: Uint8Array): boolean;

  /** @throws CompileError, later */
  function compile(bytes: Uint8Array): Promise<Module>;

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
  /** https://webassembly.github.io/exception-handling/js-api/#exceptions */
  class Exception {}

  /** Absent where programs cannot be suspended. https://github.com/WebAssembly/js-promise-integration */
  class Suspending {
    /** @param call what it gives as a promise suspends the program until that settles */
    constructor(call: (...args: never[]) => unknown);
  }
  /** An export that may be suspended: it resolves with what it gives. */
  function promising(exported: unknown): (...args: readonly unknown[]) => Promise<unknown>;

  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
