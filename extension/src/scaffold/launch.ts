// The launch configuration, alone or added to those of a launch.json that is there: its comments and layout stay.

import { l10n } from '../l10n.ts';

const configuration = {
  name: 'Debug in a Container',
  type: 'coracle',
  request: 'launch',
  dockerfile: '${workspaceFolder}/Dockerfile',
};

/**
 * @param before undefined where there is no launch.json
 * @returns what was there, where it has a configuration of our type already
 * @throws Error in the user's language when there is no list of configurations in it
 */
export function launchText(before: string | undefined): string {
  if (before === undefined || before.trim() === '') {
    return `${JSON.stringify({ version: '0.2.0', configurations: [configuration] }, null, 2)}\n`;
  }
  if (/"type"\s*:\s*"coracle"/.test(before)) return before;
  const start = listStart(before);
  if (start === undefined) throw new Error(l10n.t('There is no list of configurations in .vscode/launch.json.'));
  const isEmpty = /^(?:\s|\/\/.*|\/\*[^*]*\*\/)*\]/.test(before.slice(start));
  const own = JSON.stringify(configuration, null, 2).replaceAll('\n', '\n    ');
  return `${before.slice(0, start)}\n    ${own}${isEmpty ? '\n  ' : ','}${before.slice(start)}`;
}

/** The place after the bracket that opens `configurations` of the outermost object. */
function listStart(text: string): number | undefined {
  const tokens = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|[{}[\]:]/g;
  let depth = 0;
  let words: string[] = [];
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token.startsWith('/')) continue;
    words = [...words.slice(-2), token];
    if (depth === 1 && words.join('') === '"configurations":[') return index + 1;
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
  }
  return undefined;
}
