// A Tree that lets go of something else when it is closed.

import type { Tree } from '../host/kernel.ts';

/** The same tree; its disposal calls `release` as well, even when it fails. */
export function withRelease(tree: Tree, release: () => Promise<void>): Tree {
  const dispose = async () => {
    try {
      await tree[Symbol.asyncDispose]();
    } finally {
      await release();
    }
  };
  return new Proxy(tree, {
    get(target, name) {
      if (name === Symbol.asyncDispose) return dispose;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
