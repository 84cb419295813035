// What the network of a container's programs is told of the container.

import type { Files } from '../../host/host.ts';
import type { SandboxSpec } from '../runner.ts';

/** Of a hosts file; the container may have written to it. */
const mostBytes = 1 << 20;

export interface NetworkOptions {
  hosts(): Promise<string>;
  readonly allowsHost: boolean;
  readonly dns: readonly string[];
}

export function networkOptions(
  files: Pick<Files, 'stat' | 'stream'>,
  { mounts, hostConfig }: Pick<SandboxSpec, 'mounts' | 'hostConfig'>,
): NetworkOptions {
  const source = mounts.find(({ target }) => target === '/etc/hosts')?.source;
  return {
    hosts: () => (source === undefined ? Promise.resolve('') : beginningOf(files, source)),
    allowsHost: (hostConfig.ExtraHosts ?? []).some((entry) => /[:=]\s*\[?host-gateway\]?$/.test(entry)),
    dns: hostConfig.Dns ?? [],
  };
}

/** Of a regular file; empty for anything else, which may have no end. */
async function beginningOf(files: Pick<Files, 'stat' | 'stream'>, path: string): Promise<string> {
  if ((await files.stat(path))?.kind !== 'file') return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of files.stream(path, { start: 0, end: mostBytes }))
    text += decoder.decode(chunk, { stream: true });
  return text;
}
