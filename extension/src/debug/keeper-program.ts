// The keeper's own process. Its standard input tells of containers; the end of it means that whoever saw to them is gone.

import { createInterface } from 'node:readline';
import { EngineClient } from '../../../runtime/src/client/client.ts';
import { removeContainer } from './container.ts';
import type { KeeperLine } from './keeper.ts';

async function main(): Promise<void> {
  const left = new Map<string, Extract<KeeperLine, { kind: 'keep' }>>();
  for await (const text of createInterface({ input: process.stdin })) {
    const line = JSON.parse(text) as KeeperLine;
    if (line.kind === 'keep') left.set(line.id, line);
    else left.delete(line.id);
  }
  // An engine that is gone as well has no containers to remove.
  await Promise.allSettled(
    [...left.values()].map(async ({ id, endpoint }) => {
      using client = new EngineClient(endpoint);
      await removeContainer(client, id);
    }),
  );
}

void main();
