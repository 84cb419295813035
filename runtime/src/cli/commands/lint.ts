// `lint`: what is wrong with Dockerfiles, in hadolint's formats and with its exit statuses. Coracle's own.

import { setFlagsFromString } from 'node:v8';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import {
  type Configuration,
  emptyConfiguration,
  mergeConfigurations,
  parseLabel,
  parseThreshold,
  toSettings,
} from '../../../../language-server/src/lint/config.ts';
import { type LintedFile, report, reports } from '../../../../language-server/src/lint/report/report.ts';
import type { Severity } from '../../../../language-server/src/lint/rule.ts';
import { command, ExitError, type Invocation } from '../command.ts';
import { bool, list, string, strings } from '../flags/types.ts';
import { findConfiguration } from '../lint/configuration.ts';
import { lintFiles } from '../lint/linting.ts';
import type { Session } from '../session.ts';
import { clientVersion } from '../version-number.ts';
import { readDockerfiles, replaceText } from './dockerfiles.ts';

const formats = [...reports.keys()].join(', ');

const flagTable = {
  config: string('c', 'Configuration file (default: .hadolint.yaml here, then where hadolint looks)'),
  'disable-ignore-pragma': bool('', 'Let "# hadolint ignore=" comments count for nothing'),
  error: strings('', 'Make a rule an error'),
  'failure-threshold': string(
    't',
    'Fail only from this severity on: error, warning, info (the default), style or none',
    '',
    {
      type: 'severity',
    },
  ),
  'file-path-in-report': string('', 'Name that reports give to the file', '', { type: 'path' }),
  fix: bool('', 'Mend what can be mended safely, and report the rest'),
  format: list('f', `Format: ${formats}`, {
    type: 'format',
    check: (text) => {
      if (!reports.has(text)) throw new Error(`there is no such format; use one of ${formats}`);
      return text;
    },
  }),
  ignore: strings('', 'Leave a rule out'),
  info: strings('', 'Make a rule informational'),
  'no-color': bool('', 'Do not colour the output'),
  'no-fail': bool('', 'Exit with status 0 whatever is found'),
  'no-shellcheck': bool('', 'Do not run ShellCheck though it is installed'),
  output: list('o', 'Write the report to a file; with several formats, once for each', { type: 'file' }),
  'require-label': list('', 'Label and kind, such as maintainer:email', {
    type: 'label:kind',
    check: (text) => {
      if (parseLabel(text) === undefined)
        throw new Error('use label:kind with text, url, rfc3339, spdx, hash, semver or email');
      return text;
    },
  }),
  'strict-labels': bool('', 'Permit no labels but those required'),
  style: strings('', 'Make a rule a matter of style'),
  'trusted-registry': strings('', 'Registry that images may come from'),
  'unsafe-fixes': bool('', 'With --fix, mend what may change the image too'),
  verbose: bool('V', 'Tell which configuration is used'),
  warning: strings('', 'Make a rule a warning'),
};

type Flags = Invocation<typeof flagTable>['flags'];

export const lint = command({
  usage: '[OPTIONS] [FILE|DIRECTORY|-...]',
  long: "Find what is wrong with Dockerfiles: the builder's errors, BuildKit's checks, hadolint's rules and, where it is installed, ShellCheck's. A directory stands for those in it and below, the current one by default; - reads standard input. Exits with status 1 when something is found that is as severe as the threshold.",
  flags: flagTable,
  completes: 'files',
  async run({ args, flags, changed, session }) {
    // The optimising compiler would work for longer than what it compiles is used, and marking ahead of a collection for one that hardly
    // ever comes before the end.
    setFlagsFromString('--no-opt');
    setFlagsFromString('--no-incremental-marking');
    const found = await findConfiguration(flags.config, session.env);
    for (const problem of found.problems) session.warn(`coracle: ${problem}`);
    const configuration = mergeConfigurations(found.configuration, fromFlags(flags, changed));
    if (configuration.verbose === true) {
      session.warn(`coracle: configuration: ${found.path ?? 'none'}`);
      session.warn(JSON.stringify(configuration));
    }
    const files = await lintAll(args.length === 0 ? ['.'] : args, configuration, flags, session);
    await write(files, configuration, flags, session);
    return exitStatus(files, configuration);
  },
});

