// The manifest against the code: commands, settings, words in both languages, and what an untrusted workspace may not set.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildVerbs,
  containerVerbs,
  dockerfileVerbs,
  imageVerbs,
  networkVerbs,
  plainVerbs,
  volumeVerbs,
} from '../../extension/src/commands/all.ts';
import { registryVerbs } from '../../extension/src/commands/registry/all.ts';
import { contextVerbs, machineVerbs } from '../../extension/src/commands/machine.ts';
import { verbIds } from '../../extension/src/commands/ids.ts';
import { doctorId } from '../../extension/src/commands/system/doctor.ts';
import { kinds } from '../../extension/src/model/engine-model.ts';
import { settingsSection } from '../../language-server/src/language/protocol.ts';
import { defaultSettings } from '../../language-server/src/language/settings.ts';

const root = join(import.meta.dirname, '../../extension');

interface Setting {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly scope?: string;
  readonly order?: number;
}

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}

interface Manifest {
  readonly icon: string;
  readonly l10n: string;
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly supported: string; readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly enablement?: string }[];
    readonly submenus: readonly { readonly id: string }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string; readonly icon: string }[] };
    readonly viewsWelcome: readonly { readonly contents: string }[];
    readonly configuration: readonly { readonly properties: Readonly<Record<string, Setting>> }[];
  };
}

const text = (name: string): string => readFileSync(join(root, name), 'utf8');
const json = <T>(name: string): T => JSON.parse(text(name)) as T;

const manifest = json<Manifest>('package.json');
const english = json<Record<string, string>>('package.nls.json');
const chinese = json<Record<string, string>>('package.nls.zh-cn.json');
const bundle = json<Record<string, string>>('l10n/bundle.l10n.zh-cn.json');
const { contributes } = manifest;
const commands = new Set(contributes.commands.map(({ command }) => command));

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: text(join('src', name)) }));

const isChinese = (words: string | undefined): boolean => /[\u4e00-\u9fff]/.test(words ?? '');

