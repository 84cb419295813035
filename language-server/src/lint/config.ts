// hadolint's configuration: its file as it is, and the same things from elsewhere, put together to settings.

import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { LabelKind, LintSettings, RuleId, Severity } from './rule.ts';

/** Names of the file, in the order in which they are looked for. */
export const configurationNames: readonly string[] = ['.hadolint.yaml', '.hadolint.yml'];

/** What one source says. Of what is one value, a later source wins; lists are put together. */
export interface Configuration {
  readonly levels: readonly { readonly rule: RuleId; readonly level: Severity | 'off' }[];
  readonly allowedRegistries: readonly string[];
  readonly labelSchema: readonly { readonly label: string; readonly kind: LabelKind }[];
  readonly formats: readonly string[];
  readonly strictLabels?: boolean;
  readonly disableIgnorePragma?: boolean;
  readonly failureThreshold?: Threshold;
  readonly noFail?: boolean;
  readonly noColor?: boolean;
  readonly verbose?: boolean;
}

/** The least severe finding that makes a run fail; `none` stands for any. */
export type Threshold = Severity | 'none';

/** A configuration that says nothing. */
export const emptyConfiguration: Configuration = { levels: [], allowedRegistries: [], labelSchema: [], formats: [] };

const longest = 1 << 20;

/**
 * Reads a `.hadolint.yaml`. What is not understood is left out and told as a problem; nothing in the file can make this fail.
 */
export function readConfiguration(text: string): { configuration: Configuration; problems: readonly string[] } {
  if (text.length > longest) return { configuration: emptyConfiguration, problems: ['The file is too large.'] };
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined)
    return { configuration: emptyConfiguration, problems: [error.message.split('\n', 1)[0] ?? ''] };
  const reader = new ConfigurationReader();
  reader.read(document.contents);
  return { configuration: reader.configuration, problems: reader.problems };
}

class ConfigurationReader {
  readonly problems: string[] = [];
  configuration: Configuration = emptyConfiguration;

  read(node: unknown): void {
    if (isNothing(node)) return;
    if (!isMap(node)) {
      this.problems.push('The file should be a mapping, such as `ignored: [DL3008]`.');
      return;
    }
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const read = Object.hasOwn(keys, name) ? keys[name] : undefined;
      if (read === undefined) this.problems.push(`Unknown key: ${name}`);
      else if (!isNothing(value)) this.#add(read(new Value(name, value, this.problems)));
    }
  }

  #add(part: Partial<Configuration>): void {
    this.configuration = mergeConfigurations(this.configuration, { ...emptyConfiguration, ...part });
  }
}

function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** A node of the file and what it may be read as. */
class Value {
  readonly #name: string;
  readonly #node: unknown;
  readonly #problems: string[];

  constructor(name: string, node: unknown, problems: string[]) {
    this.#name = name;
    this.#node = node;
    this.#problems = problems;
  }

