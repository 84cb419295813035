// The command line of the server: by which way it talks, and when it ends.

import {
  type Connection,
  createConnection,
  createServerPipeTransport,
  createServerSocketTransport,
  IPCMessageReader,
  IPCMessageWriter,
  ProposedFeatures,
} from 'vscode-languageserver/node';
import { serve } from '../serve.ts';
import { serverVersion } from '../version-number.ts';
import { collectAtRest, takeLess } from './rest.ts';
import { nodeWorld } from './world.ts';
import { textWriter } from './writer.ts';

const usage = `Usage: coracle-language-server --stdio | --node-ipc | --socket=PORT | --pipe=NAME

The language server for Dockerfiles, Compose files and Bake files (LSP 3.17).

  --stdio               speak over standard input and output
  --node-ipc            speak over the channel of a Node parent process
  --socket=PORT         connect to a port of this machine
  --pipe=NAME           connect to a unix socket or named pipe
  --clientProcessId=ID  end when this process is gone
  --version             print the version
  --help                print this
`;

/** Runs until the client goes. */
export function main(args: readonly string[]): void {
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(usage);
  if (args.includes('--version')) return void process.stdout.write(`${serverVersion}\n`);
  const connection = connect(args);
  if (typeof connection === 'string') {
    process.stderr.write(`coracle-language-server: ${connection}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  serve(connection, nodeWorld({ takesText: args.includes('--stdio') }));
  takeLess();
  collectAtRest();
}

/** @returns the connection; or what is wrong with the arguments */
function connect(args: readonly string[]): Connection | string {
  const unknown = args.find((arg, index) => !isKnown(arg) && !isKnown(`${args[index - 1] ?? ''}=${arg}`));
  if (unknown !== undefined) return `no such flag: ${unknown}`;
  // The library ends the process when standard input ends.
  if (args.includes('--stdio')) {
    // It takes a stream or its own kind of writer for each direction; its types know pairs of a kind only.
    return createConnection(ProposedFeatures.all, process.stdin, textWriter(process.stdout) as never);
  }
  if (args.includes('--node-ipc')) return connectToParent();
  const pipe = valueOf(args, 'pipe');
  if (pipe !== undefined) return over(createServerPipeTransport(pipe));
  const socket = valueOf(args, 'socket');
  if (socket === undefined) return 'say how to talk: --stdio, --node-ipc, --socket=PORT or --pipe=NAME';
  const port = Number(socket);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return `--socket wants a port from 1 to 65535, not ${socket}`;
  return over(createServerSocketTransport(port));
}

function over([reader, writer]: ReturnType<typeof createServerPipeTransport>): Connection {
  reader.onClose(() => process.exit());
  return createConnection(ProposedFeatures.all, reader, writer);
}

function isKnown(arg: string): boolean {
  return /^--(?:stdio|node-ipc|(?:socket|pipe|clientProcessId)(?:=.*)?)$/s.test(arg);
}

/** Of `--name=value` or `--name value`. */
function valueOf(args: readonly string[], name: string): string | undefined {
  const joined = args.find((arg) => arg.startsWith(`--${name}=`));
  if (joined !== undefined) return joined.slice(name.length + 3);
  const at = args.indexOf(`--${name}`);
  return at < 0 ? undefined : args[at + 1];
}

function connectToParent(): Connection | string {
  if (process.send === undefined) return '--node-ipc is for a parent that started this process with a channel';
  // The library looks for its parent every three seconds; the channel tells at once.
  process.on('disconnect', () => process.exit());
  return createConnection(ProposedFeatures.all, new IPCMessageReader(process), new IPCMessageWriter(process));
}
