// The daemon's process: settings, lock, engine, listeners, signals. Modules are cached compiled, for a quick second start.

import module from 'node:module';
import { messageOf } from '../spec/errors.ts';
import { runDaemon } from './daemon.ts';
import { parseFlags } from './flags.ts';
import { settle } from './config.ts';
import { helpText } from './settings.ts';
import { version } from './version.ts';

module.enableCompileCache();

function refuse(error: unknown): never {
  process.stderr.write(`coracle daemon: ${messageOf(error)}\nSee 'coracle daemon --help'.\n`);
  process.exit(125);
}

async function main(): Promise<void> {
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

await main();
