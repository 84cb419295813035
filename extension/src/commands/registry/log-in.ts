// `login`: a name and a password or token, tried at the registry before they are kept, where the user says.

import { serverOf } from '../../../../runtime/src/connect/registry-credentials.ts';
import { messageOf } from '../../../../runtime/src/spec/errors.ts';
import { l10n } from '../../l10n.ts';
import { githubDomain, hubDomain } from '../../registries/domains.ts';
import type { Keeper } from '../../registries/machine-log-ins.ts';
import type { RegistryTarget } from '../../registries/targets.ts';
import type { PickItem } from '../../ui/ui.ts';
import type { RegistryHost, RegistryVerb } from './host.ts';

/** From every row: a refusal is shown where somebody looked. */
export const logInToRegistry: RegistryVerb = {
  id: 'coracle.registry.logIn',
  kinds: ['registry', 'repository', 'tag', 'manifest'],
  async run(host, [target]) {
    if (target !== undefined) await logIn(host, target);
  },
};

async function logIn(host: RegistryHost, { registry }: RegistryTarget): Promise<void> {
  const { ui, logIns } = host;
  const { domain, label } = registry;
  const title = l10n.t('Log in to {0}', label);
  const value = registry.user ?? (await logIns.find(domain))?.username ?? '';
  const username = await ui.input({ title, prompt: l10n.t('User name'), value, validate: emptyFault });
  if (username === undefined) return;
  const password = await ui.input({ title, prompt: secretPrompt(domain), isSecret: true, validate: emptyFault });
  if (password === undefined) return;
  const auth = { username, password, serveraddress: serverOf(domain) };
  const registries = await host.registries();
  const isTried = await ui.progress(title, async ({ signal }) => {
    try {
      await registries.tryLogIn(auth, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const again = { label: l10n.t('Try Again'), run: () => logIn(host, { kind: 'registry', registry }) };
      ui.error(l10n.t('{0} does not let {1} in: {2}', label, username, messageOf(error)), again);
      return false;
    }
  });
  if (!isTried) return;
  const keeper = await ui.pick(keepers(host, domain), { title, placeholder: l10n.t('Where to keep it') });
  if (keeper === undefined) return;
  await logIns.save(domain, auth, keeper);
  await host.changed();
  ui.info(l10n.t('You are logged in to {0} as {1}.', label, username));
}

function keepers({ logIns }: RegistryHost, domain: string): readonly PickItem<Keeper>[] {
  const { helper, path } = logIns.dockersPlace(domain);
  const dockers =
    helper === undefined ? l10n.t('unencrypted, in {0}', path) : l10n.t('by the credential helper {0}', helper);
  return [
    { label: l10n.t('Only in VS Code'), description: l10n.t('in its secret storage'), icon: 'lock', value: 'vscode' },
    { label: l10n.t("For docker's clients, too"), description: dockers, icon: 'terminal', value: 'docker' },
  ];
}

function secretPrompt(domain: string): string {
  if (domain === hubDomain) return l10n.t('Password, or an access token of your Docker account');
  if (domain === githubDomain)
    return l10n.t('A personal access token (classic) with read:packages, to push with write:packages');
  return l10n.t('Password or token');
}

function emptyFault(text: string): string | undefined {
  return text === '' ? l10n.t('It is empty.') : undefined;
}
