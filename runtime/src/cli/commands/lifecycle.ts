// `stop`, `restart`, `kill`, `rm`, `pause`, `unpause`, `wait`, `rename`.

import { command } from '../command.ts';
import { isNotFound } from '../../client/errors.ts';
import { bool, int, string } from '../flags/types.ts';
import { forEach } from './each.ts';

const many = { usage: '[OPTIONS] CONTAINER [CONTAINER...]', args: { min: 1 } } as const;

const stopFlags = {
  signal: string('s', 'Signal to send to the container'),
  time: int('', 'Seconds to wait before killing the container', { hidden: true }),
  timeout: int('t', 'Seconds to wait before killing the container'),
};

export const stop = command({
  ...many,
  completes: 'running',
  flags: stopFlags,
  async run({ args, flags, session }) {
    const client = await session.client();
    const options = { signal: flags.signal || undefined, t: flags.timeout ?? flags.time };
    return await forEach(session, args, async (name) => {
      await client.containers.stop(name, options);
      return name;
    });
  },
});

export const restart = command({
  ...many,
  completes: 'containers',
  flags: stopFlags,
  async run({ args, flags, session }) {
    const client = await session.client();
    const options = { signal: flags.signal || undefined, t: flags.timeout ?? flags.time };
    return await forEach(session, args, async (name) => {
      await client.containers.restart(name, options);
      return name;
    });
  },
});

export const kill = command({
  ...many,
  completes: 'running',
  flags: { signal: string('s', 'Signal to send to the container') },
  async run({ args, flags, session }) {
    const client = await session.client();
    return await forEach(session, args, async (name) => {
      await client.containers.kill(name, flags.signal || undefined);
      return name;
    });
  },
});

export const rm = command({
  ...many,
  completes: 'containers',
  flags: {
    force: bool('f', 'Force the removal of a running container (uses SIGKILL)'),
    link: bool('l', 'Remove the specified link'),
    volumes: bool('v', 'Remove anonymous volumes associated with the container'),
  },
  async run({ args, flags, session }) {
    const client = await session.client();
    return await forEach(session, args, async (name) => {
      const path = name.replace(/^\/+/, '');
      if (path === '') throw new Error('container name cannot be empty');
      try {
        await client.containers.remove(path, { v: flags.volumes, force: flags.force, link: flags.link });
      } catch (error) {
        // With --force a container that is not there counts as removed, but is still told.
        if (!flags.force || !isNotFound(error)) throw error;
        session.warn(`Error response from daemon: ${error.message}`);
        return undefined;
      }
      return name;
    });
  },
});

export const pause = command({
  usage: 'CONTAINER [CONTAINER...]',
  args: { min: 1 },
  completes: 'running',
  flags: {},
  async run({ args, session }) {
    const client = await session.client();
    return await forEach(session, args, async (name) => {
      await client.containers.pause(name);
      return name;
    });
  },
});

export const unpause = command({
  usage: 'CONTAINER [CONTAINER...]',
  args: { min: 1 },
  completes: 'running',
  flags: {},
  async run({ args, session }) {
    const client = await session.client();
    return await forEach(session, args, async (name) => {
      await client.containers.unpause(name);
      return name;
    });
  },
});

export const wait = command({
  usage: 'CONTAINER [CONTAINER...]',
  args: { min: 1 },
  completes: 'running',
  flags: {},
  async run({ args, session }) {
    const client = await session.client();
    return await forEach(session, args, async (name) => {
      const { exit } = await client.containers.wait(name);
      const result = await exit;
      if (result.Error?.Message) throw new Error(result.Error.Message);
      return String(result.StatusCode ?? 0);
    }, 1); // prettier-ignore
  },
});

export const rename = command({
  usage: 'CONTAINER NEW_NAME',
  args: { min: 2, max: 2 },
  completes: 'containers',
  flags: {},
  async run({ args: [from = '', to = ''], session }) {
    if (from.trim() === '' || to.trim() === '') throw new Error('Error: Neither old nor new names may be empty');
    const client = await session.client();
    try {
      await client.containers.rename(from.trim(), to.trim());
    } catch (error) {
      const { describe } = await import('../describe.ts');
      session.warn(describe(error));
      throw new Error(`Error: failed to rename container named ${from.trim()}`, { cause: error });
    }
  },
});
