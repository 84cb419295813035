// Opens the container's web page: the published port that is most likely one, or a choice when several are as good.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { l10n } from '../../l10n.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';
import { isRunning } from './simple.ts';

/** A port that the engine's machine listens on for the container. */
export interface WebPort {
  readonly inner: number;
  readonly outer: number;
  readonly ip: string;
}

/** Where people put web servers, the likeliest first. */
const usual = [443, 80, 3000, 3001, 5001, 5000, 5002, 8000, 8080, 8081, 8443, 8888, 4200, 5173, 9000];

/** Published tcp ports, the likeliest web server first; one for both address families. */
export function webPorts(
  ports: Readonly<
    Record<string, readonly { HostIp?: string | null | undefined; HostPort?: string | null | undefined }[] | null>
  >,
): WebPort[] {
  const found = Object.entries(ports).flatMap(([key, bindings]) => {
    const [number, protocol] = key.split('/');
    if (protocol !== 'tcp') return [];
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({
      inner: Number(number),
      outer: Number(HostPort),
      ip: HostIp ?? '',
    }));
  });
  const rank = ({ inner }: WebPort) => (usual.includes(inner) ? usual.indexOf(inner) : usual.length);
  return found
    .filter((port, index) => port.outer > 0 && found.findIndex(({ outer }) => outer === port.outer) === index)
    .sort((a, b) => rank(a) - rank(b) || a.inner - b.inner);
}

/** @param host name of the engine's machine, for ports that listen on all of its addresses */
export function urlOf({ inner, outer, ip }: WebPort, host: string): string {
  const scheme = inner === 443 || inner === 8443 ? 'https' : 'http';
  const isAny = ip === '' || ip === '0.0.0.0' || ip === '::' || ip.startsWith('127.');
  const name = isAny ? host : ip.includes(':') ? `[${ip}]` : ip;
  const isUsual = outer === (scheme === 'https' ? 443 : 80);
  return `${scheme}://${name}${isUsual ? '' : `:${outer}`}/`;
}

/** Name of the machine that an engine publishes ports on. */
export function machineOf(client: EngineClient): string {
  const { endpoint } = client.http;
  if (endpoint.kind !== 'tcp') return 'localhost';
  return endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
}

export const openInBrowser: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.open',
  noun: containers,
  isForMany: false,
  question: () => l10n.t('Choose the container to open in the browser'),
  accepts: isRunning,
  async run({ ui, client }, [target]) {
    if (target === undefined) return;
    const { NetworkSettings } = await client.containers.inspect(target.id);
    const urls = webPorts(NetworkSettings?.Ports ?? {}).map((port) => ({ port, url: urlOf(port, machineOf(client)) }));
    const [first, second] = urls;
    if (first === undefined) {
      ui.info(l10n.t('{0} publishes no port. Run it with a port like 8080:80.', target.name));
      return;
    }
    // Only a choice between ports nobody would expect is asked for.
    if (second === undefined || usual.includes(first.port.inner)) {
      await ui.openInBrowser(first.url);
      return;
    }
    const items = urls.map(({ port, url }) => ({ label: url, description: `${port.inner}/tcp`, value: url }));
    const url = await ui.pick(items, { title: l10n.t('Choose the port to open') });
    if (url !== undefined) await ui.openInBrowser(url);
  },
};
