// The first half of `run` and all of `create`: make the container, pulling its image when it is not here.

import type { EngineClient } from '../../client/client.ts';
import { isNotFound } from '../../client/errors.ts';
import { tagged } from '../../text/names.ts';
import { pullImage } from '../commands/pull.ts';
import { fs } from '../../connect/node.ts';
import type { Session } from '../session.ts';
import type { CreateValues, Request } from './config.ts';

/**
 * @returns the id of the new container
 * @throws ApiError, or Error when the pull fails
 */
export async function createContainer(
  session: Session,
  client: EngineClient,
  request: Request,
  flags: CreateValues,
): Promise<string> {
  const image = request.body.Image ?? '';
  if (!['always', 'missing', 'never', ''].includes(flags.pull)) {
    throw new Error(`invalid pull option: '${flags.pull}': must be one of "always", "missing" or "never"`);
  }
  using cidFile = openCidFile(flags.cidfile);
  const create = async () =>
    await client.containers.create(request.body, flags.name || undefined, flags.platform || undefined);
  const pull = async () => await pullImage(session, image, { platform: flags.platform, quiet: flags.quiet, output: 2 });
  if (flags.pull === 'always') await pull();
  let made;
  try {
    made = await create();
  } catch (error) {
    // A 404 may be about a network or a volume's container: only a missing image is pulled.
    const isId = /^(sha256:)?[\da-f]{64}$/.test(image);
    const isMissing =
      isNotFound(error) && !isId && /no such image|does not match the specified platform/i.test(error.message);
    if (!isMissing || flags.pull === 'never' || flags.pull === 'always') throw error;
    if (!flags.quiet) session.warn(`Unable to find image '${tagged(image)}' locally`);
    await pull();
    made = await create();
  }
  for (const warning of made.Warnings ?? []) session.warn(`WARNING: ${warning}`);
  const id = made.Id ?? '';
  cidFile.keep(id);
  return id;
}

interface CidFile extends Disposable {
  keep(id: string): void;
}

/** The file is made before the container, so that an id that cannot be told is never made. */
function openCidFile(path: string): CidFile {
  if (path === '') return { keep: () => undefined, [Symbol.dispose]: () => undefined };
  const { openSync, closeSync, writeSync, rmSync } = fs();
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o644);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new Error(`container ID file found, make sure the other container isn't running or delete ${path}`, {
        cause: error,
      });
    }
    throw new Error(`failed to create the container ID file: ${(error as Error).message}`, { cause: error });
  }
  let isKept = false;
  return {
    keep(id) {
      writeSync(fd, id);
      isKept = true;
    },
    [Symbol.dispose]() {
      closeSync(fd);
      if (!isKept) rmSync(path, { force: true });
    },
  };
}
