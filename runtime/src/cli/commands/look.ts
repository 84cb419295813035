// `top`, `port`, `diff`: looks into one container.

import type { PortBinding } from '../../spec/api/containers.ts';
import { command } from '../command.ts';
import { string } from '../flags/types.ts';
import { formatList } from '../format/list.ts';
import { layOut } from '../../text/table.ts';
import { formatHelp } from './list-flags.ts';
import { natural } from './network.ts';

export const top = command({
  usage: 'CONTAINER [ps OPTIONS]',
  args: { min: 1 },
  interspersed: false,
  completes: 'running',
  flags: {},
  async run({ args: [name = '', ...options], session }) {
    const client = await session.client();
    const { Titles, Processes } = await client.containers.top(name, options.join(' '));
    session.write(
      layOut(
        [Titles ?? [], ...(Processes ?? [])].map((cells) => cells.join('\t')),
        20,
      ),
    );
  },
});

export const port = command({
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  args: { min: 1, max: 2 },
  completes: 'running',
  flags: {},
  async run({ args: [name = '', wanted], session }) {
    const client = await session.client();
    const ports = (await client.containers.inspect(name)).NetworkSettings?.Ports ?? {};
    const binding = ({ HostIp, HostPort }: PortBinding) =>
      `${HostIp?.includes(':') === true ? `[${HostIp}]` : (HostIp ?? '')}:${HostPort ?? ''}`;
    if (wanted !== undefined) {
      const key = wanted.includes('/') ? wanted : `${wanted}/tcp`;
      const bindings = Object.hasOwn(ports, key) ? (ports[key] ?? []) : [];
      if (bindings.length === 0) throw new Error(`Error: No public port '${wanted}' published for ${name}`);
      session.write(bindings.map((one) => `${binding(one)}\n`).join(''));
      return;
    }
    const lines = Object.entries(ports).flatMap(([key, bindings]) =>
      (bindings ?? []).map((one) => `${key} -> ${binding(one)}`),
    );
    session.write(
      lines
        .sort(natural)
        .map((line) => `${line}\n`)
        .join(''),
    );
  },
});

const kinds = ['C', 'A', 'D'];

export const diff = command({
  usage: 'CONTAINER',
  args: { min: 1, max: 1 },
  completes: 'containers',
  flags: { format: string('', formatHelp, '', { hidden: true }) },
  async run({ args: [name = ''], flags, session }) {
    const client = await session.client();
    const changes = (await client.containers.changes(name)) ?? [];
    const spec = {
      type: 'diffContext',
      columns: {
        Path: { header: 'PATH', value: (row: (typeof changes)[number]) => row.Path ?? '' },
        Type: { header: 'CHANGE TYPE', value: (row: (typeof changes)[number]) => kinds[row.Kind ?? 0] ?? '' },
      },
    };
    const format = flags.format || '{{.Type}} {{.Path}}';
    session.write(formatList(spec, changes, { format, table: '{{.Type}}\t{{.Path}}' }));
  },
});
