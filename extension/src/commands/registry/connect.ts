// Connects a registry to the explorer: one of those that everybody knows, one by its address, or one that another extension provides.

import { parseReference } from '../../../../runtime/src/spec/reference.ts';
import { faultOf } from '../../forms/run-options.ts';
import { l10n } from '../../l10n.ts';
import type { Kind } from '../../registries/connections.ts';
import { githubDomain, hubDomain } from '../../registries/domains.ts';
import { answerOf } from '../../registries/patience.ts';
import type { PickItem } from '../../ui/ui.ts';
import type { RegistryHost, RegistryVerb } from './host.ts';

interface Choice {
  readonly kind: Kind;
  /** Empty where an address is asked for. */
  readonly name: string;
}

export const connectRegistry: RegistryVerb = {
  id: 'coracle.registry.connect',
  kinds: [],
  async run(host) {
    const title = l10n.t('Connect Registry');
    const choice = await host.ui.pick(await choices(host), { title });
    if (choice === undefined) return;
    const name = choice.name === '' ? await askAddress(host) : choice.name;
    if (name === undefined) return;
    if (choice.kind === 'provider') await askProvider(host, name);
    await host.connections.add({ kind: kindOf(choice.kind, name), name });
    await host.changed();
  },
};

/** One whose address was typed may be one that everybody knows. */
function kindOf(kind: Kind, name: string): Kind {
  if (kind !== 'registry') return kind;
  return name === hubDomain ? 'hub' : name === githubDomain ? 'github' : kind;
}

async function choices(host: RegistryHost): Promise<readonly PickItem<Choice>[]> {
  const connected = new Set(host.connections.all.map(({ kind, name }) => `${kind} ${name}`));
  const known = (await host.logIns.domains()).filter((domain) => domain !== hubDomain && domain !== githubDomain);
  const all: readonly PickItem<Choice>[] = [
    { label: 'Docker Hub', description: hubDomain, icon: 'cloud', value: { kind: 'hub', name: hubDomain } },
    { label: 'GitHub', description: githubDomain, icon: 'github', value: { kind: 'github', name: githubDomain } },
    ...known.map((domain) => ({
      label: domain,
      description: l10n.t('you are logged in'),
      icon: 'server',
      value: { kind: 'registry', name: domain } as const,
    })),
    ...host.providers.all.map(({ id, label, description = '' }) => ({
      label,
      description,
      icon: 'plug',
      value: { kind: 'provider', name: id } as const,
    })),
  ];
  const other: PickItem<Choice> = {
    label: l10n.t('Another registry...'),
    description: l10n.t('by its address'),
    icon: 'add',
    value: { kind: 'registry', name: '' },
  };
  return [...all.filter(({ value }) => !connected.has(`${value.kind} ${value.name}`)), other];
}

async function askAddress({ ui }: RegistryHost): Promise<string | undefined> {
  const text = await ui.input({
    title: l10n.t('Address of the Registry'),
    prompt: l10n.t('Host of the registry, with its port where it is not the usual one'),
    placeholder: 'registry.example.com, localhost:5000',
    validate: faultOf(domainIn),
  });
  return text === undefined ? undefined : domainIn(text);
}

/** As names of images have it. @throws Error for what is no host of a registry */
export function domainIn(text: string): string {
  const host = text
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '');
  const { domain } = parseReference(`${host}/x/x`);
  if (host.includes('/') || domain !== host) {
    throw new Error(l10n.t('This is no address of a registry: {0}', text.trim()));
  }
  return domain;
}

/** Lets a provider ask what it needs to know. @throws what it throws, AbortError when it was cancelled: then nothing is connected */
async function askProvider(host: RegistryHost, id: string): Promise<void> {
  const provider = host.providers.find(id);
  if (provider === undefined) return;
  await host.ui.progress(l10n.t('Connecting {0}', provider.label), async ({ signal }) => {
    await answerOf(provider.label, provider.registries({ mayAsk: true, signal }), { signal, limitMs: Infinity });
  });
}
