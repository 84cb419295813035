// Variables that nothing sets, and `$` that begins none.

import { nearest } from '../../../../runtime/src/spec/nearest.ts';
import type { Finding } from '../rules.ts';
import { maximumFindings, suggestion } from '../../language/finding.ts';
import { allVariables, variablesOf, type VariableUse } from '../model/interpolation.ts';
import type { Project } from '../model/project.ts';
import { allNodes, type YamlFile } from '../yaml/tree.ts';
import type { CheckInput } from './check.ts';

export function checkVariables({ model, project }: CheckInput): Finding[] {
  const findings: Finding[] = [];
  for (const { variables, wrong } of valuesWithVariables(model.file)) {
    if (findings.length >= maximumFindings) break;
    for (const span of wrong) {
      const message = 'This is no variable: write `${NAME}`, or `$${` for the text itself.';
      findings.push({
        span,
        severity: 'error',
        code: 'compose-invalid-interpolation',
        message,
        fixes: [
          {
            title: 'Write `$${`',
            edits: [{ span: { start: span.start, end: span.start + 1 }, text: '$$' }],
            safe: false,
          },
        ],
      });
    }
    for (const use of allVariables(variables)) {
      const finding = undefinedVariable(use, project);
      if (finding !== undefined) findings.push(finding);
    }
  }
  return findings;
}

/** Interpolations of every scalar value; Compose leaves keys as they are. */
export function* valuesWithVariables(file: YamlFile) {
  if (!file.text.includes('$')) return;
  for (const node of allNodes(file)) {
    // A key with a variable in it is rare and has no meaning; values are nearly all that has a `$`.
    if (node.kind !== 'scalar' || !node.text.includes('$')) continue;
    const found = variablesOf(file.text, node);
    if (found.variables.length > 0 || found.wrong.length > 0) yield { node, ...found };
  }
}

function undefinedVariable(use: VariableUse, project: Project): Finding | undefined {
  if (!project.variablesComplete || project.variables.has(use.name)) return undefined;
  if (use.operator === '?' || use.operator === ':?') {
    const message = `\`${use.name}\` is not set, and Compose refuses to go on without it. Set it in \`.env\` or in the environment.`;
    return { span: use.span, severity: 'warning', code: 'compose-undefined-variable', message };
  }
  if (use.operator !== undefined) return undefined;
  const { hint, fixes } = suggestion(use.nameSpan, nearest(use.name, project.variables.keys()));
  const message = `\`${use.name}\` is not set and becomes an empty string. Set it in \`.env\`, or write \`\${${use.name}:-default}\`.${hint}`;
  const withDefault = {
    title: 'Give it a default',
    edits: [{ span: use.span, text: `\${${use.name}:-}` }],
    safe: false,
  };
  // Between escapes only the name has a place.
  const whole = use.span.start < use.nameSpan.start ? [withDefault] : [];
  return {
    span: use.span,
    severity: 'warning',
    code: 'compose-undefined-variable',
    message,
    fixes: [...fixes, ...whole],
  };
}
