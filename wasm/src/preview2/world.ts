// What a component may import, as data that the membrane makes a realm's objects of.

/** Named as the generated code calls it: camel case. Values are as the generated code has them: https://bytecodealliance.github.io/jco/wit-type-representations.html */
export type HostFunction = (...values: never[]) => unknown;

export interface HostResource {
  /** The class of ours; of its methods only those in `methods` are seen. */
  readonly type: abstract new (...values: never[]) => object;
  readonly methods: readonly string[];
  readonly statics?: Readonly<Record<string, HostFunction>>;
  /** Where a component may make one. */
  readonly make?: HostFunction;
}

export interface HostInterface {
  readonly functions?: Readonly<Record<string, HostFunction>>;
  readonly resources?: Readonly<Record<string, HostResource>>;
}

/** By name without version: `wasi:io/streams`. */
export type HostWorld = Readonly<Record<string, HostInterface>>;
