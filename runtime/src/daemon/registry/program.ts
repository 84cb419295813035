// What `coracle registry` does with its words. The build's program is this file's `main`.

import { isKind, messageOf } from '../../spec/errors.ts';
import { collectConfig, helpTexts, serveConfig } from './settings.ts';

/** Ends with 125 when the words make no sense, with 1 when what they ask for fails. */
export async function main(words: readonly string[]): Promise<void> {
  const [verb, ...rest] = words;
  if (verb === 'serve') return await runServe(rest);
  if (verb === 'gc') return await runCollect(rest);
  const asked = verb === undefined || verb === '--help' || verb === '-h';
  if (asked) process.stdout.write(helpTexts.group);
  else refuse(`unknown command: coracle registry ${verb}`, 'coracle registry');
}

async function runServe(words: readonly string[]): Promise<void> {
  const config = settled(() => serveConfig(words), 'coracle registry serve');
  if (config === 'help') {
    process.stdout.write(helpTexts.serve);
    return;
  }
  const { serve } = await import('./serve.ts');
  await serve(config);
}

async function runCollect(words: readonly string[]): Promise<void> {
  const config = settled(() => collectConfig(words), 'coracle registry gc');
  if (config === 'help') {
    process.stdout.write(helpTexts.gc);
    return;
  }
  const { collectOnce } = await import('./serve.ts');
  try {
    const count = await collectOnce(config);
    process.stdout.write(`removed ${count} ${count === 1 ? 'content' : 'contents'}\n`);
  } catch (error) {
    const hint = isKind(error, 'conflict') ? '; the server removes it by itself every hour' : '';
    process.stderr.write(`coracle registry gc: ${messageOf(error)}${hint}\n`);
    process.exitCode = 1;
  }
}

function settled<T>(settle: () => T, program: string): T {
  try {
    return settle();
  } catch (error) {
    return refuse(messageOf(error), program);
  }
}

function refuse(message: string, program: string): never {
  process.stderr.write(`${program}: ${message}\nSee '${program} --help'.\n`);
  process.exit(125);
}
