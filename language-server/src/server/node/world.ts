// The server's world on a machine with Node.

import { existsSync } from 'node:fs';
import { connectRunning } from '../../knowledge/node/connect.ts';
import { EngineKnowledge } from '../../knowledge/node/engine-knowledge.ts';
import { findShellCheck, shellCheck } from '../../shell/node/shellcheck.ts';
import { serverVersion } from '../version-number.ts';
import type { World } from '../world.ts';
import { NodeFiles } from './files.ts';

export function nodeWorld({ takesText }: Pick<World, 'takesText'>): World {
  return {
    takesText,
    version: serverVersion,
    rulePages: rulePages(),
    files: (changed) => new NodeFiles(changed),
    knowledge: (changed, engine) => {
      const knowledge = new EngineKnowledge(() => connectRunning(engine));
      knowledge.onChange(changed);
      return knowledge;
    },
    checkShell: async () => {
      const program = await findShellCheck();
      return program === undefined ? undefined : shellCheck(program);
    },
    environment: () =>
      new Map(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  };
}

/** Beside the bundle in a package, in the docs of a checkout. */
function rulePages(): string | undefined {
  const folders = ['../rules/', '../../docs/rules/'].map((path) => new URL(path, import.meta.url));
  return folders.find((folder) => existsSync(folder))?.href;
}
