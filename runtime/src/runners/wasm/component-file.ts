// Parts of a component as one file: the length of a header, the header as JSON, then the source and the core modules one after another.

import type { ComponentKind, ComponentParts } from '../../../../wasm/src/preview2/parts.ts';

interface Header {
  readonly kind: ComponentKind;
  readonly isLater: boolean;
  /** Bytes. */
  readonly source: number;
  readonly cores: readonly { readonly name: string; readonly bytes: number }[];
}

const lengthBytes = 4;

export function encodeParts({ kind, isLater, source, cores }: ComponentParts): Uint8Array {
  const encoder = new TextEncoder();
  const text = encoder.encode(source);
  const header: Header = {
    kind,
    isLater,
    source: text.length,
    cores: cores.map(({ name, bytes }) => ({ name, bytes: bytes.length })),
  };
  const head = encoder.encode(JSON.stringify(header));
  const pieces = [new Uint8Array(lengthBytes), head, text, ...cores.map(({ bytes }) => bytes)];
  const file = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  new DataView(file.buffer).setUint32(0, head.length, true);
  return file;
}

/** @returns undefined for a file that is not whole */
export function decodeParts(file: Uint8Array): ComponentParts | undefined {
  const header = decodeHeader(file);
  if (header === undefined) return undefined;
  let at = header.end;
  const take = (length: number) => file.subarray(at, (at += length));
  const source = new TextDecoder().decode(take(header.source));
  const cores = header.cores.map(({ name, bytes }) => ({ name, bytes: take(bytes) }));
  return at === file.length ? { kind: header.kind, isLater: header.isLater, source, cores } : undefined;
}

/** `end`: where what follows it begins. */
function decodeHeader(file: Uint8Array): (Header & { readonly end: number }) | undefined {
  if (file.length < lengthBytes) return undefined;
  const end = lengthBytes + new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  if (end > file.length) return undefined;
  try {
    return { ...(JSON.parse(new TextDecoder().decode(file.subarray(lengthBytes, end))) as Header), end };
  } catch (error) {
    // Zeros, where the machine went down before they were written.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
