// A program that asks now and then whether others should go on (`binary/yields.ts`): what it asks.

import { yieldExports } from '../binary/yields.ts';
import type { SuspendingHost } from './suspending.ts';

/** Milliseconds between two questions, about: they cost a fraction of a percent then, and nobody waits long. */
const wantedMs = 0.25;
const [leastFuel, firstFuel, mostFuel] = [1, 1024, 2 ** 20];

interface Entry {
  set(index: number, value: unknown): void;
}

interface Counter {
  value: number;
}

/** A table takes functions of WebAssembly only: `(import "" "y" (func (result i32)))` and `(func (export "y"))`, which calls it. */
export const callThrough = Uint8Array.from(
  [
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 5, 1, 0x60, 0, 1, 0x7f],
    [2, 6, 1, 0, 1, 0x79, 0, 0],
    [3, 2, 1, 0],
    [7, 5, 1, 1, 0x79, 0, 1],
    [10, 6, 1, 4, 0, 0x10, 0, 0x0b],
  ].flat(),
);
let callModule: WebAssembly.Module | undefined;

/** @param exports of a program that may have been made to ask */
export function answerYields(exports: Readonly<Record<string, unknown>>, host: SuspendingHost): void {
  const { [yieldExports.table]: entry, [yieldExports.fuel]: counter } = exports;
  if (entry === undefined || counter === undefined) return;
  const fuel = counter as Counter;
  let amount = firstFuel;
  let askedAt = performance.now();
  fuel.value = amount;
  const y = host.asYield(() => {
    const now = performance.now();
    const ms = now - askedAt;
    if (ms < wantedMs / 2) amount = Math.min(mostFuel, amount * 2);
    else if (ms > wantedMs * 2) amount = Math.max(leastFuel, amount >> 2);
    askedAt = now;
    fuel.value = amount;
  });
  callModule ??= new WebAssembly.Module(callThrough);
  (entry as Entry).set(0, new WebAssembly.Instance(callModule, { '': { y } }).exports['y']);
}
