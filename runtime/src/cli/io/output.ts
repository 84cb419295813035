// Standard output and standard error, opened when first written to: opening either costs time at start.

import { endByPipe } from '../end-process.ts';

const opened = new Map<1 | 2, NodeJS.WriteStream>();

/** The stream of file descriptor 1 or 2. */
export function output(fd: 1 | 2): NodeJS.WriteStream {
  const known = opened.get(fd);
  if (known !== undefined) return known;
  const stream = fd === 1 ? process.stdout : process.stderr;
  stream.on('error', onError);
  opened.set(fd, stream);
  return stream;
}

/** The reader of our output went away (`coracle logs x | head`): end as other programs then do. */
function onError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') endByPipe();
  process.exit(1);
}

/** Resolves when what was written has left this process. */
export async function flushOutput(): Promise<void> {
  for (const stream of opened.values()) await new Promise((resolve) => stream.write('', resolve));
}
