// SARIF 2.1.0, the format of static analysis that GitHub and others read.

import type { Severity } from '../rule.ts';
import type { Finding, Report } from './report.ts';

const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note', style: 'note' };

export const sarif: Report = (_files, findings, { version }) => {
  const rules = [...new Set(findings.map(({ diagnostic }) => diagnostic.code))].toSorted();
  const index = new Map(rules.map((id, at) => [id, at]));
  const driver = {
    name: 'coracle',
    fullName: 'Coracle, linter of Dockerfiles',
    version,
    rules: rules.map((id) => ({ id })),
  };
  const run = {
    tool: { driver },
    columnKind: 'utf16CodeUnits',
    defaultSourceLanguage: 'dockerfile',
    results: findings.map((finding) => toResult(finding, index)),
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log)}\n`;
};

function toResult(finding: Finding, index: ReadonlyMap<string, number>): object {
  const { file, line, column, endLine, endColumn, diagnostic } = finding;
  const { code, ids, severity, message } = diagnostic;
  const region = {
    startLine: line,
    startColumn: column,
    endLine,
    endColumn,
    sourceLanguage: code.startsWith('SC') ? 'sh' : 'dockerfile',
  };
  return {
    ruleId: code,
    ruleIndex: index.get(code),
    level: levels[severity],
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: { uri: toUri(file) }, region } }],
    ...(ids.length > 1 && { properties: { tags: ids } }),
  };
}

/** A path as a relative or `file:` URI. */
function toUri(path: string): string {
  const slashes = path.replaceAll('\\', '/');
  const encoded = slashes.split('/').map(encodeURIComponent).join('/');
  return slashes.startsWith('/') ? `file://${encoded}` : encoded;
}
