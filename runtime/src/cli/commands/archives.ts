// `save`, `load`, `export`, `import`: images and file systems as tar files.

import { command } from '../command.ts';
import { bool, list, string } from '../flags/types.ts';
import { checkOutput, openInput, writeOutput } from '../io/files.ts';
import { showProgress } from '../io/progress.ts';
import { isTerminal } from '../io/terminal.ts';
import { jsonLines } from '../../client/ndjson.ts';
import type { ProgressLine } from '../../client/images.ts';
import { splitReference } from '../../text/names.ts';
import { output } from '../io/output.ts';

const platformFlag = string('', 'Only the given platform of multi-platform images');

export const save = command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  args: { min: 1 },
  completes: 'images',
  flags: { output: string('o', 'Write to a file, instead of STDOUT'), platform: platformFlag },
  async run({ args, flags, session }) {
    await checkOutput(flags.output);
    const client = await session.client();
    await writeOutput(await client.images.save(args, flags.platform || undefined), flags.output);
  },
});

export const load = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  completes: 'files',
  flags: {
    input: string('i', 'Read from tar archive file, instead of STDIN'),
    platform: platformFlag,
    quiet: bool('q', 'Suppress the load output'),
  },
  async run({ flags, session }) {
    if (flags.input === '' && isTerminal(0)) throw new Error('requested load from stdin, but stdin is empty');
    const client = await session.client();
    const quiet = flags.quiet || !isTerminal(1);
    const response = await client.images.load(await openInput(flags.input), {
      quiet,
      platform: flags.platform || undefined,
    });
    await showProgress(jsonLines<ProgressLine>(response), {
      write: (text) => session.write(text),
      isTerminal: isTerminal(1),
      width: output(1).columns ?? 80,
    });
  },
});

export const exportContainer = command({
  usage: '[OPTIONS] CONTAINER',
  args: { min: 1, max: 1 },
  completes: 'containers',
  flags: { output: string('o', 'Write to a file, instead of STDOUT') },
  async run({ args: [name = ''], flags, session }) {
    await checkOutput(flags.output);
    const client = await session.client();
    await writeOutput(await client.containers.export(name), flags.output);
  },
});

export const importImage = command({
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  args: { min: 1, max: 2 },
  completes: 'files',
  flags: {
    change: list('c', 'Apply Dockerfile instruction to the created image'),
    message: string('m', 'Set commit message for imported image'),
    platform: string('', 'Set platform if server is multi-platform capable'),
  },
  async run({ args: [source = '', name = ''], flags, session }) {
    const reference = name === '' ? undefined : splitReference(name);
    const isUrl = /^https?:\/\//.test(source);
    const body = isUrl ? undefined : await openInput(source);
    const client = await session.client();
    const query = {
      fromSrc: isUrl ? source : '-',
      ...(reference === undefined ? {} : { repo: reference.repository, tag: reference.tag }),
      ...(flags.message === '' ? {} : { message: flags.message }),
      ...(flags.change.length === 0 ? {} : { changes: [...flags.change] }),
      ...(flags.platform === '' ? {} : { platform: flags.platform }),
    };
    await showProgress(await client.images.import(query, body), {
      write: (text) => session.write(text),
      isTerminal: isTerminal(1),
      width: output(1).columns ?? 80,
    });
  },
});
