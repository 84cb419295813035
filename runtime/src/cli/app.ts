// Finds the command that a command line names, runs it, and turns whatever goes wrong into docker's words and exit statuses.

import { ArgumentCountError, checkArguments, ExitError } from './command.ts';
import type { Command } from './command.ts';
import { describe } from './describe.ts';
import { endProcess } from './end-process.ts';
import { HelpRequest, parseFlags, UsageError } from './flags/parse.ts';
import { bool, list, string } from './flags/types.ts';
import { flushOutput, output } from './io/output.ts';
import { Session } from './session.ts';
import { findEntry, rootEntry } from './tree.ts';
import type { Entry } from './tree.ts';

export const globalFlags = {
  config: string('', 'Location of client config files (default ~/.coracle)'),
  context: string('c', 'Name of the context to use (overrides CORACLE_HOST, DOCKER_HOST and "coracle context use")'),
  debug: bool('D', 'Say more about errors'),
  host: list('H', 'Engine to connect to: unix:///path, tcp://host:port'),
  tls: bool('', 'Use TLS; implied by --tlsverify'),
  tlscacert: string('', 'Trust certs signed only by this CA'),
  tlscert: string('', 'Path to TLS certificate file'),
  tlskey: string('', 'Path to TLS key file'),
  tlsverify: bool('', 'Use TLS and verify the remote'),
  version: bool('v', 'Print version information and quit'),
};

/** Runs a command line and ends the process. */
export async function main(args: readonly string[]): Promise<void> {
  const status = await runLine(args);
  await flushOutput();
  endProcess(status);
}

interface Call {
  readonly path: string;
  readonly entry: Entry;
  readonly args: readonly string[];
}

async function runLine(args: readonly string[]): Promise<number> {
  let session: Session;
  let rest: readonly string[];
  try {
    const parsed = parseFlags(globalFlags, args, false);
    const { values } = parsed;
    rest = parsed.rest;
    if (values.version) rest = ['version', '--format', 'Coracle version {{.Client.Version}}', '--client'];
    session = new Session({
      hosts: values.host,
      context: values.context,
      config: values.config,
      debug: values.debug,
      tls: values.tls,
      tlsVerify: values.tlsverify,
      tlsCa: values.tlscacert,
      tlsCert: values.tlscert,
      tlsKey: values.tlskey,
    });
  } catch (error) {
    if (error instanceof HelpRequest) return await printRootHelp();
    return usageFailure(error, 'coracle', 'coracle [OPTIONS] COMMAND [ARG...]');
  }
  if (rest.length === 0) return await printRootHelp(2);
  if (rest.length === 1 && rest[0] === 'help') return await printRootHelp();
  return await dispatch(rest[0] === 'help' ? [...rest.slice(1), '--help'] : rest, session);
}

async function dispatch(words: readonly string[], session: Session): Promise<number> {
  const call = resolve(words);
  if (typeof call === 'string') {
    output(2).write(call);
    return 1;
  }
  const { entry, path, args } = call;
  if (entry.load === undefined) return await groupAlone(call);
  const command = await entry.load();
  return await runCommand(command, { path, entry, args }, session);
}

/** The entry that the words name, or what to say when there is none. */
function resolve(words: readonly string[]): Call | string {
  let entry = rootEntry;
  let path = 'coracle';
  let at = 0;
  for (; entry.children !== undefined && at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word.startsWith('-')) break;
    const next = findEntry(entry.children, word);
    if (next === undefined) {
      const usage = path === 'coracle' ? '' : `Usage:  ${path}\n\n`;
      return `coracle: unknown command: ${path} ${word}\n\n${usage}Run '${path} --help' for more information\n`;
    }
    entry = next;
    path = `${path} ${next.name}`;
  }
  return { path, entry, args: words.slice(at) };
}

/** A group without a command prints its help. */
async function groupAlone({ path, entry, args }: Call): Promise<number> {
  const { groupHelp } = await import('./help.ts');
  const [first] = args;
  if (first !== undefined && first !== '--help' && first !== '-h') {
    return usageFailure(new UsageError(`unknown flag: ${first}`), path, `${path} COMMAND`);
  }
  // Asked for, it is output; as the answer to an unfinished command line it is not.
  output(first === undefined ? 2 : 1).write(groupHelp(path, entry));
  return 0;
}

async function printRootHelp(fd: 1 | 2 = 1): Promise<number> {
  const { rootHelp } = await import('./help.ts');
  output(fd).write(rootHelp(globalFlags));
  return 0;
}

async function runCommand(command: Command, call: Call, session: Session): Promise<number> {
  const usage = `${call.path} ${command.usage}`.trimEnd();
  let parsed;
  try {
    parsed = parseFlags(command.flags, call.args, command.interspersed !== false);
    checkArguments(call.path, command.args, parsed.rest.length);
  } catch (error) {
    if (error instanceof HelpRequest) {
      const { commandHelp } = await import('./help.ts');
      output(1).write(commandHelp(call.path, call.entry, command));
      return 0;
    }
    return usageFailure(error, call.path, usage);
  }
  try {
    const { values: flags, changed, rest: args } = parsed;
    return (await command.run({ args, flags, changed, session })) ?? 0;
  } catch (error) {
    return failure(error, command, call.path, session);
  }
}

/** A command line that does not fit: 125 for flags, 1 for arguments, as docker has it. */
function usageFailure(error: unknown, path: string, usage: string): number {
  if (!(error instanceof UsageError)) throw error;
  const isCount = error instanceof ArgumentCountError;
  const head = isCount ? `coracle: ${error.message}` : error.message;
  output(2).write(`${head}\n\nUsage:  ${usage}\n\nRun '${path} --help' for more information\n`);
  return isCount ? 1 : 125;
}

function failure(error: unknown, command: Command, path: string, session: Session): number {
  if (error instanceof ExitError && error.message === '') return error.status;
  const text = describe(error, session.options.debug);
  if (command.failureStatus === undefined) output(2).write(`${text}\n`);
  else output(2).write(`coracle: ${text}\n\nRun '${path} --help' for more information\n`);
  return error instanceof ExitError ? error.status : (command.failureStatus ?? 1);
}