function fromFlags(flags: Flags, changed: ReadonlySet<string>): Configuration {
  const levels = (['error', 'warning', 'info', 'style'] as const).flatMap((level) => {
    return flags[level].map((rule) => ({ rule, level }));
  });
  const threshold = parseThreshold(flags['failure-threshold']);
  if (threshold === undefined && flags['failure-threshold'] !== '') {
    throw new Error(
      `invalid --failure-threshold "${flags['failure-threshold']}": use error, warning, info, style or none`,
    );
  }
  return {
    ...emptyConfiguration,
    levels: [...levels, ...flags.ignore.map((rule) => ({ rule, level: 'off' as const }))],
    allowedRegistries: flags['trusted-registry'],
    labelSchema: flags['require-label'].map(parseLabel).filter((label) => label !== undefined),
    formats: flags.format,
    ...(changed.has('strict-labels') && { strictLabels: flags['strict-labels'] }),
    ...(changed.has('disable-ignore-pragma') && { disableIgnorePragma: flags['disable-ignore-pragma'] }),
    ...(changed.has('no-fail') && { noFail: flags['no-fail'] }),
    ...(changed.has('no-color') && { noColor: flags['no-color'] }),
    ...(changed.has('verbose') && { verbose: flags.verbose }),
    ...(threshold !== undefined && { failureThreshold: threshold }),
  };
}

async function lintAll(
  paths: readonly string[],
  configuration: Configuration,
  flags: Flags,
  session: Session,
): Promise<readonly LintedFile[]> {
  const files: LintedFile[] = [];
  const unsafe = flags['unsafe-fixes'];
  let fixes = 0;
  const linting = lintFiles(readDockerfiles(paths), {
    settings: toSettings(configuration),
    useShellCheck: !flags['no-shellcheck'],
    wanted: flags.fix || unsafe ? ({ safe }) => safe || unsafe : undefined,
  });
  for await (const file of linting) {
    files.push(file);
    fixes += file.fixes;
    if (file.name === '-' && (flags.fix || unsafe)) session.write(file.text);
    else if (file.text !== file.before) await replaceText(file.name, file.text);
  }
  if (fixes > 0) session.warn(`coracle: ${fixes} ${fixes === 1 ? 'fix' : 'fixes'} applied`);
  return files;
}

/** Reports go to standard output, or to standard error where that has the mended text. */
async function write(
  files: readonly LintedFile[],
  { formats: chosen, noColor }: Configuration,
  flags: Flags,
  session: Session,
): Promise<void> {
  const isTaken = (flags.fix || flags['unsafe-fixes']) && files.some(({ name }) => name === '-');
  const stream = isTaken ? process.stderr : process.stdout;
  const wanted = chosen.length === 0 ? ['text'] : chosen;
  for (const [index, format] of wanted.entries()) {
    const path = flags.output[index];
    if (!reports.has(format)) throw new ExitError(1, `there is no format ${format}; use one of ${formats}`);
    const made = report(format, files, {
      color: noColor !== true && path === undefined && stream.isTTY,
      version: clientVersion,
      path: flags['file-path-in-report'] || undefined,
      hash: (text) => createHash('sha1').update(text).digest('hex'),
    });
    if (path !== undefined) await writeFile(path, made);
    else if (isTaken) process.stderr.write(made);
    else session.write(made);
  }
}

const strength: Readonly<Record<Severity | 'none', number>> = { error: 3, warning: 2, info: 1, style: 0, none: 0 };

function exitStatus(
  files: readonly LintedFile[],
  { noFail, formats: chosen, failureThreshold = 'info' }: Configuration,
): number {
  // Whoever reads these formats decides by them.
  if (noFail === true || chosen.includes('codeclimate') || chosen.includes('codacy')) return 0;
  const isSevere = ({ diagnostics }: LintedFile) => {
    return diagnostics.some(({ severity }) => strength[severity] >= strength[failureThreshold]);
  };
  return files.some(isSevere) ? 1 : 0;
}
