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
}
