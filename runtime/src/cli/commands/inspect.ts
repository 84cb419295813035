// `inspect` and its kinds: `container inspect`, `image inspect`, `network inspect`, `volume inspect`.

import type { EngineClient } from '../../client/client.ts';
import { parseExact } from '../../client/exact-json.ts';
import { isApiError } from '../../client/errors.ts';
import { command, ExitError } from '../command.ts';
import { describe } from '../describe.ts';
import { bool, string } from '../flags/types.ts';
import { indentJson } from '../../text/json-text.ts';
import { documentTemplate } from '../format/object.ts';
import type { Session } from '../session.ts';

type Finder = (client: EngineClient, name: string) => Promise<string>;

const formatFlag = string('f', 'Format output using a custom template: "json" or a Go "TEMPLATE"');

/** Prints documents as an array, or through a template. @throws ExitError 1 after printing what was found */
export async function inspectAll(
  session: Session,
  names: readonly string[],
  format: string,
  find: (name: string) => Promise<string>,
): Promise<number> {
  const template = format === '' || format === 'json' ? undefined : documentTemplate(format);
  const found: string[] = [];
  const errors: string[] = [];
  let output = '';
  for (const name of names) {
    try {
      const text = (await find(name)).trim();
      if (template === undefined) found.push(text);
      else output += `${template(parseExact(text))}\n`;
    } catch (error) {
      errors.push(describe(error));
    }
  }
  if (template !== undefined) session.write(output === '' ? '\n' : output);
  else if (format === 'json') session.print(`[${found.join(',')}]`);
  else session.print(found.length === 0 ? '[]' : `[\n${found.map((text) => `    ${indentJson(text, '    ', '    ')}`).join(',\n')}\n]`);
  if (errors.length > 0) throw new ExitError(1, errors.join('\n'));
  return 0;
} // prettier-ignore

const findContainer =
  (size: boolean): Finder =>
  async (client, name) =>
    await client.containers.inspectText(name, size);
const findImage: Finder = async (client, name) => await client.images.inspectText(name);
const findNetwork: Finder = async (client, name) => await client.networks.inspectText(name);
const findVolume: Finder = async (client, name) => await client.volumes.inspectText(name);

export const inspectAny = command({
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  args: { min: 1 },
  completes: 'containers',
  flags: {
    format: formatFlag,
    size: bool('s', 'Display total file sizes if the type is container'),
    type: string('', 'Only inspect objects of the given type: container, image, network or volume'),
  },
  async run({ args, flags, changed, session }) {
    const finders: Readonly<Record<string, Finder>> = {
      container: findContainer(flags.size),
      image: findImage,
      network: findNetwork,
      volume: findVolume,
    };
    if (changed.has('type') && flags.type === '') {
      throw new Error('type is empty: must be one of "container", "image", "network", "volume"');
    }
    if (flags.type !== '' && !Object.hasOwn(finders, flags.type)) {
      throw new Error(
        `unknown type: ${JSON.stringify(flags.type)}: must be one of "container", "image", "network", "volume"`,
      );
    }
    const client = await session.client();
    const only = flags.type === '' ? undefined : finders[flags.type];
    return await inspectAll(session, args, flags.format, async (name) => {
      if (only !== undefined) return await only(client, name);
      for (const finder of Object.values(finders)) {
        try {
          return await finder(client, name);
        } catch (error) {
          // Another kind may have that name; an engine refuses names that cannot be one of its kind with 400.
          if (!isApiError(error, 404, 400)) throw error;
        }
      }
      throw new Error(`Error: No such object: ${name}`);
    });
  },
});

export const inspectContainer = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  args: { min: 1 },
  completes: 'containers',
  flags: { format: formatFlag, size: bool('s', 'Display total file sizes') },
  async run({ args, flags, session }) {
    const client = await session.client();
    return await inspectAll(session, args, flags.format, async (name) => await findContainer(flags.size)(client, name));
  },
});

export const inspectImage = command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  args: { min: 1 },
  completes: 'images',
  flags: { format: formatFlag },
  async run({ args, flags, session }) {
    const client = await session.client();
    return await inspectAll(session, args, flags.format, async (name) => await findImage(client, name));
  },
});

export const inspectNetwork = command({
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  args: { min: 1 },
  completes: 'networks',
  flags: { format: formatFlag, verbose: bool('v', 'Verbose output for diagnostics') },
  async run({ args, flags, session }) {
    const client = await session.client();
    const options = flags.verbose ? { verbose: true } : {};
    return await inspectAll(
      session,
      args,
      flags.format,
      async (name) => await client.networks.inspectText(name, options),
    );
  },
});

export const inspectVolume = command({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  args: { min: 1 },
  completes: 'volumes',
  flags: { format: formatFlag },
  async run({ args, flags, session }) {
    const client = await session.client();
    return await inspectAll(session, args, flags.format, async (name) => await findVolume(client, name));
  },
});
