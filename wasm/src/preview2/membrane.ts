// Between our objects and a component's realm. No object of ours is ever seen there: calls are functions of the realm, resources are
// stand-ins of the realm, and values are made anew on each side. So what runs there, even if it is not what the transpiler meant,
// can do no more than call WASI.

import { makeBridge, type Bridge, type ClassShape } from './bridge.ts';
import { AsyncSide } from './p3/async-side.ts';
import type { Loop } from './p3/loop.ts';
import { UnsupportedComponent, type CompiledComponent } from './parts.ts';
import type { Realm } from './realm.ts';
import { Refusal } from './refusal.ts';
import { isSuspending } from './suspending-calls.ts';
import type { HostFunction, HostInterface, HostResource, HostWorld } from './world.ts';

/** Values are records in records a few times at most. */
const deepest = 8;
const mostItems = 100_000;

/**
 * Makes a call of ours, whose answer may be steps. Where it may suspend the component it may give a `Later`.
 * @returns the answer
 */
export type MakeCall = (call: () => unknown, maySuspend: boolean) => unknown;

/** What it is called with is what the component's types say, or the component ends. */
type Loose = (...values: unknown[]) => unknown;

/** Ours: those of a realm may be anything. */
const bytesProperties = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(Uint8Array.prototype)) as Readonly<
  Record<string, PropertyDescriptor>
>;
const copyInto = bytesProperties['set']?.value as (this: Uint8Array, from: Uint8Array) => void;
const [buffer, byteOffset, byteLength] = ['buffer', 'byteOffset', 'byteLength'].map(
  (name) => (value: ArrayBufferView) => bytesProperties[name]?.get?.call(value) as unknown,
) as [(value: ArrayBufferView) => ArrayBuffer, (value: ArrayBufferView) => number, (value: ArrayBufferView) => number];

export class Membrane {
  /** What ended the component, when it was one of our own. Whatever is called after that ends it again. */
  ended: { readonly reason: unknown } | undefined;
  readonly #bridge: Bridge;
  readonly #calls: ((self: unknown, values: readonly unknown[]) => unknown)[] = [];
  /** Stand-ins of the realm and what they stand for. */
  readonly #standIns = new WeakMap<object, object>();
  readonly #resources = new WeakMap<object, object>();
  readonly #prototypes = new Map<unknown, object>();
  /** Of components whose calls go on while others are made. */
  readonly #later: AsyncSide | undefined;
  readonly #make: MakeCall;

