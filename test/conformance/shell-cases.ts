// Behaviours as rows: a script that a user could type, and what must come out of it.

import assert from 'node:assert/strict';
import { isRootless } from '../helpers/test-user.ts';
import { isLightweight } from '../helpers/wasi-image.ts';
import type { Engine } from './engine.ts';

export interface ShellCase {
  readonly title: string;
  readonly script: string;
  /** Default 0; several where engines of different age differ. */
  readonly code?: number | readonly number[];
  readonly stdout?: string | RegExp;
  readonly stderr?: string | RegExp;
  readonly input?: string;
  /** What of Linux it is about: left out where there is WebAssembly alone. */
  readonly needsLinux?: string;
  /** What is otherwise where there is WebAssembly alone. */
  readonly lightweight?: Variation;
  /** What is otherwise for the engine of an ordinary user. */
  readonly rootless?: Variation;
}

type Variation = Partial<Pick<ShellCase, 'script' | 'code' | 'stdout' | 'stderr'>>;

export function shellCases(engine: () => Engine, cases: readonly ShellCase[]): void {
  for (const each of cases) {
    if (each.needsLinux !== undefined && isLightweight()) continue;
    const row = {
      ...each,
      ...(isRootless() ? each.rootless : undefined),
      ...(isLightweight() ? each.lightweight : undefined),
    };
    it(row.title, async () => {
      const { code, stdout, stderr } = await engine().sh(
        row.script,
        row.input === undefined ? {} : { input: row.input },
      );
      const all = `exit code ${code}\nstdout: ${stdout}\nstderr: ${stderr}\nscript: ${row.script}`;
      assert([row.code ?? 0].flat().includes(code), all);
      if (row.stdout !== undefined) check(stdout, row.stdout, `stdout\n${all}`);
      if (row.stderr !== undefined) check(stderr, row.stderr, `stderr\n${all}`);
    });
  }
}

function check(actual: string, expected: string | RegExp, message: string): void {
  if (typeof expected === 'string') assert.equal(actual, expected, message);
  else assert.match(actual, expected, message);
}
