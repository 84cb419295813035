// Settings of the editor below `coracle.language`, decoded: whatever has the wrong shape counts as not set.

export interface Settings {
  /** `coracle.language.diagnostics`: whether problems are reported. */
  readonly diagnostics: boolean;
  /** `coracle.language.severities`: rule -> severity or `off`. */
  readonly severities: Readonly<Record<string, 'error' | 'warning' | 'info' | 'style' | 'off'>>;
  /** `coracle.language.allowedRegistries`: for DL3026; empty allows all. */
  readonly allowedRegistries: readonly string[];
  /** `coracle.language.askEngine`: whether the engine may be asked about images and containers. */
  readonly askEngine: boolean;
  /** `coracle.language.askRegistries`: whether registries may be asked for tags. */
  readonly askRegistries: boolean;
  /** `coracle.language.shellcheck`: whether ShellCheck looks at RUN, where it is installed. */
  readonly shellcheck: boolean;
  /** `coracle.language.inlayHints`. */
  readonly inlayHints: boolean;
  /** `coracle.language.buildHints`: whether hints tell what the last build did, where there are hints. */
  readonly buildHints: boolean;
  /** `coracle.language.codeLens`. */
  readonly codeLens: boolean;
}

export const defaultSettings: Settings = {
  diagnostics: true,
  severities: {},
  allowedRegistries: [],
  askEngine: true,
  askRegistries: false,
  shellcheck: true,
  inlayHints: true,
  buildHints: true,
  codeLens: true,
};

const severities = ['error', 'warning', 'info', 'style', 'off'] as const;

/** @param value what the client gives for the section `coracle.language`: an object, or anything else for nothing set */
export function decodeSettings(value: unknown): Settings {
  const given = isRecord(value) ? value : {};
  const flag = (name: keyof Settings): boolean => {
    const own = Object.hasOwn(given, name) ? given[name] : undefined;
    return typeof own === 'boolean' ? own : defaultSettings[name] === true;
  };
  return {
    diagnostics: flag('diagnostics'),
    severities: decodeSeverities(given['severities']),
    allowedRegistries: decodeStrings(given['allowedRegistries']),
    askEngine: flag('askEngine'),
    askRegistries: flag('askRegistries'),
    shellcheck: flag('shellcheck'),
    inlayHints: flag('inlayHints'),
    buildHints: flag('buildHints'),
    codeLens: flag('codeLens'),
  };
}

function decodeSeverities(value: unknown): Settings['severities'] {
  if (!isRecord(value)) return {};
  const known = Object.entries(value).flatMap(([rule, given]) => {
    const severity = severities.find((name) => name === given);
    return severity === undefined ? [] : [[rule, severity] as const];
  });
  return Object.fromEntries(known);
}

function decodeStrings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
