// wasi:cli 0.3: standard streams as streams; the rest is as in 0.2.
// https://github.com/WebAssembly/WASI/tree/main/proposals/cli/wit

import { errno } from '../../wasi/errno.ts';
import { cli as cli2 } from '../cli.ts';
import { sinkOf, sourceOf } from '../descriptor-streams.ts';
import type { HostInterface } from '../world.ts';
import { incoming, outgoing, type Host } from './flows.ts';
import type { StreamIn } from './later.ts';

const codeOf = (number: number) => (number === errno.EPIPE ? 'pipe' : 'io');

/** By name without package. */
export function cli(host: Host): Readonly<Record<string, HostInterface>> {
  const { calls } = host;
  const same = cli2(calls);
  const output = (descriptor: number): HostInterface => ({
    functions: {
      writeViaStream: (data: StreamIn) =>
        outgoing(
          host,
          data,
          calls.surely(() => sinkOf(calls, descriptor)),
          codeOf,
        ),
    },
  });
  const { functions: { initialCwd, ...environment } = {} } = same['wasi:cli/environment'] ?? {};
  return {
    ...Object.fromEntries(
      ['exit', 'terminal-input', 'terminal-output', 'terminal-stdin', 'terminal-stdout', 'terminal-stderr'].map(
        (name) => [name, same[`wasi:cli/${name}`] ?? {}],
      ),
    ),
    environment: { functions: { ...environment, getInitialCwd: initialCwd ?? (() => undefined) } },
    stdin: {
      functions: {
        readViaStream: () =>
          incoming(
            host,
            calls.surely(() => sourceOf(calls, 0)),
            codeOf,
          ),
      },
    },
    stdout: output(1),
    stderr: output(2),
  };
}
