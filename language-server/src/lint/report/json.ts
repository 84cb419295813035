// Reports of JSON objects, one for each finding.

import type { Severity } from '../rule.ts';
import type { Finding, Report } from './report.ts';

/** hadolint's fields, and more. */
export const json: Report = (_files, findings) => {
  const list = findings.map(({ file, line, column, endLine, endColumn, diagnostic }) => {
    const { code, ids, severity, message } = diagnostic;
    return { file, line, column, endLine, endColumn, level: severity, code, ids, message };
  });
  return `${JSON.stringify(list)}\n`;
};

/** Codacy's: one object after the other. */
export const codacy: Report = (_files, findings) => {
  return findings
    .map(({ file, line, diagnostic }) => {
      return `${JSON.stringify({ filename: file, patternId: diagnostic.code, message: diagnostic.message, line })}\n`;
    })
    .join('');
};

const sonarSeverities: Readonly<Record<Severity, string>> = {
  error: 'CRITICAL',
  warning: 'MAJOR',
  info: 'MINOR',
  style: 'INFO',
};

/** SonarQube's format for issues of other tools. Its columns begin with 0, and no range is empty. */
export const sonarqube: Report = (_files, findings) => {
  return `${JSON.stringify({ issues: findings.map(toIssue) })}\n`;
};

function toIssue({ file, line, column, endLine, endColumn, diagnostic: { code, severity, message } }: Finding): object {
  const isEmpty = line === endLine && column === endColumn;
  return {
    engineId: 'coracle',
    ruleId: code,
    severity: sonarSeverities[severity],
    type: severity === 'error' ? 'BUG' : 'CODE_SMELL',
    primaryLocation: {
      message,
      filePath: file,
      textRange: { startLine: line, endLine, startColumn: column - 1, endColumn: isEmpty ? endColumn : endColumn - 1 },
    },
  };
}