/** `{0}` and the like, and commands behind links: the same in every language. */
const holes = (words: string): string[] => (words.match(/\{\d+\}|\(command:[\w.]+\)|`[^`]+`/g) ?? []).sort();

describe('extension: manifest', () => {
  it('has a command for every verb, and a verb or a registration for every command', () => {
    const verbs = [
      ...containerVerbs,
      ...machineVerbs,
      ...imageVerbs,
      ...volumeVerbs,
      ...networkVerbs,
      ...buildVerbs,
      ...dockerfileVerbs,
      ...plainVerbs,
      ...contextVerbs,
      ...registryVerbs,
    ].map(({ id }) => id);
    const written = sources
      .filter(({ name }) => name.startsWith('commands/'))
      .flatMap(({ text: code }) => [...code.matchAll(/^ +id: '(coracle[.\w]+)'/gm)]);
    assert.deepEqual(
      written.map((match) => match[1] ?? '').toSorted(),
      [...verbs].sort(),
      'every verb is in the table',
    );
    assert.deepEqual(new Set(verbs).size, verbs.length, 'ids are told once');
    assert.deepEqual(
      verbs.filter((id) => !commands.has(id)),
      [],
    );
    const elsewhere = sources.filter(({ name }) => /^(files|debug|scaffold)\//.test(name));
    const others = elsewhere.flatMap(({ text: code }) => commandNames(code).filter((id) => commands.has(id)));
    assert.deepEqual(
      verbIds(manifest).toSorted(),
      [...new Set([...verbs, ...others, doctorId])].sort(),
      'what is registered as a verb is one',
    );
    const registered = new Set([...verbs, ...sources.flatMap((source) => commandNames(source.text))]);
    assert.deepEqual(
      [...commands].filter((id) => !registered.has(id)),
      [],
    );
  });

  it('disables and hides what runs or makes something in an untrusted workspace, as the code refuses it', () => {
    const verbs = [
      ...containerVerbs,
      ...machineVerbs,
      ...imageVerbs,
      ...volumeVerbs,
      ...networkVerbs,
      ...buildVerbs,
      ...dockerfileVerbs,
      ...plainVerbs,
      ...registryVerbs,
    ];
    for (const { id, needsTrust } of verbs) {
      const command = contributes.commands.find((each) => each.command === id);
      assert.equal(command?.enablement?.split(' && ').includes('isWorkspaceTrusted') === true, needsTrust === true, id);
      if (needsTrust !== true) continue;
      const shown = Object.values(contributes.menus)
        .flat()
        .filter(({ command: shownId }) => shownId === id);
      assert.ok(shown.length > 0, `${id} is in the palette at least`);
      for (const { when } of shown) assert.match(when ?? '', /isWorkspaceTrusted/, id);
    }
  });

  it('offers in a browser what is done there, and nothing else', () => {
    const elsewhere = ['coracle.container.attachDebugger', 'coracle.dockerfile.debug', 'coracle.workspace.addFiles'];
    const ids = new Set([
      ...elsewhere,
      ...[...machineVerbs, ...contextVerbs, ...registryVerbs].map(({ id }) => id),
      // Registries let no page of another origin read them.
      'coracle.registries.filter',
      'coracle.registries.more',
      'coracle.registries.refresh',
      // Among contexts.
      'coracle.engine.choose',
    ]);
    for (const { command, enablement } of contributes.commands) {
      assert.equal(enablement?.split(' && ').includes('!coracle:isWeb') === true, ids.has(command), command);
    }
  });

  it('shows only commands, submenus and groups that exist', () => {
    const groups = /^(inline|navigation|1_open|1_show|2_state|2_engine|3_copy|9_destructive|\d)(@\d+)?$/;
    for (const [menu, items] of Object.entries(contributes.menus)) {
      for (const { command, submenu, group } of items) {
        if (command !== undefined) assert.ok(commands.has(command), command);
        else
          assert.ok(
            contributes.submenus.some(({ id }) => id === submenu),
            submenu,
          );
        if (menu !== 'commandPalette') assert.match(group ?? '', groups, menu);
      }
    }
    for (const { id } of contributes.submenus) assert.ok((contributes.menus[id]?.length ?? 0) > 0, id);
    const linked = Object.entries(english).flatMap(([, words]) => [...words.matchAll(/\(command:(coracle[\w.]+)\)/g)]);
    assert.ok(linked.length > 0);
    for (const [, id] of linked) assert.ok(commands.has(id ?? ''), id);
  });

  it('asks for no context key and no state of the engine that the code never sets', () => {
    const asked = new Set(text('package.json').match(/coracle:[\w.]+(?: == \w+)?/g));
    const set = sources.flatMap((source) => [...source.text.matchAll(/'setContext', ['`](coracle:[\w.]+)/g)]);
    const keys = set.flatMap(([, key = '']) => (key.endsWith('.') ? kinds.map((kind) => `${key}${kind}`) : [key]));
    assert.deepEqual(
      [...asked].filter((key) => !keys.includes(key.replace(/ == .*/, ''))),
      [],
    );
    const states = [...asked].flatMap((key) => / == (\w+)/.exec(key)?.[1] ?? []);
    const known = sources.find(({ name }) => name.endsWith('state-text.ts'))?.text ?? '';
    assert.ok(states.length > 3);
    for (const state of states) assert.ok(known.includes(`case '${state}':`), state);
  });

  it('restricts every setting that can become a path, a command or an address', () => {
    const settings = Object.assign({}, ...contributes.configuration.map(({ properties }) => properties)) as Record<
      string,
      Setting
    >;
    // Whatever is free text, alone or in a list or table, can become one.
    const isFree = ({ type, enum: values }: Setting) =>
      !['boolean', 'integer', 'number'].includes(type) && values === undefined;
    const free = Object.entries(settings)
      .filter(([, setting]) => isFree(setting))
      .map(([id]) => id);
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
    assert.deepEqual([...manifest.capabilities.untrustedWorkspaces.restrictedConfigurations].sort(), free.sort());
    for (const [id, setting] of Object.entries(settings)) {
      assert.match(id, /^coracle(\.[a-z][a-zA-Z]*){2}$/);
      for (const key of ['default', 'scope', 'order'] as const) assert.ok(key in setting, `${id} has a ${key}`);
    }
    const used = new Set([
      ...sources.flatMap((source) => settingNames(source.text)),
      // Asked for as one section by the language server.
      ...Object.keys(defaultSettings).map((name) => `${settingsSection}.${name}`),
    ]);
    assert.deepEqual(
      Object.keys(settings).filter((id) => !used.has(id)),
      [],
      'settings that nothing reads',
    );
    assert.deepEqual(
      [...used].filter((id) => !(id in settings)),
      [],
      'settings that are read and not declared',
    );
  });

  it('is typed against the version of VS Code that it asks for', () => {
    assert.equal(manifest.engines.vscode, `^${manifest.devDependencies['@types/vscode']}`);
  });

  it('has its pictures: a PNG of 128, and one colour of 24 for the activity bar', () => {
    const png = readFileSync(join(root, manifest.icon));
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [128, 128]);
    const svg = text(contributes.viewsContainers.activitybar[0]?.icon ?? '');
    assert.match(svg, /width="24" height="24"/);
    assert.deepEqual(new Set(svg.match(/#[\da-f]{3,8}\b/gi)), new Set(['#000']));
    assert.doesNotMatch(svg, /<script|on\w+=/);
  });
});

