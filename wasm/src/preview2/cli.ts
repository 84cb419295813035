// wasi:cli: arguments, environment, standard streams, terminals, and the program's end.
// https://github.com/WebAssembly/WASI/tree/main/proposals/cli

import { access } from '../preview1/descriptions.ts';
import { Exit } from '../preview1/process.ts';
import type { Calls } from './calls.ts';
import { sinkOf, sourceOf } from './descriptor-streams.ts';
import { InputStream, OutputStream } from './streams.ts';
import type { HostInterface } from './world.ts';

class TerminalInput {}
class TerminalOutput {}

export function cli(calls: Calls): Readonly<Record<string, HostInterface>> {
  const { process } = calls;
  const output = (descriptor: number) => () => calls.surely(() => new OutputStream(calls, sinkOf(calls, descriptor)));
  const isTerminal = (descriptor: number) =>
    calls.surely(() => {
      const description = process.descriptors.get(descriptor);
      return description !== 0 && process.descriptions.may(description, access.terminal);
    });
  const terminal = (descriptor: number) => () => (isTerminal(descriptor) ? new TerminalOutput() : undefined);
  return {
    'wasi:cli/environment': {
      functions: {
        getArguments: () => process.argv.map(textOf),
        getEnvironment: () => process.env.map(textOf).map(pairOf),
        initialCwd: () => undefined,
      },
    },
    'wasi:cli/exit': {
      functions: {
        exit: ({ tag }: { readonly tag: string }) => {
          throw new Exit(tag === 'ok' ? 0 : 1);
        },
        exitWithCode: (code: number) => {
          throw new Exit(code & 0xff);
        },
      },
    },
    'wasi:cli/stdin': {
      functions: { getStdin: () => calls.surely(() => new InputStream(calls, sourceOf(calls, 0))) },
    },
    'wasi:cli/stdout': { functions: { getStdout: output(1) } },
    'wasi:cli/stderr': { functions: { getStderr: output(2) } },
    'wasi:cli/terminal-input': { resources: { TerminalInput: { type: TerminalInput, methods: [] } } },
    'wasi:cli/terminal-output': { resources: { TerminalOutput: { type: TerminalOutput, methods: [] } } },
    'wasi:cli/terminal-stdin': {
      functions: { getTerminalStdin: () => (isTerminal(0) ? new TerminalInput() : undefined) },
    },
    'wasi:cli/terminal-stdout': { functions: { getTerminalStdout: terminal(1) } },
    'wasi:cli/terminal-stderr': { functions: { getTerminalStderr: terminal(2) } },
  };
}

/** @param bytes ended by a zero */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, -1));
}

function pairOf(entry: string): readonly [string, string] {
  const equals = entry.indexOf('=');
  return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
}
