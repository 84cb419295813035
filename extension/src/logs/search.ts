// Searches what a container has logged.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { readLogs } from './lines.ts';
import { plainLine } from './text.ts';

/** More matches are not gathered. */
export const mostMatches = 10_000;

export interface LogMatches {
  readonly lines: readonly string[];
  /** True when there are more than were gathered. */
  readonly isCut: boolean;
}

/** Lines that contain `text`, in whatever case, each with its time. */
export async function searchLogs(
  client: EngineClient,
  id: string,
  text: string,
  signal: AbortSignal,
): Promise<LogMatches> {
  const info = await client.containers.inspect(id);
  const wanted = text.toLowerCase();
  const lines: string[] = [];
  let count = 0;
  await readLogs(client, id, { follow: false, isTty: info.Config?.Tty === true, signal }, (line) => {
    const plain = plainLine(line.text);
    if (!plain.toLowerCase().includes(wanted)) return;
    count += 1;
    if (count <= mostMatches) lines.push(`${line.time} ${plain}`);
  });
  return { lines, isCut: count > mostMatches };
}
