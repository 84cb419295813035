// Where `lint` takes its settings from, as hadolint does: the environment, one file, the command line; later ones win.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  type Configuration,
  configurationNames,
  emptyConfiguration,
  mergeConfigurations,
  parseLabel,
  parseThreshold,
  readConfiguration,
} from '../../../../language-server/src/lint/config.ts';
import { fileMessage } from '../commands/file-message.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface FoundConfiguration {
  readonly configuration: Configuration;
  /** What is wrong with the file, in words for whom wrote it. */
  readonly problems: readonly string[];
  readonly path: string | undefined;
}

/** @param given the file that the command line names; else the first that is there counts */
export async function findConfiguration(given: string, env: Environment): Promise<FoundConfiguration> {
  const early = fromEnvironment(env);
  for (const path of given === '' ? places(env) : [given]) {
    const text = await readIfThere(path, given !== '');
    if (text === undefined) continue;
    const { configuration, problems } = readConfiguration(text);
    return {
      configuration: mergeConfigurations(early, configuration),
      problems: problems.map((problem) => `${path}: ${problem}`),
      path,
    };
  }
  return { configuration: early, problems: [], path: undefined };
}

/** hadolint's places: the current folder, the configuration folder, hadolint's own one, the home folder. */
function places(env: Environment): readonly string[] {
  const home = env['HOME'] || homedir();
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const visible = ['hadolint.yaml', 'hadolint.yml'];
  const own = [...visible, 'config.yaml', 'config.yml'];
  return [
    ...configurationNames,
    ...visible.map((name) => join(config, name)),
    ...own.map((name) => join(home, '.hadolint', name)),
    ...configurationNames.map((name) => join(home, name)),
  ];
}

async function readIfThere(path: string, isNeeded: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const isMissing =
      error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    if (isMissing && !isNeeded) return undefined;
    throw new Error(fileMessage(path, error), { cause: error });
  }
}

/** hadolint's variables. */
function fromEnvironment(env: Environment): Configuration {
  const list = (name: string) => (env[name] ?? '').split(',').filter((value) => value !== '');
  const rules = (name: string, level: Configuration['levels'][number]['level']) => {
    return list(name).map((rule) => ({ rule, level }));
  };
  const threshold = parseThreshold(env['HADOLINT_FAILURE_THRESHOLD'] ?? '');
  return {
    ...emptyConfiguration,
    levels: [
      ...rules('HADOLINT_OVERRIDE_ERROR', 'error'),
      ...rules('HADOLINT_OVERRIDE_WARNING', 'warning'),
      ...rules('HADOLINT_OVERRIDE_INFO', 'info'),
      ...rules('HADOLINT_OVERRIDE_STYLE', 'style'),
      ...rules('HADOLINT_IGNORE', 'off'),
    ],
    allowedRegistries: list('HADOLINT_TRUSTED_REGISTRIES'),
    labelSchema: list('HADOLINT_REQUIRE_LABELS')
      .map(parseLabel)
      .filter((label) => label !== undefined),
    formats: list('HADOLINT_FORMAT'),
    ...switches(env),
    ...(threshold !== undefined && { failureThreshold: threshold }),
  };
}

function switches(env: Environment): Partial<Configuration> {
  const names = {
    HADOLINT_NOFAIL: 'noFail',
    HADOLINT_VERBOSE: 'verbose',
    HADOLINT_STRICT_LABELS: 'strictLabels',
    HADOLINT_DISABLE_IGNORE_PRAGMA: 'disableIgnorePragma',
  } as const;
  const set = Object.entries(names).flatMap(([name, key]) => {
    const value = env[name];
    return value === undefined ? [] : [[key, /^(?:1|y|on|true|yes)$/i.test(value)] as const];
  });
  return { ...Object.fromEntries(set), ...(env['NO_COLOR'] ? { noColor: true } : {}) };
}
