// Which mode our engine runs in: that it is the one which was asked for, and what people are told when it is not the one they expect.

import type { EngineClient } from '../client/client.ts';
import { wasmPlatform } from '../spec/platform.ts';
import { fs, path } from './node.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Sees to it that an engine which was there already is of the mode that CORACLE_MODE asks for; asks nothing where that is not set.
 * @throws Error that says how to get the other one
 */
export async function checkMode(client: Pick<EngineClient, 'system'>, env: Environment, folder: string): Promise<void> {
  const wanted = env['CORACLE_MODE'] ?? '';
  if (wanted !== 'linux' && wanted !== 'wasm') return;
  const found = (await runsWasmOnly(client)) ? 'wasm' : 'linux';
  if (found === wanted) return;
  const pidFile = path().join(folder, 'coracle.pid');
  throw new Error(
    `CORACLE_MODE asks for ${wanted}, and the engine that runs is in mode ${found}: end it first (its process is in ${pidFile}), or unset CORACLE_MODE`,
  );
}

/**
 * Why an engine runs WebAssembly alone though nobody asked for that: told once for each reason, as long as the run folder stays.
 * @returns undefined when there is nothing to tell
 */
export async function newObstacle(client: Pick<EngineClient, 'system'>, folder: string): Promise<string | undefined> {
  if (!(await runsWasmOnly(client))) return undefined;
  const { findings } = await client.system.doctor();
  const reason = findings.find(({ state }) => state !== 'ok')?.message;
  return reason === undefined || !isNews(path().join(folder, 'told'), reason) ? undefined : reason;
}

/** Whether containers are WebAssembly only. */
export async function runsWasmOnly(client: Pick<EngineClient, 'system'>): Promise<boolean> {
  return (await client.system.version()).Os === wasmPlatform.os;
}

function isNews(file: string, text: string): boolean {
  const { existsSync, readFileSync, writeFileSync } = fs();
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return false;
  writeFileSync(file, text, { mode: 0o600 });
  return true;
}
