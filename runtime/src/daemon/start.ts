// What `coracle daemon` does with its words: help, version, or settle the settings and run.

import { homedir } from 'node:os';
import { messageOf } from '../spec/errors.ts';
import type { Owner } from '../spec/user-folders.ts';
import { runDaemon } from './daemon.ts';
import { parseFlags } from './flags.ts';
import { settle, type DaemonConfig } from './config.ts';
import { enteredNamespaces, enterNamespaces, RootlessError } from '../rootless/enter.ts';
import type { Rootless } from '../spec/rootless.ts';
import { helperPath } from './helper-path.ts';
import { lockRoot, writePidFile } from './lock.ts';
import { helpText } from './settings.ts';
import { version } from './version.ts';

function refuse(error: unknown): never {
  const hint = error instanceof RootlessError ? "See 'coracle doctor'." : "See 'coracle daemon --help'.";
  process.stderr.write(`coracle daemon: ${messageOf(error)}\n${hint}\n`);
  process.exit(125);
}

/** Runs the daemon; ends the process with 125 when the words or the configuration file make no sense, and when an ordinary
 * user starts it on a system that does not allow that. */
export async function main(): Promise<void> {
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
    if (rootless === undefined && process.getuid?.() !== 0) await enter(config);
  } catch (error) {
    refuse(error);
  }
  await runDaemon(config, () => settle(given, owner(rootless)), rootless);
}

/** Whose engine this is on the host: inside its namespaces everybody is root. */
function owner(rootless: Rootless | undefined): Owner {
  return { uid: rootless?.uid ?? process.getuid?.() ?? 0, home: homedir(), env: process.env };
}

/** Becomes this program again, in namespaces where it is root; returns only by failing. */
async function enter(config: DaemonConfig): Promise<never> {
  // The locks stay ours on the way: they are known by the process, which goes on as another program.
  using _root = lockRoot(config.dataRoot);
  using _pid = writePidFile(config.pidfile);
  const runtimes = Object.values(config.runtimes).map(({ path }) => path);
  return await enterNamespaces({ execRoot: config.execRoot, helper: helperPath(), runtimes });
}
