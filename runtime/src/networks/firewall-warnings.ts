// Firewalls of the host that drop what containers forward. An accept of ours cannot overrule a drop elsewhere, and the
// host's rules are not ours to change, so this only tells.

import type { Files } from '../host/host.ts';
import { textOf } from './text-of.ts';

/** @param interfaces in the daemon's network namespace */
export async function firewallWarnings(
  files: Pick<Files, 'readText'>,
  interfaces: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  const forwards = (await textOf(files, '/proc/sys/net/ipv4/ip_forward')).trim();
  if (forwards === '0') found.push('WARNING: IPv4 forwarding is disabled');
  if (interfaces.includes('docker0')) {
    found.push(
      'WARNING: Docker has bridges in this network namespace and may drop forwarded packets of other bridges; accept them in its chain DOCKER-USER if containers cannot reach out',
    );
  }
  const ufw = await textOf(files, '/etc/ufw/ufw.conf');
  if (/^ENABLED=yes\s*$/m.test(ufw)) {
    const policy = /^DEFAULT_FORWARD_POLICY="?(\w+)"?/m.exec(await textOf(files, '/etc/default/ufw'))?.[1];
    if (policy !== 'ACCEPT') {
      found.push('WARNING: ufw drops forwarded packets (DEFAULT_FORWARD_POLICY): containers may not reach out');
    }
  }
  return found;
}
