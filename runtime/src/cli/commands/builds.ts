// `builds …`: what was built, and how it went. Coracle's own.

import type { BuildRecord } from '../../spec/engine/builds.ts';
import { humanDuration } from '../../spec/duration.ts';
import { humanSize } from '../../text/units.ts';
import { layOut } from '../../text/table.ts';
import { command } from '../command.ts';
import { parseFlags } from '../flags/parse.ts';
import { bool, string } from '../flags/types.ts';
import { isTerminal } from '../io/terminal.ts';

export const list = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: { quiet: bool('q', 'Only show IDs') },
  async run({ flags, session }) {
    const records = await (await session.client()).builds.list();
    if (flags.quiet) {
      for (const { id } of records) session.print(id);
      return;
    }
    const rows = records.map((record) =>
      [
        record.id.slice(0, 12),
        record.tags[0] ?? '<none>',
        record.state,
        steps(record),
        when(record),
        took(record),
      ].join('\t'),
    );
    session.write(layOut(['BUILD ID\tTAG\tSTATE\tCACHED\tCREATED\tDURATION', ...rows]));
  },
});

function steps({ steps: all }: BuildRecord): string {
  return `${all.filter(({ result }) => result?.state === 'cached').length}/${all.length}`;
}

function when({ startedAtMs }: BuildRecord): string {
  return `${humanDuration(Date.now() - startedAtMs)} ago`;
}

function took({ durationMs }: BuildRecord): string {
  return durationMs === undefined ? '' : `${(durationMs / 1000).toFixed(1)}s`;
}

export const inspect = command({
  usage: '[OPTIONS] BUILD',
  args: { min: 1, max: 1 },
  flags: { json: bool('', 'The whole record as JSON') },
  async run({ args: [ref = ''], flags, session }) {
    const record = await (await session.client()).builds.inspect(ref);
    if (flags.json) {
      session.print(JSON.stringify(record, undefined, 2));
      return;
    }
    session.print(`${record.id}  ${record.state}  ${record.tags.join(', ')}`);
    const rows = record.steps.map(({ text, source, result }) =>
      [
        `${record.dockerfile}:${source.startLine}`,
        result?.state ?? 'not run',
        result === undefined ? '' : `${(result.durationMs / 1000).toFixed(1)}s`,
        result?.layerSize === undefined ? '' : humanSize(result.layerSize, 3),
        text.length > 60 ? `${text.slice(0, 59)}…` : text,
        result?.miss?.message ?? '',
      ].join('\t'),
    );
    session.write(layOut(['LINE\tSTATE\tTIME\tSIZE\tSTEP\tWHY', ...rows]));
    if (record.message !== undefined) session.print(`\n${record.message}`);
  },
});

export const remove = command({
  usage: 'BUILD [BUILD...]',
  args: { min: 1 },
  flags: {},
  async run({ args, session }) {
    const client = await session.client();
    for (const ref of args) {
      await client.builds.remove(ref);
      session.print(ref);
    }
  },
});

export const shell = command({
  usage: '[OPTIONS] BUILD [STEP]',
  long: 'Open a shell in what a step of a build ended with: the failed one with its half-made files where no step is named, else the last one. Steps are counted from 1 as `builds inspect` lists them.',
  args: { min: 1, max: 2 },
  flags: {
    before: bool('', 'In what the step began with'),
    shell: string('', 'Program to run', 'sh'),
  },
  async run({ args: [ref = '', step], flags, session }) {
    if (step !== undefined && !/^[1-9]\d{0,5}$/.test(step))
      throw new Error(`invalid step "${step}": a number from 1 on`);
    const client = await session.client();
    const { Id } = await client.builds.stepImage(ref, {
      ...(step === undefined ? {} : { step: Number(step) - 1 }),
      isBefore: flags.before,
    });
    const { run } = await import('./run.ts');
    const terminal = isTerminal(0) && isTerminal(1) ? ['-t'] : [];
    const parsed = parseFlags(run.flags, ['--rm', '-i', ...terminal, '--entrypoint', flags.shell, Id], false);
    try {
      return await run.run({ args: parsed.rest, flags: parsed.values, changed: parsed.changed, session });
    } finally {
      await client.images.remove(Id, { force: true });
    }
  },
});
