// What `coracle daemon` does with its words: help, version, or settle the settings and run.

import { homedir } from 'node:os';
import { EngineError, isKind, messageOf } from '../spec/errors.ts';
import type { Finding } from '../spec/engine/system.ts';
import type { Owner } from '../spec/user-folders.ts';
import { chooseMode } from './choose-mode.ts';
import { parseFlags } from './flags.ts';
import { settle, type DaemonConfig } from './config.ts';
import type { EnterOptions } from '../rootless/enter.ts';
import { enteredNamespaces, RootlessError } from '../rootless/entered.ts';
import { otherSystem } from '../rootless/machine-findings.ts';
import type { Rootless } from '../spec/rootless.ts';
import { runDaemon } from './daemon.ts';
import { helperPath } from './helper-path.ts';
import { lockRoot, writePidFile } from './lock.ts';
import { helpText } from './settings.ts';
import { version } from './version.ts';

/** Where users have no numbers nobody is root. */
const nobodysUid = 1;

function refuse(error: unknown): never {
  const hint = error instanceof RootlessError ? "See 'coracle doctor'.\n" : "See 'coracle daemon --help'.\n";
  const isTaken = isKind(error, 'conflict');
  process.stderr.write(`coracle daemon: ${messageOf(error)}\n${isTaken ? '' : hint}`);
  process.exit(isTaken ? 1 : 125);
}

/** `coracle daemon unshare [--exec-root DIR] PROGRAM...`, by which the command line runs a program among the engine's files. */
async function unshare(words: readonly string[]): Promise<void> {
  const own = words[0] === '--exec-root' ? 2 : 0;
  try {
    if (process.getuid?.() === 0) {
      throw new EngineError('invalidParameter', 'you are root: there are no namespaces to enter');
    }
    const config = settle(parseFlags(words.slice(0, own)), owner(undefined));
    const { runInside } = await import('../rootless/enter.ts');
    process.exitCode = await runInside(enterOptions(config), words.slice(own));
  } catch (error) {
    process.stderr.write(`coracle unshare: ${messageOf(error)}\n`);
    process.exitCode = 125;
  }
}

/** Runs the daemon, or says what was asked. Ends the process with 125 when the words or the configuration file make no sense
 * or when an ordinary user starts it on a system that does not allow that, with 1 when another engine has its folders. */
export async function main(): Promise<void> {
  if (process.argv[2] === 'unshare') return await unshare(process.argv.slice(3));
  let config;
  let given;
  const rootless = enteredNamespaces(process.env);
  delete process.env['CORACLE_ROOTLESS'];
  try {
    given = parseFlags(process.argv.slice(2));
    if (given.get('help')?.at(-1) === 'true') {
      process.stdout.write(helpText());
      return;
    }
    if (given.get('version')?.at(-1) === 'true') {
      process.stdout.write(`Coracle version ${version}\n`);
      return;
    }
    config = settle(given, owner(rootless));
    if (given.get('preflight')?.at(-1) === 'true') {
      process.stdout.write(`${JSON.stringify({ findings: await examine(config) })}\n`);
      return;
    }
    const settled = config;
    const mayEnter = rootless === undefined && process.getuid?.() !== 0;
    config = await chooseMode(settled, mayEnter ? () => enter(settled) : undefined);
  } catch (error) {
    refuse(error);
  }
  await runDaemon(config, () => settle(given, owner(rootless)), rootless);
}

/** Whose engine this is on the host: inside its namespaces everybody is root. */
function owner(rootless: Rootless | undefined): Owner {
  return { uid: rootless?.uid ?? process.getuid?.() ?? nobodysUid, home: homedir(), env: process.env };
}

async function examine(config: DaemonConfig): Promise<readonly Finding[]> {
  if (process.platform !== 'linux') return [otherSystem(process.platform)];
  const { examineHost } = await import('../rootless/enter.ts');
  return await examineHost(enterOptions(config));
}

/** Becomes this program again, in namespaces where it is root; returns only by failing. */
async function enter(config: DaemonConfig): Promise<never> {
  const { enterNamespaces } = await import('../rootless/enter.ts');
  // The locks stay ours on the way: they are known by the process, which goes on as another program.
  using _root = lockRoot(config.dataRoot);
  using _pid = writePidFile(config.pidfile);
  return await enterNamespaces(enterOptions(config));
}

function enterOptions({ execRoot, runtimes }: DaemonConfig): EnterOptions {
  return { execRoot, helper: helperPath(), runtimes: Object.values(runtimes).map(({ path }) => path) };
}