  text(): string {
    if (isScalar(this.#node)) return String(this.#node.value);
    this.#refuse('a text');
    return '';
  }

  /** A list; one text alone counts as a list of one. */
  list(): readonly string[] {
    if (isNothing(this.#node)) return [];
    if (isSeq(this.#node)) return this.#node.items.map((item) => new Value(this.#name, item, this.#problems).text());
    return isScalar(this.#node) ? [this.text()] : this.#refuse('a list', []);
  }

  map(): readonly (readonly [string, Value])[] {
    if (!isMap(this.#node)) return this.#refuse('a mapping', []);
    return this.#node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : '';
      return [name, new Value(`${this.#name}.${name}`, value, this.#problems)] as const;
    });
  }

  boolean(): boolean | undefined {
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value === 'boolean') return value;
    return this.#refuse('true or false', undefined);
  }

  /** The text, if it is one of a few. */
  oneOf<T extends string>(known: readonly T[]): T | undefined {
    const text = this.text();
    const found = known.find((each) => each === text);
    if (found === undefined) this.#problems.push(`${this.#name} should be one of ${known.join(', ')}, not ${text}.`);
    return found;
  }

  #refuse<T>(what: string, instead?: T): T {
    this.#problems.push(`${this.#name} should be ${what}.`);
    return instead as T;
  }
}

const levels: readonly Severity[] = ['error', 'warning', 'info', 'style'];
const labelKinds: readonly LabelKind[] = [
  'text',
  'rawtext',
  'url',
  'rfc3339',
  'spdx',
  'hash',
  'githash',
  'semver',
  'email',
];

type Read = (value: Value) => Partial<Configuration>;

const flag = (name: 'strictLabels' | 'disableIgnorePragma' | 'noFail' | 'noColor' | 'verbose'): Read => {
  return (value) => {
    const set = value.boolean();
    return set === undefined ? {} : { [name]: set };
  };
};

const keys: Readonly<Record<string, Read>> = {
  ignored: (value) => ({ levels: value.list().map((rule) => ({ rule, level: 'off' })) }),
  override: (value) => ({
    levels: value.map().flatMap(([name, rules]) => {
      const level = levels.find((each) => each === name);
      return level === undefined ? [] : rules.list().map((rule) => ({ rule, level }));
    }),
  }),
  trustedRegistries: (value) => ({ allowedRegistries: value.list() }),
  'label-schema': (value) => ({
    labelSchema: value.map().flatMap(([label, kind]) => {
      const known = kind.oneOf(labelKinds);
      return known === undefined ? [] : [{ label, kind: known }];
    }),
  }),
  format: (value) => ({ formats: [value.text()] }),
  formats: (value) => ({ formats: value.list() }),
  'failure-threshold': (value) => {
    const level = parseThreshold(value.text());
    return level === undefined ? {} : { failureThreshold: level };
  },
  'strict-labels': flag('strictLabels'),
  'disable-ignore-pragma': flag('disableIgnorePragma'),
  'no-fail': flag('noFail'),
  'no-color': flag('noColor'),
  verbose: flag('verbose'),
};

/** Reads a threshold; undefined where the text is none. */
export function parseThreshold(text: string): Threshold | undefined {
  if (text === 'none' || text === 'ignore') return 'none';
  return levels.find((level) => level === text);
}

/** Reads `label:kind`, as `--require-label` has it; undefined where the kind is none. */
export function parseLabel(text: string): Configuration['labelSchema'][number] | undefined {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const kind = colon < 0 ? 'text' : text.slice(colon + 1) || 'text';
  const known = labelKinds.find((each) => each === kind);
  return name === '' || known === undefined ? undefined : { label: name, kind: known };
}

/** Puts what two sources say together; of single values, those of `later` win. */
export function mergeConfigurations(earlier: Configuration, later: Configuration): Configuration {
  return {
    ...earlier,
    ...later,
    levels: [...earlier.levels, ...later.levels],
    allowedRegistries: [...earlier.allowedRegistries, ...later.allowedRegistries],
    labelSchema: [...earlier.labelSchema, ...later.labelSchema],
    formats: [...earlier.formats, ...later.formats],
  };
}

const strength: Readonly<Record<Severity | 'off', number>> = { style: 0, info: 1, warning: 2, error: 3, off: 4 };

/** What a configuration means for the linter. Of several levels for one rule the strictest counts, and `ignored` before all. */
export function toSettings(configuration: Configuration): LintSettings {
  const severities = new Map<RuleId, Severity | 'off'>();
  for (const { rule, level } of configuration.levels) {
    const before = severities.get(rule);
    if (before === undefined || strength[level] > strength[before]) severities.set(rule, level);
  }
  return {
    severities: Object.fromEntries(severities),
    allowedRegistries: configuration.allowedRegistries,
    labelSchema: Object.fromEntries(configuration.labelSchema.map(({ label, kind }) => [label, kind])),
    strictLabels: configuration.strictLabels ?? false,
    inlineIgnores: !(configuration.disableIgnorePragma ?? false),
  };
}
