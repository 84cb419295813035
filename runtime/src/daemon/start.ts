// What `coracle daemon` does with its words: help, version, or settle the settings and run.

import { messageOf } from '../spec/errors.ts';
import { runDaemon } from './daemon.ts';
import { parseFlags } from './flags.ts';
import { settle } from './config.ts';
import { helpText } from './settings.ts';
import { version } from './version.ts';

function refuse(error: unknown): never {
  process.stderr.write(`coracle daemon: ${messageOf(error)}\nSee 'coracle daemon --help'.\n`);
  process.exit(125);
}

/** Runs the daemon; ends the process with 125 when the words or the configuration file make no sense. */
export async function main(): Promise<void> {
  let config;
  let given;
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
    config = settle(given);
  } catch (error) {
    refuse(error);
  }
  await runDaemon(config, () => settle(given));
}
