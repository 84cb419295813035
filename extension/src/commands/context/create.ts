// `context create`: a name, an address, and certificates where the address is on a network.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseEndpoint } from '../../../../runtime/src/client/client.ts';
import { checkContextName } from '../../../../runtime/src/connect/contexts.ts';
import { faultOf } from '../../forms/run-options.ts';
import { l10n } from '../../l10n.ts';
import type { ContextHost, ContextVerb } from './host.ts';

export const createContext: ContextVerb = {
  id: 'coracle.context.create',
  async run(host) {
    const { ui, store } = host;
    const title = l10n.t('Create Context');
    const known = new Set((await host.list()).map(({ name }) => name));
    const nameFault = faultOf((text) => {
      checkContextName(text);
      if (known.has(text)) throw new Error(l10n.t('There is a context {0} already.', text));
    });
    const name = await ui.input({ title, prompt: l10n.t('Name'), validate: nameFault });
    if (name === undefined) return;
    const address = await ui.input({
      title,
      prompt: l10n.t('Address of the engine'),
      placeholder: 'unix:///run/podman/podman.sock, tcp://host:2376',
      validate: faultOf(parseEndpoint),
    });
    if (address === undefined) return;
    const tls = parseEndpoint(address).kind === 'tcp' ? await askTls(host) : {};
    if (tls === undefined) return;
    store.set(name, { host: address, description: '', ...tls });
    host.changed();
  },
};

interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** @returns no files for a plain connection, undefined when the user turned away */
async function askTls({ ui }: ContextHost): Promise<TlsFiles | undefined> {
  const kinds = [
    { label: l10n.t('With certificates'), detail: l10n.t('A folder with ca.pem, cert.pem and key.pem'), value: true },
    { label: l10n.t('Without encryption'), detail: l10n.t('Whoever reaches the engine may do all.'), value: false },
  ];
  const title = l10n.t('Create Context');
  const isSecure = await ui.pick(kinds, { title });
  if (isSecure === undefined) return undefined;
  if (!isSecure) return {};
  const folder = await ui.chooseFolder({ title: l10n.t('Folder of the certificates'), button: l10n.t('Choose') });
  if (folder === undefined) return undefined;
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const missing = Object.values(files).filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(l10n.t('These files are missing: {0}', missing.join(', ')));
  return files;
}
