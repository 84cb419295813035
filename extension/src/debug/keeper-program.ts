// The keeper's own process. It is started with its first container, and its standard input tells of more; the end of it means that
// whoever saw to them is gone.

import { createInterface } from 'node:readline';
import { EngineClient } from '../../../runtime/src/client/client.ts';
import { removeContainer } from './container.ts';
import { firstLine, type KeeperLine } from './keeper.ts';

async function main(): Promise<void> {
  const left = new Map<string, Extract<KeeperLine, { kind: 'keep' }>>();
  const hear = (text: string): void => {
    const line = JSON.parse(text) as KeeperLine;
    if (line.kind === 'keep') left.set(line.id, line);
    else left.delete(line.id);
  };
  const first = process.env[firstLine];
  if (first !== undefined) hear(first);
  for await (const text of createInterface({ input: process.stdin })) hear(text);
  // An engine that is gone as well has no containers to remove.
  await Promise.allSettled(
    [...left.values()].map(async ({ id, endpoint }) => {
      using client = new EngineClient(endpoint);
      await removeContainer(client, id);
    }),
  );
}

void main();
