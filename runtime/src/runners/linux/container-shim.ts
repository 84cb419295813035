// The shim of a container: forked by the helper, listening, connected. Nothing runs yet.

import type { Kernel } from '../../host/kernel.ts';
import type { SandboxSpec } from '../runner.ts';
import type { Prepared } from './document-writer.ts';
import { connectShim, ShimControl } from './shim-connection.ts';

/** @returns the connection to start it by */
export async function startContainerShim(
  kernel: Kernel,
  spec: SandboxSpec,
  { folder, runtime, group }: Prepared,
): Promise<ShimControl> {
  const { config, root } = spec;
  const terminal = config.Tty === true;
  await kernel.startShim({
    kind: 'container',
    directory: folder.path,
    socket: folder.socket,
    argv: await runtime.runArgv(folder, root.id, terminal),
    env: [],
    terminal,
    stdin: config.OpenStdin === true,
    stdinOnce: config.StdinOnce === true,
    log: spec.log,
    cgroups: group.directories,
    deleteArgv: await runtime.deleteArgv(folder, root.id),
    removePaths: runtime.removePaths(root.id),
    ...(runtime.hidePath === undefined ? {} : { hidePath: runtime.hidePath }),
  });
  return new ShimControl(await connectShim(folder.socket));
}

/** Both results, or the first failure once both have settled and what `first` made is undone. */
export async function settleBoth<A, B>(
  first: Promise<A>,
  second: Promise<B>,
  undo: (made: A) => void,
): Promise<[A, B]> {
  const [one, two] = await Promise.allSettled([first, second]);
  if (one.status === 'fulfilled' && two.status === 'fulfilled') return [one.value, two.value];
  if (one.status === 'fulfilled') undo(one.value);
  throw one.status === 'rejected' ? one.reason : (two as PromiseRejectedResult).reason;
}
