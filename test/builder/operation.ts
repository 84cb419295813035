// COPY and ADD as `plan` makes them.

import type { CopyOperation, CopySource } from '../../runtime/src/builder/contract.ts';

export interface Change extends Partial<Omit<CopyOperation, 'sources'>> {
  readonly sources?: readonly (string | CopySource)[];
}

/** An operation as `plan` makes it; a source is a path unless it says more. */
export function operation(destination: string, { sources = ['.'], ...change }: Change = {}): CopyOperation {
  return {
    kind: 'copy',
    index: 1,
    stage: 0,
    text: 'COPY',
    source: { startLine: 1, endLine: 1 },
    config: {},
    history: undefined,
    usesCache: true,
    from: { kind: 'context', name: undefined },
    sources: sources.map((one) => (typeof one === 'string' ? { kind: 'path', path: one } : one)),
    destination,
    intoDirectory: destination.endsWith('/') || sources.length > 1,
    chown: undefined,
    chmod: undefined,
    link: false,
    parents: false,
    exclude: [],
    unpack: false,
    checksum: undefined,
    keepGitDir: false,
    ...change,
  };
}
