// Which containers an engine runs: those of Linux where this machine can, else those of WebAssembly alone.

import { EngineError, messageOf } from '../spec/errors.ts';
import type { Finding } from '../spec/engine/system.ts';
import { RootlessError } from '../rootless/entered.ts';
import { otherSystem, rightsFinding, runtimesFinding } from '../rootless/machine-findings.ts';
import { searchPath } from '../rootless/programs.ts';
import type { DaemonConfig } from './config.ts';
import { helperPath } from './helper-path.ts';

/** Settings that have become a mode. */
export interface ModedConfig extends DaemonConfig {
  readonly mode: 'linux' | 'wasm';
  /** What keeps containers of Linux from being run, where nobody said that they need not be. */
  readonly obstacles: readonly Finding[];
}

/**
 * @param enter makes an ordinary user root of namespaces by becoming this program again; undefined for who is root already
 * @throws EngineError when containers of Linux are wanted on another system, and whatever `enter` fails with when they are wanted
 */
export async function chooseMode(
  config: DaemonConfig,
  enter: (() => Promise<never>) | undefined,
): Promise<ModedConfig> {
  const { mode } = config;
  if (mode === 'wasm') return { ...config, mode, obstacles: [] };
  const obstacles = obstaclesHere(config, enter === undefined);
  if (mode === 'linux' && process.platform !== 'linux') {
    throw new EngineError('unavailable', `containers of Linux cannot be run here: ${obstacles[0]?.message}`);
  }
  if (mode === 'auto' && obstacles.length > 0) return { ...config, mode: 'wasm', obstacles };
  try {
    await enter?.();
    return { ...config, mode: 'linux', obstacles: [] };
  } catch (error) {
    // Only trying tells what some systems forbid.
    if (mode === 'linux' || !(error instanceof RootlessError)) throw error;
    return { ...config, mode: 'wasm', obstacles: missing(error.findings) };
  }
}

function obstaclesHere({ runtimes }: DaemonConfig, isRoot: boolean): readonly Finding[] {
  if (process.platform !== 'linux') return [otherSystem(process.platform)];
  const named = Object.values(runtimes).map(({ path }) => path);
  const ofRoot = isRoot ? [rightsFinding(), runtimesFinding(searchPath(process.env['PATH']), named)] : [];
  return missing([...helperFindings(), ...ofRoot]);
}

function missing(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ state }) => state === 'missing');
}

function helperFindings(): readonly Finding[] {
  try {
    helperPath();
    return [];
  } catch (error) {
    return [{ name: 'helper', state: 'missing', message: messageOf(error) }];
  }
}
