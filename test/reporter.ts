// What a run of one group of test files tells: each outcome as data (for `.ci/test.mjs`, which sums up the groups) and a
// line per test that failed or was skipped while it runs. Reasons of skips come from `helpers/skip.ts`.

import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import type Mocha from 'mocha';
import { skipOf } from './helpers/skip.ts';
import { beginTest, traces } from './helpers/trace.ts';

export interface Outcome {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** Why it was skipped, or how it failed. */
  readonly detail: string;
  /** A skip that is fine on a machine that has everything. */
  readonly optional: boolean;
}

export class GroupReporter {
  readonly outcomes: Outcome[] = [];

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    const { reporterOptions } = options as { reporterOptions: { readonly results: string } };
    runner.on('pass', (test) => this.outcomes.push(outcome(test, 'passed', '')));
    runner.on('pending', (test) => this.outcomes.push(skipped(test)));
    // A failing hook arrives here as well, in place of the tests it kept from running.
    runner.on('fail', (test, error: unknown) => {
      const traced = traces();
      // As mocha's own reporters have it: hooks after a test may add to it what they see, so it is told at the end.
      if (error instanceof Error) test.err = error;
      this.outcomes.push({
        ...outcome(test, 'failed', ''),
        get detail() {
          return `${describeError(error)}\n${traced}`;
        },
      });
    });
    runner.on('test', (test) => {
      beginTest();
      // For who has to end this process because it hangs.
      writeFileSync(`${reporterOptions.results}.now`, test.titlePath().join(' > '));
    });
    runner.on('end', () => writeFileSync(reporterOptions.results, JSON.stringify(this.outcomes)));
  }
}

function outcome(test: Mocha.Runnable, state: Outcome['state'], detail: string): Outcome {
  return { title: test.titlePath().join(' > '), state, ms: test.duration ?? 0, detail, optional: false };
}

function skipped(test: Mocha.Test): Outcome {
  const skip = skipOf(test);
  return { ...outcome(test, 'skipped', skip?.reason ?? 'no reason given'), optional: skip?.optional ?? false };
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  const { actual, expected } = error as { actual?: unknown; expected?: unknown };
  // assert's own message has a diff already, except where the test gave a message of its own.
  const values =
    'generatedMessage' in error && error.generatedMessage === false && (actual !== undefined || expected !== undefined)
      ? `\nactual: ${inspect(actual, { depth: 4 })}\nexpected: ${inspect(expected, { depth: 4 })}`
      : '';
  const cause = error.cause === undefined ? '' : `\ncause: ${inspect(error.cause)}`;
  return `${error.stack ?? String(error)}${values}${cause}`;
}
