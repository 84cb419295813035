// A component as it is kept and run: what the transpiler made of it.

/** Another one wherever the same component may give other parts. */
export const transpilerVersion = 'jco-0.15.0-4';

/** May be sent to a thread, and kept on disk, as it is. */
export interface ComponentParts {
  /** JavaScript, an expression whose value is the function `instantiate`; to be run in a `Realm` of its own only. */
  readonly source: string;
  /** Core modules by the names that the source calls them. */
  readonly cores: readonly CorePart[];
  readonly kind: ComponentKind;
  /** Its calls go on while others are made: it is of WASI 0.3. */
  readonly isLater: boolean;
}

export interface CorePart {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `command`: it exports wasi:cli/run. `http`: it exports wasi:http/incoming-handler. */
export type ComponentKind = 'command' | 'http';

/** A component with its modules compiled, as a thread gets it. */
export interface CompiledComponent {
  readonly source: string;
  readonly cores: readonly { readonly name: string; readonly module: WebAssembly.Module }[];
  readonly kind: ComponentKind;
  readonly isLater: boolean;
}

export interface ComponentSource {
  /** @param inTurns for a process that shares its thread @throws UnsupportedComponent */
  partsOf(bytes: Uint8Array, inTurns?: boolean): Promise<ComponentParts>;
}

/** A component that cannot be run here; the message says what it is, lacks or wants, and what there is. */
export class UnsupportedComponent extends Error {}

/** A component that came to an end it did not ask for; the message says which, in the words of WebAssembly or of the language. */
export class ComponentTrap extends Error {}

/** The one way out of a realm that is syntax; told by the text, comments between too. */
export const leavesRealm = /\bimport\s*[\(.\/]/v;

const magic = 0x6d736100;
/** Version 13 of layer 1: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md */
const componentVersion = 0x0001000d;

/** Whether bytes begin as a component does. */
export function isComponent(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return view.getUint32(0, true) === magic && view.getUint32(4, true) === componentVersion;
}