describe('extension: words', () => {
  it('has every %key% of the manifest in both languages, and no other', () => {
    const used = new Set([...text('package.json').matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? ''));
    assert.deepEqual(Object.keys(english).sort(), [...used].sort());
    assert.deepEqual(Object.keys(chinese).sort(), [...used].sort());
    for (const [key, words] of Object.entries(english)) {
      assert.ok(isChinese(chinese[key]), `${key} has Chinese words`);
      assert.deepEqual(holes(chinese[key] ?? ''), holes(words), key);
    }
  });

  it('has every text of the code in Chinese, and no other', () => {
    assert.ok(existsSync(join(root, manifest.l10n)));
    const used = new Set(sources.flatMap((source) => translated(source)));
    assert.deepEqual([...used].filter((words) => !Object.hasOwn(bundle, words)).sort(), [], 'not translated');
    assert.deepEqual(
      Object.keys(bundle)
        .filter((words) => !used.has(words))
        .sort(),
      [],
      'not used',
    );
    for (const [words, translation] of Object.entries(bundle)) {
      assert.ok(isChinese(translation) || translation === words, words);
      assert.deepEqual(holes(translation), holes(words), words);
    }
  });

  it('hands only literal texts to the translator, and its arguments apart', () => {
    for (const { name, text: code } of sources.filter((source) => source.name !== 'l10n.ts')) {
      const calls = code.match(/(?<!vscode\.)\bl10n\.t\(/g)?.length ?? 0;
      assert.equal(translated({ name, text: code }).length, calls, `${name}: a call of l10n.t without a literal`);
    }
  });
});

/** The literal texts of `l10n.t('…')`. */
function translated({ name, text: code }: { readonly name: string; readonly text: string }): string[] {
  if (name === 'l10n.ts') return [];
  const calls = code.matchAll(/\bl10n\.t\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")/g);
  return [...calls].map((match) => (match[1] ?? match[2] ?? '').replaceAll(/\\(.)/g, '$1'));
}

/** Ids of commands in single quotes. */
function commandNames(code: string): string[] {
  return [...code.matchAll(/'(coracle\.[a-zA-Z.]+)'/g)].map((match) => match[1] ?? '');
}

/** Names that are asked of the configuration `coracle`. */
function settingNames(code: string): string[] {
  const asked = code.matchAll(/\.(?:get|update|inspect)(?:<[^>(]+>)?\(\s*'([a-z][\w]*\.[\w.]+)'/g);
  const told = code.matchAll(/affectsConfiguration\(\s*'(coracle\.[\w]+\.[\w]+)'/g);
  return [...[...asked].map((match) => `coracle.${match[1] ?? ''}`), ...[...told].map((match) => match[1] ?? '')];
}
