// What `run` is told by its form: defaults out of the image, checks while typing with the command line's own parsers, the body of
// the request, and the command line that would do the same.

import type { CreateBody } from '../../../runtime/src/client/containers.ts';
import type { ImageInspect } from '../../../runtime/src/spec/api/images.ts';
import { parseVolumes } from '../../../runtime/src/text/mounts.ts';
import type { Places } from '../../../runtime/src/text/mounts.ts';
import { parseNetworks } from '../../../runtime/src/text/networks.ts';
import { parsePorts } from '../../../runtime/src/text/ports.ts';
import { checkEnvironment, parseRestart } from '../../../runtime/src/text/values.ts';
import { joinWords, splitWords } from '../commands/words.ts';
import { l10n } from '../l10n.ts';

export interface RunOptions {
  readonly image: string;
  /** Empty lets the engine find one. */
  readonly name: string;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly env: readonly string[];
  /** Empty is the engine's default. */
  readonly network: string;
  readonly restart: string;
  readonly isRemoved: boolean;
  /** Empty is the image's own. */
  readonly command: string;
  /** In a terminal (`-it`), or in the background (`-d`). */
  readonly isInteractive: boolean;
}

const shells = /(^|\/)(ba|z|fi|a|da)?sh$/;

/**
 * What suits an image: its exposed ports published where they are free, a terminal when it starts a shell.
 * @param taken ports of the engine's machine that are published already
 */
export function defaultOptions(image: string, info: ImageInspect, taken: ReadonlySet<number>): RunOptions {
  const used = new Set(taken);
  const ports = Object.keys(info.Config?.ExposedPorts ?? {}).flatMap((key) => {
    const inner = Number(key.split('/')[0]);
    if (!Number.isInteger(inner) || inner < 1 || inner > 65535) return [];
    const outer = freePort(inner, used);
    used.add(outer);
    return [`${outer}:${key.endsWith('/tcp') ? inner : key}`];
  });
  const first = [...(info.Config?.Entrypoint ?? []), ...(info.Config?.Cmd ?? [])];
  const isShell = first.length === 1 && shells.test(first[0] ?? '');
  const rest = { name: '', volumes: [], env: [], network: '', restart: 'no', command: '' };
  return { image, ...rest, ports, isRemoved: isShell, isInteractive: isShell };
}

/** The same number where an ordinary user may listen on it, 8080 for 80 and 8443 for 443; the next one that is free. */
function freePort(inner: number, used: ReadonlySet<number>): number {
  let port = inner < 1024 ? 8000 + inner : inner;
  while (used.has(port) && port < 65535) port += 1;
  return port;
}

type Check = (text: string) => void;

/** The words of what `check` throws, for validation while typing. */
export function faultOf(check: Check): (text: string) => string | undefined {
  return (text) => {
    try {
      check(text);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
}

export const portFault = faultOf((text) => parsePorts([text], []));
export const environmentFault = faultOf(checkEnvironment);

/** `name:/path`, `/folder:/path:ro`, `/path` */
export function volumeFault(text: string): string | undefined {
  const parts = text.split(':');
  const target = parts.length === 1 ? parts[0] : parts[1];
  if (parts.length > 3 || parts[0] === '') return l10n.t('Write volume:/path, /folder:/path or /folder:/path:ro.');
  if (target?.startsWith('/') !== true || target === '/') {
    return l10n.t('The path in the container begins with a slash and is not the root.');
  }
  return undefined;
}

/** @throws Error in docker's words when options contradict each other */
export function createBody(options: RunOptions, places: Places): CreateBody {
  const ports = parsePorts(options.ports, []);
  const volumes = parseVolumes(options.volumes, places);
  options.env.forEach(checkEnvironment);
  const networks = options.network === '' ? [] : [options.network];
  const networking = parseNetworks({ networks, aliases: [], links: [], ip: '', ip6: '', mac: '', linkLocal: [] });
  const restart = parseRestart(options.restart);
  if (options.isRemoved && restart.Name !== 'no') {
    throw new Error('conflicting options: cannot specify both --restart and --rm');
  }
  const command = splitWords(options.command);
  const isOpen = options.isInteractive;
  return {
    Image: options.image,
    Cmd: command.length === 0 ? null : command,
    Env: options.env,
    ExposedPorts: ports.exposed,
    Volumes: volumes.anonymous,
    Tty: isOpen,
    OpenStdin: isOpen,
    StdinOnce: isOpen,
    AttachStdin: isOpen,
    AttachStdout: isOpen,
    AttachStderr: isOpen,
    HostConfig: {
      Binds: volumes.binds,
      PortBindings: ports.bindings,
      NetworkMode: networking.mode,
      RestartPolicy: restart,
      AutoRemove: options.isRemoved,
    },
    NetworkingConfig: { EndpointsConfig: networking.endpoints },
  };
}

/** `coracle run -d -p 8080:80 nginx`, quoted for a shell that people may paste it into. */
export function commandLine(options: RunOptions): string {
  const words = [
    'coracle',
    'run',
    options.isInteractive ? '-it' : '-d',
    ...(options.isRemoved ? ['--rm'] : []),
    ...(options.name === '' ? [] : ['--name', options.name]),
    ...options.ports.flatMap((port) => ['-p', port]),
    ...options.volumes.flatMap((volume) => ['-v', volume]),
    ...options.env.flatMap((entry) => ['-e', entry]),
    ...(options.network === '' ? [] : ['--network', options.network]),
    ...(options.restart === 'no' ? [] : ['--restart', options.restart]),
    options.image,
    ...splitWords(options.command),
  ];
  return joinWords(words);
}
