// Skipping with a reason. On a machine that has everything (CI=true) a skip counts as a failure unless it is optional, so
// that a missing package never hides a broken test.

import type Mocha from 'mocha';

export interface Skip {
  readonly reason: string;
  readonly optional: boolean;
}

const skips = new WeakMap<object, Skip>();

/**
 * Skips the running test, or in a `before` hook the whole suite.
 * @param options.optional the test needs something that even a complete machine may lack
 */
export function skip(context: Mocha.Context, reason: string, options: { readonly optional?: boolean } = {}): never {
  const runnable = context.test;
  const holder = runnable !== undefined && runnable.constructor.name === 'Hook' ? runnable.parent : runnable;
  if (holder !== undefined) skips.set(holder, { reason, optional: options.optional ?? false });
  return context.skip();
}

/** Why a test was skipped, looking outwards through its suites. */
export function skipOf(test: Mocha.Test): Skip | undefined {
  let holder: Mocha.Test | Mocha.Suite | undefined = test;
  while (holder !== undefined) {
    const found = skips.get(holder);
    if (found !== undefined) return found;
    holder = holder.parent;
  }
  return undefined;
}

/** Skips unless the test runs as root. */
export function requireRoot(context: Mocha.Context): void {
  if (process.getuid?.() !== 0) skip(context, 'needs root');
}

/** Whether this process has network, mount and process namespaces of its own, as `.ci/test.mjs` gives them and says so. */
export function hasNamespaces(): boolean {
  return process.env['CORACLE_TEST_NAMESPACES'] === '1';
}

/** Skips where the test would mount over folders of the host. */
export function requireNamespaces(context: Mocha.Context): void {
  if (!hasNamespaces()) skip(context, 'needs namespaces of its own: run the tests with npm test');
}