  /**
   * @param make makes each call of WASI
   * @param loop of a component that goes on while calls are made: of WASI 0.3, or one that is suspended where it waits
   */
  constructor(realm: Realm, make: MakeCall = (call) => call(), loop?: Loop) {
    this.#make = make;
    const script = realm.evaluate(`(${makeBridge.toString()})`, 'bridge.js') as typeof makeBridge;
    this.#bridge = script((index, self, values) => this.#call(index, self, values));
    const decoders = new Map<string, InstanceType<typeof TextDecoder>>();
    const encoder = new TextEncoder();
    this.#bridge.addText(
      (bytes, name) => {
        const decoder = decoders.get(name) ?? new TextDecoder(name);
        decoders.set(name, decoder);
        return decoder.decode(bytes as Uint8Array);
      },
      (text, into) => encoder.encodeInto(text as string, into as Uint8Array<ArrayBuffer>).written,
    );
    if (loop !== undefined) this.#later = this.#makeLater(realm, loop);
  }

  /** @throws TypeError where no loop was given */
  get later(): AsyncSide {
    if (this.#later === undefined) throw new TypeError('nothing goes on here while a call is made');
    return this.#later;
  }

  /** What `instantiate` of the generated code is called with. */
  imports(world: HostWorld): object {
    const all = this.#record();
    for (const [name, made] of Object.entries(world)) all[name] = this.#interface(name, made);
    return all;
  }

  /**
   * Functions that the realm asks for modules: it sees their numbers only.
   * @param onMemory is given each memory that an instance exports
   */
  modules(
    cores: CompiledComponent['cores'],
    onMemory: (memory: WebAssembly.Memory) => void,
  ): { readonly get: unknown; readonly instantiate: unknown } {
    const names = cores.map(({ name }) => name);
    const memories = cores.map(({ module }) => memoriesOf(module));
    return {
      get: this.#function((_self, values) => names.indexOf(String(values[0]))),
      instantiate: this.#function((_self, values) => {
        const index = Number(values[0]);
        const core = cores[index];
        if (core === undefined) throw new UnsupportedComponent('it has not the core module that it wants');
        const instance = this.#bridge.instance(core.module, (values[1] ?? this.#record()) as WebAssembly.Imports);
        for (const name of memories[index] ?? []) onMemory(instance.exports[name] as WebAssembly.Memory);
        return instance;
      }),
    };
  }

  /** The stand-in for a resource, for the arguments of an export. */
  standIn(resource: object): object {
    return this.#standInFor(resource, this.#prototypes.get(resource.constructor));
  }

  /** @throws what ended the component, if anything did */
  check(): void {
    if (this.ended !== undefined) throw this.ended.reason;
  }

  #makeLater(realm: Realm, loop: Loop): AsyncSide {
    return new AsyncSide(realm, loop, {
      function: (call) => this.#function((_self, values) => this.#out(call(...values))),
      out: (value) => this.#out(value),
      in: (value) => this.#in(value),
      failure: (error) => this.#failure(error),
    });
  }

  #interface(from: string, { functions = {}, resources = {} }: HostInterface): object {
    const made = this.#record();
    for (const [name, call] of Object.entries(functions)) {
      made[name] = this.#function(this.#asCall(call, isSuspending(from, name)));
    }
    for (const [name, resource] of Object.entries(resources)) made[name] = this.#class(from, name, resource);
    return made;
  }

  #function(call: (self: unknown, values: readonly unknown[]) => unknown): unknown {
    return this.#bridge.function(this.#calls.push(call) - 1);
  }

  #class(from: string, name: string, { type, methods, statics = {}, make }: HostResource): unknown {
    const indexOf = (call: (self: unknown, values: readonly unknown[]) => unknown) => this.#calls.push(call) - 1;
    const shape: ClassShape = {
      name,
      methods: Object.fromEntries(
        methods.map((method) => [method, indexOf(this.#asMethod(type, method, isSuspending(from, method, name)))]),
      ),
      statics: Object.fromEntries(
        Object.entries(statics).map(([key, call]) => [key, indexOf(this.#asCall(call))] as const),
      ),
      make:
        make === undefined
          ? undefined
          : indexOf((self, values) => this.#bind(self as object, (make as Loose)(...this.#inAll(values)) as object)),
      drop: indexOf((self) => this.#drop(self)),
    };
    const made = this.#bridge.class(JSON.stringify(shape));
    this.#prototypes.set(type, made.prototype);
    return made;
  }

  #asCall(call: HostFunction, maySuspend = false) {
    return (_self: unknown, values: readonly unknown[]) => {
      const given = this.#inAll(values);
      return this.#out(this.#make(() => (call as Loose)(...given), maySuspend));
    };
  }

  #asMethod(type: HostResource['type'], method: string, maySuspend: boolean) {
    return (self: unknown, values: readonly unknown[]) => {
      const resource = this.#in(self);
      if (!(resource instanceof type)) throw new TypeError(`${method} of what has it not`);
      const call = (resource as Readonly<Record<string, Loose>>)[method];
      if (call === undefined) throw new TypeError(`${method} is not there`);
      const given = this.#inAll(values);
      return this.#out(this.#make(() => call.apply(resource, given), maySuspend));
    };
  }

  #drop(self: unknown): void {
    const resource = this.#resources.get(self as object);
    this.#resources.delete(self as object);
    (resource as Partial<Disposable> | undefined)?.[Symbol.dispose]?.();
  }

  #call(index: number, self: unknown, values: readonly unknown[]): unknown {
    const { failure } = this.#bridge;
    try {
      if (this.ended === undefined) return this.#calls[index]?.(self, values);
      failure.value = this.#bridge.fault('it has ended');
    } catch (error) {
      // Where there may be no stack left, nothing is called first.
      if (!(error instanceof Refusal)) this.ended ??= { reason: error };
      failure.value = this.#failure(error);
    }
    return failure;
  }

  /** What is thrown in the realm for an error of ours. */
  #failure(error: unknown): unknown {
    if (error instanceof Refusal) return this.#refusal(error.payload);
    this.ended ??= { reason: error };
    return this.#bridge.fault('it ends');
  }

  /** The generated code takes what is thrown with a payload for a result that failed. */
  #refusal(payload: unknown): unknown {
    const refusal = this.#record();
    refusal['payload'] = this.#out(payload);
    return refusal;
  }

  #record(): Record<string, unknown> {
    return Object.create(this.#bridge.objectPrototype) as Record<string, unknown>;
  }

  /** A value of ours for the realm. */
  #out(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
    if (ArrayBuffer.isView(value)) {
      const bytes = this.#bridge.bytes(value.byteLength);
      copyInto.call(bytes, value as Uint8Array);
      return bytes;
    }
    if (Array.isArray(value)) {
      return Object.setPrototypeOf(
        value.map((item) => this.#out(item)),
        this.#bridge.arrayPrototype,
      );
    }
    const later = this.#later?.out(value);
    if (later !== undefined) return later;
    const prototype = this.#prototypes.get(value.constructor);
    if (prototype !== undefined) return this.#standInFor(value, prototype);
    // An instance of the realm's WebAssembly is of the realm.
    const record = this.#record();
    for (const [key, item] of Object.entries(value)) record[key] = this.#out(item);
    return record;
  }

  #standInFor(resource: object, prototype: object | undefined): object {
    const known = this.#standIns.get(resource);
    if (known !== undefined) return known;
    return this.#bind(Object.create(prototype ?? null) as object, resource);
  }

  #bind(standIn: object, resource: object): object {
    this.#standIns.set(resource, standIn);
    this.#resources.set(standIn, resource);
    return standIn;
  }

  #inAll(values: readonly unknown[]): unknown[] {
    // By index: functions of its lists are the realm's, and may be anything.
    return Array.from({ length: values.length }, (_, index) => this.#in(values[index]));
  }

  /** A value of the realm for us. Whatever it is there, here it is plain. */
  #in(value: unknown, depth = 0): unknown {
    if (typeof value === 'function') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    const resource = this.#resources.get(value);
    if (resource !== undefined) return resource;
    if (ArrayBuffer.isView(value)) return bytesOf(value);
    const later = this.#later?.in(value);
    if (later !== undefined) return later;
    if (depth === deepest) throw new TypeError('a value is too deep');
    if (Array.isArray(value)) {
      const length = Math.min(value.length, mostItems);
      return Array.from({ length }, (_, index) => this.#in(value[index], depth + 1));
    }
    return Object.fromEntries(
      Object.keys(value).map((key) => [key, this.#in((value as Record<string, unknown>)[key], depth + 1)]),
    );
  }
}

/** Bytes of the realm, not copied: nobody there can write into them while a call goes on. @throws TypeError for what are none */
function bytesOf(value: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer(value), byteOffset(value), byteLength(value));
}

function memoriesOf(module: WebAssembly.Module): readonly string[] {
  return WebAssembly.Module.exports(module)
    .filter(({ kind }) => kind === 'memory')
    .map(({ name }) => name);
}
