// `cp`, both ways, and `-` for tar streams.

import type { EngineClient } from '../../client/client.ts';
import { splitTarget } from '../../copy/plan.ts';
import { containerDestination, copyIn, copyOut, openSource } from '../../copy/transfer.ts';
import type { ContainerPath, CopyOptions } from '../../copy/transfer.ts';
import { humanSize } from '../../text/units.ts';
import { command } from '../command.ts';
import { bool } from '../flags/types.ts';
import { writerTo } from '../io/pump.ts';
import { isTerminal } from '../io/terminal.ts';

export const cp = command({
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-',
  usage2: '[OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  long: `Copy files/folders between a container and the local filesystem

Use '-' as the source to read a tar archive from stdin
and extract it to a directory destination in a container.
Use '-' as the destination to stream a tar archive of a
container source to stdout.`,
  args: { min: 2, max: 2 },
  completes: 'containers',
  flags: {
    archive: bool('a', 'Archive mode (copy all uid/gid information)'),
    'follow-link': bool('L', 'Always follow symbol link in SRC_PATH'),
    quiet: bool('q', 'Suppress progress output during copy'),
  },
  async run({ args: [from = '', to = ''], flags, session }) {
    const [source, target] = [splitTarget(from), splitTarget(to)];
    if (source.path === '') throw new Error('source can not be empty');
    if (target.path === '') throw new Error('destination can not be empty');
    if (source.container !== '' && target.container !== '')
      throw new Error('copying between containers is not supported');
    if (source.container === '' && target.container === '')
      throw new Error('must specify at least one container source');
    const client = await session.client();
    const options = { archive: flags.archive, follow: flags['follow-link'] };
    const copied =
      source.container === ''
        ? await into(client, source.path, target, options)
        : await outOf(client, source, target.path, options);
    const isShown = !flags.quiet && isTerminal(2) && target.path !== '-';
    if (isShown) session.warn(`Successfully copied ${humanSize(copied, 3)} to ${to}`);
  },
});

/** @returns bytes of the archive */
async function outOf(
  client: EngineClient,
  source: ContainerPath,
  target: string,
  options: CopyOptions,
): Promise<number> {
  if (target !== '-') return await copyOut(client, source, target, options);
  const { tar } = await openSource(client, source, options);
  const write = writerTo(1);
  for await (const chunk of tar) await write(chunk);
  return tar.bytes;
}

async function into(
  client: EngineClient,
  source: string,
  target: ContainerPath,
  options: CopyOptions,
): Promise<number> {
  if (source !== '-') return await copyIn(client, source, target, options);
  const { path, isDirectory } = await containerDestination(client, target);
  if (!isDirectory) {
    throw new Error(`destination ${JSON.stringify(`${target.container}:${target.path}`)} must be a directory`);
  }
  const settings = { noOverwriteDirNonDir: true, copyUIDGID: options.archive === true };
  await client.containers.putArchive(target.container, path, process.stdin, settings);
  return 0;
}
