// What the system allows an engine of ours, asked of the engine's program when no engine is there to be asked.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DoctorReport } from '../spec/engine/system.ts';

/**
 * @param program the daemon's argument vector without its flags: a Node and the daemon's bundle
 * @throws Error when the program itself does not run
 */
export async function preflight(
  program: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<DoctorReport> {
  const [command = process.execPath, ...words] = program;
  const { stdout } = await promisify(execFile)(command, [...words, '--preflight'], { env, cwd: '/' });
  return JSON.parse(stdout) as DoctorReport;
}
