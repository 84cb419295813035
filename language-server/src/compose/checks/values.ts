// Values that the schema takes for strings and Compose does not take: durations, and keys that have no meaning any more.

import type { Finding } from '../rules.ts';
import { pairOf } from '../yaml/tree.ts';
import type { CheckInput } from './check.ts';

/** Go's durations, as Compose reads them. */
const duration = /^[-+]?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h|d))+$|^0$/;

export function checkValues(input: CheckInput): Finding[] {
  return [...durations(input), ...restarts(input), ...version(input)];
}

function durations({ model }: CheckInput): Finding[] {
  return model.values.flatMap(({ role, scalar }) => {
    if (role.kind !== 'duration' || typeof scalar.value !== 'string') return [];
    if (scalar.text.includes('$') || duration.test(scalar.text)) return [];
    const message = `\`${scalar.text}\` is no duration: write \`10s\`, \`1m30s\` or \`500ms\`.`;
    return [{ span: scalar.span, severity: 'error' as const, code: 'compose-invalid-duration', message }];
  });
}

const restartValue = /^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/;

function restarts({ model }: CheckInput): Finding[] {
  return model.values.flatMap(({ role, scalar }) => {
    if (role.kind !== 'values' || !role.values.includes('unless-stopped') || typeof scalar.value !== 'string')
      return [];
    if (scalar.text.includes('$') || restartValue.test(scalar.text)) return [];
    const message = `\`${scalar.text}\` is no restart policy: \`no\`, \`always\`, \`on-failure\`, \`on-failure:5\` or \`unless-stopped\`.`;
    return [{ span: scalar.span, severity: 'error' as const, code: 'compose-value', message }];
  });
}

function version({ view, model }: CheckInput): Finding[] {
  const pair = pairOf(model.file.root, 'version');
  if (pair === undefined) return [];
  const { text } = view.document;
  const { start } = pair.key.span;
  const valueEnd = pair.value?.span.end ?? pair.key.span.end;
  const lineEnd = text.indexOf('\n', valueEnd);
  const atLineStart = start === 0 || text.charAt(start - 1) === '\n';
  // An empty line that set it apart goes with it.
  const rest = lineEnd < 0 ? '' : (/^(?:[ \t]*\r?\n)?/.exec(text.slice(lineEnd + 1, lineEnd + 200))?.[0] ?? '');
  const end = lineEnd < 0 ? text.length : lineEnd + 1 + (start === 0 ? rest.length : 0);
  return [
    {
      span: pair.key.span,
      severity: 'warning',
      code: 'compose-obsolete-version',
      message: '`version` has no meaning any more: Compose warns of it and ignores it. Remove it.',
      tag: 'deprecated',
      ...(atLineStart
        ? { fixes: [{ title: 'Remove `version`', edits: [{ span: { start, end }, text: '' }], safe: true }] }
        : {}),
    },
  ];
}
