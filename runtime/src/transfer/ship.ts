// Brings a shipment to where blobs are taken one by one: several at a time, then the manifests that name them, and the name last.

import type { Arrival } from '../registry/upload.ts';
import type { Cargo, Document, Shipment, Watcher } from './parts.ts';

const parallel = 6;

export interface Dock {
  putBlob(cargo: Cargo): Promise<Arrival>;
  putManifest(document: Document, tag: string | undefined): Promise<void>;
  /** Now the image has its name. */
  putRoot(document: Document): Promise<void>;
}

/** @param open is given the signal that ends all when one fails @throws the first failure */
export async function ship(
  shipment: Shipment,
  open: (signal: AbortSignal) => Dock,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const stop = (error: unknown): void => failed.abort(error);
  const dock = open(either);
  // The largest first: what is begun last should not be what takes longest.
  const queue = shipment.cargo.toSorted((a, b) => b.descriptor.size - a.descriptor.size);
  const put = async (cargo: Cargo): Promise<void> => {
    const { descriptor } = cargo;
    const tell = (bytes: number): void => watcher.moved(descriptor, bytes);
    // What is wrong with the source is wrong for good, and the reason of whatever the target says to a body that ends early.
    const counted = { descriptor, open: () => counting(cargo.open(), tell, stop) };
    watcher.arrived(descriptor, await dock.putBlob(counted));
  };
  // The smallest alone: it finds out where the registry is and what it wants to know of us.
  const first = queue.pop();
  if (first !== undefined) await put(first).catch(stop);
  const work = async (): Promise<void> => {
    for (let cargo = queue.shift(); cargo !== undefined; cargo = queue.shift()) {
      either.throwIfAborted();
      await put(cargo);
    }
  };
  await Promise.all(Array.from({ length: parallel }, () => work().catch(stop)));
  either.throwIfAborted();
  for (const { document, tag } of shipment.manifests) {
    signal.throwIfAborted();
    await dock.putManifest(document, tag);
  }
  await dock.putRoot(shipment.root);
}

async function* counting(
  bytes: AsyncIterable<Uint8Array>,
  tell: (bytes: number) => void,
  fail: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let count = 0;
  try {
    for await (const chunk of bytes) {
      yield chunk;
      count += chunk.length;
      tell(count);
    }
  } catch (error) {
    fail(error);
    throw error;
  }
}
