// What VS Code runs inside its extension host: every case, one after the other, whose outcomes go into a file.

import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { cases } from './cases.ts';

/** @param results the file for the outcomes */
export async function run(): Promise<void> {
  const results = process.env['CORACLE_TEST_RESULTS'];
  if (results === undefined) throw new Error('CORACLE_TEST_RESULTS names no file');
  const outcomes: Record<string, string> = {};
  for (const [title, work] of Object.entries(cases)) outcomes[title] = await outcomeOf(() => work(vscode));
  writeFileSync(results, JSON.stringify(outcomes));
}

/** `passed`, or what was thrown. */
async function outcomeOf(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'passed';
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
