// RUN, evaluated: what is started, with which variables and mounts.

import { commandOf, shellText } from '../../spec/dockerfile/configure.ts';
import type { Lookup } from '../../spec/dockerfile/expand.ts';
import type { Heredoc, Instruction } from '../../spec/dockerfile/tree.ts';
import type { OciContainerConfig } from '../../spec/oci.ts';
import type { Origin, RunOperation } from '../contract.ts';
import { mountsOf } from './mounts.ts';
import type { PlanOptions } from './options.ts';
import { proxyValues } from './scope.ts';
import { flagText } from './text.ts';

interface RunScope {
  readonly config: OciContainerConfig;
  readonly scope: ReadonlyMap<string, string>;
  readonly args: ReadonlySet<string>;
  readonly options: PlanOptions;
  readonly lookup: Lookup;
  readonly origin: (from: string | undefined) => Promise<Origin>;
}

type Parts = Pick<
  RunOperation,
  'argv' | 'script' | 'env' | 'proxies' | 'workingDir' | 'user' | 'mounts' | 'network' | 'security'
>;

export async function runParts(
  instruction: Instruction,
  context: RunScope,
): Promise<Parts & { readonly text: string; readonly createdBy: string }> {
  const { config, scope, args, options, lookup } = context;
  const workingDir = config.WorkingDir === undefined || config.WorkingDir === '' ? '/' : config.WorkingDir;
  const origins = new Map<string | undefined, Origin>();
  for (const from of originsOf(instruction)) origins.set(from, await context.origin(from));
  const ofContext = await context.origin(undefined);
  const mounts = mountsOf(instruction, {
    lookup,
    workingDir,
    origin: (from) => origins.get(from) ?? ofContext,
  });
  const { argv, script, shown } = commandLine(instruction, config);
  const used = [...args].filter((name) => scope.has(name)).sort();
  const named = used.map((name) => `${name}=${scope.get(name) ?? ''}`);
  const proxies = proxyValues(options).filter(([name]) => !scope.has(name));
  return {
    argv,
    script,
    env: [...scope, ...proxies].map(([name, value]) => `${name}=${value}`),
    proxies: proxies.map(([name]) => name),
    workingDir,
    user: config.User ?? '',
    mounts,
    network: networkOf(instruction) ?? options.network,
    security: flagValue(instruction, 'security') === 'insecure' ? 'insecure' : 'sandbox',
    text: `RUN ${flagText(instruction)}${shown}`,
    createdBy: `RUN ${named.length === 0 ? '' : `|${named.length} ${named.join(' ')} `}${argv.join(' ')} # buildkit`,
  };
}

function originsOf({ flags }: Instruction): (string | undefined)[] {
  return flags.flatMap(({ name, fields }) =>
    name === 'mount' ? [fields?.find(({ key }) => key === 'from')?.value] : [],
  );
}

function flagValue({ flags }: Instruction, name: string): string | undefined {
  return flags.find((flag) => flag.name === name)?.value?.raw;
}

function networkOf(instruction: Instruction): RunOperation['network'] | undefined {
  const value = flagValue(instruction, 'network');
  return value === 'none' || value === 'host' || value === 'default' ? value : undefined;
}

/** Where a heredoc with an interpreter of its own is put. */
const scriptFolder = '/dev/pipes';

function commandLine(
  instruction: Instruction,
  config: OciContainerConfig,
): { readonly argv: readonly string[]; readonly script: string | undefined; readonly shown: string } {
  const { form, heredocs } = instruction;
  if (form.kind !== 'command') return { argv: [], script: undefined, shown: '' };
  if (form.json?.closed === true || heredocs.length === 0) {
    const argv = commandOf(config, instruction, form);
    const shown = form.json?.closed === true ? JSON.stringify(argv) : oneLine(shellText(instruction, form));
    return { argv, script: undefined, shown };
  }
  const shell = [...(config.Shell ?? ['/bin/sh', '-c'])];
  const line = shellText(instruction, form);
  const [only] = heredocs;
  // A heredoc that stands alone is the script itself.
  if (only !== undefined && heredocs.length === 1 && /^<<-?\s*(["']?)[^\s"'<]+\1$/.test(line)) {
    const script = only.body.text;
    const shown = `<<${only.delimiter} (${oneLine(script).slice(0, 60)}…)`;
    if (script.startsWith('#!')) return { argv: [`${scriptFolder}/${only.delimiter}`], script, shown };
    return { argv: [...shell, script], script: undefined, shown };
  }
  return { argv: [...shell, [line, ...heredocs.map(asText)].join('\n')], script: undefined, shown: oneLine(line) };
}

/** A heredoc as a shell reads it: tabs that `<<-` takes off are off already. */
function asText({ body, delimiter }: Heredoc): string {
  return `${body.text}${delimiter}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
