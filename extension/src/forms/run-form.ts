// The form of `run`: a quick pick with a line for each option, and the command line that it amounts to. Enter runs at once with
// what suits the image; every other line changes one option and comes back.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { nameFault } from '../commands/names.ts';
import { networks, volumes } from '../commands/targets.ts';
import { wordsFault } from '../commands/words.ts';
import { l10n } from '../l10n.ts';
import type { PickItem, Ui } from '../ui/ui.ts';
import { editList } from './edit-list.ts';
import { commandLine, environmentFault, portFault, volumeFault } from './run-options.ts';
import type { RunOptions } from './run-options.ts';

export interface FormContext {
  readonly ui: Ui;
  readonly client: EngineClient;
}

/** Changes one option. */
type Edit = (context: FormContext, options: RunOptions) => Promise<RunOptions>;

interface Field {
  readonly label: string;
  readonly icon: string;
  readonly shown: (options: RunOptions) => string;
  readonly edit: Edit;
}

/** @returns what the user made of the options; undefined when the form was left */
export async function runForm(context: FormContext, initial: RunOptions): Promise<RunOptions | undefined> {
  let options = initial;
  const fields = allFields();
  for (;;) {
    const items: PickItem<number>[] = [
      { label: l10n.t('Run'), icon: 'play', detail: commandLine(options), value: -1 },
      ...fields.map(({ label, icon, shown }, index) => ({ label, icon, description: shown(options), value: index })),
    ];
    const title = l10n.t('Run {0}', options.image);
    const placeholder = l10n.t('Run, or choose an option to change');
    const chosen = await context.ui.pick(items, { title, placeholder });
    if (chosen === undefined) return undefined;
    if (chosen === -1) return options;
    const field = fields[chosen];
    if (field !== undefined) options = await field.edit(context, options);
  }
}

function allFields(): Field[] {
  const listed = (values: readonly string[]) => (values.length === 0 ? l10n.t('none') : values.join(', '));
  return [
    { label: l10n.t('Name'), icon: 'tag', shown: ({ name }) => name || l10n.t('chosen by the engine'), edit: editName },
    { label: l10n.t('Ports'), icon: 'plug', shown: ({ ports }) => listed(ports), edit: editPorts },
    { label: l10n.t('Volumes'), icon: 'database', shown: (options) => listed(options.volumes), edit: editVolumes },
    { label: l10n.t('Environment'), icon: 'symbol-variable', shown: ({ env }) => listed(env), edit: editEnvironment },
    {
      label: l10n.t('Network'),
      icon: 'type-hierarchy',
      shown: ({ network }) => network || l10n.t('default'),
      edit: editNetwork,
    },
    { label: l10n.t('Restart policy'), icon: 'debug-restart', shown: ({ restart }) => restart, edit: editRestart },
    {
      label: l10n.t('When it exits'),
      icon: 'trash',
      shown: ({ isRemoved }) => (isRemoved ? l10n.t('remove it') : l10n.t('keep it')),
      edit: (_context, options) => Promise.resolve(withRemoval(options, !options.isRemoved)),
    },
    {
      label: l10n.t('Command'),
      icon: 'symbol-method',
      shown: ({ command }) => command || l10n.t("the image's own"),
      edit: editCommand,
    },
    {
      label: l10n.t('Runs'),
      icon: 'terminal',
      shown: ({ isInteractive }) => (isInteractive ? l10n.t('in a terminal') : l10n.t('in the background')),
      edit: (_context, options) => Promise.resolve({ ...options, isInteractive: !options.isInteractive }),
    },
  ];
}

/** What is removed when it exits cannot be started again by a policy. */
function withRemoval(options: RunOptions, isRemoved: boolean): RunOptions {
  return { ...options, isRemoved, restart: isRemoved ? 'no' : options.restart };
}

const editName: Edit = async ({ ui }, options) => {
  const validate = (text: string) => (text === '' ? undefined : nameFault(text));
  const prompt = l10n.t('Empty lets the engine choose.');
  const name = await ui.input({ title: l10n.t('Name'), prompt, value: options.name, validate });
  return { ...options, name: name ?? options.name };
};

const editPorts: Edit = async ({ ui }, options) => {
  const ports = await editList(ui, options.ports, {
    title: l10n.t('Ports'),
    prompt: l10n.t('A port of this machine, a colon, and the port of the container'),
    placeholder: '8080:80',
    validate: portFault,
  });
  return { ...options, ports };
};

const editVolumes: Edit = async (context, options) => {
  const changed = await editList(context.ui, options.volumes, {
    title: l10n.t('Volumes'),
    prompt: l10n.t('A volume or folder, a colon, and the path in the container'),
    placeholder: 'data:/var/lib/data',
    validate: volumeFault,
    add: () => addVolume(context),
  });
  return { ...options, volumes: changed };
};

async function addVolume({ ui, client }: FormContext): Promise<string | undefined> {
  const title = l10n.t('Volumes');
  const known = (await volumes.list(client)).map(({ name }) => ({ label: name, icon: 'database', value: name }));
  const folder = { label: l10n.t('Folder of this machine...'), icon: 'folder', value: '?folder' };
  const typed = { label: l10n.t('New volume or other path...'), icon: 'edit', value: '?' };
  const chosen = await ui.pick([folder, typed, ...known], { title });
  if (chosen === undefined) return undefined;
  const source =
    chosen === '?folder' ? await ui.chooseFolder({ title, button: l10n.t('Mount') }) : chosen === '?' ? '' : chosen;
  if (source === undefined) return undefined;
  return await ui.input({
    title,
    prompt: l10n.t('A volume or folder, a colon, and the path in the container'),
    placeholder: 'data:/var/lib/data',
    value: source === '' ? '' : `${source}:/`,
    validate: volumeFault,
  });
}

const editEnvironment: Edit = async ({ ui }, options) => {
  const env = await editList(ui, options.env, {
    title: l10n.t('Environment'),
    prompt: l10n.t('A variable, an equals sign, and its value'),
    placeholder: 'NAME=value',
    validate: environmentFault,
  });
  return { ...options, env };
};

const editNetwork: Edit = async ({ ui, client }, options) => {
  const own = { label: l10n.t('default'), value: '' };
  const known = (await networks.list(client)).map(({ name }) => ({ label: name, value: name }));
  const network = await ui.pick([own, ...known], { title: l10n.t('Network') });
  return { ...options, network: network ?? options.network };
};

const editRestart: Edit = async ({ ui }, options) => {
  const policies = [
    { label: 'no', detail: l10n.t('It stays stopped.'), value: 'no' },
    { label: 'on-failure', detail: l10n.t('It starts again when it fails.'), value: 'on-failure' },
    { label: 'unless-stopped', detail: l10n.t('It starts again until somebody stops it.'), value: 'unless-stopped' },
    { label: 'always', detail: l10n.t('It starts again, also with the engine.'), value: 'always' },
  ];
  const restart = await ui.pick(policies, { title: l10n.t('Restart policy') });
  if (restart === undefined) return options;
  return { ...options, restart, isRemoved: restart === 'no' && options.isRemoved };
};

const editCommand: Edit = async ({ ui }, options) => {
  const command = await ui.input({
    title: l10n.t('Command'),
    prompt: l10n.t("Empty is the image's own; quotes keep spaces."),
    value: options.command,
    validate: wordsFault,
  });
  return { ...options, command: command ?? options.command };
};
