// Reports of one line for each finding.

import type { Severity } from '../rule.ts';
import type { Finding, Report } from './report.ts';

const colors: Readonly<Record<Severity, string>> = {
  error: '\u001B[1;31m',
  warning: '\u001B[1;33m',
  info: '\u001B[32m',
  style: '\u001B[36m',
};

/** The name, and the other tools' names behind it. */
export function names({ diagnostic: { code, ids } }: Finding): string {
  const others = ids.filter((id) => id !== code && /^DL\d/.test(id));
  return others.length === 0 ? code : `${code} (${others.join(', ')})`;
}

/** A text of the file in one line that cannot steer the terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

/** For people: `Dockerfile:3:5 DL3008 warning: …`. */
export const text: Report = (_files, findings, { color }) => {
  return findings
    .map((finding) => {
      const { file, line, column, diagnostic } = finding;
      const level = color ? `${colors[diagnostic.severity]}${diagnostic.severity}\u001B[0m` : diagnostic.severity;
      return `${oneLine(file)}:${line}:${column} ${names(finding)} ${level}: ${oneLine(diagnostic.message)}\n`;
    })
    .join('');
};

/** GNU's form of errors, which many editors know. */
export const gnu: Report = (_files, findings) => {
  return findings
    .map((finding) => {
      const { file, line, column, diagnostic } = finding;
      return `coracle:${oneLine(file)}:${line}:${column}: ${names(finding)} ${diagnostic.severity}: ${oneLine(diagnostic.message)}\n`;
    })
    .join('');
};

/** Commands of GitHub's workflows, which become notes beside the lines of a pull request. */
export const github: Report = (_files, findings) => {
  return findings
    .map((finding) => {
      const { file, line, column, endLine, endColumn, diagnostic } = finding;
      const command = { error: 'error', warning: 'warning', info: 'notice', style: 'notice' }[diagnostic.severity];
      const place = { file, line, endLine, col: column, endColumn, title: names(finding) };
      const properties = Object.entries(place).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
      return `::${command} ${properties.join(',')}::${escapeData(diagnostic.message)}\n`;
    })
    .join('');
};

function escapeData(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(value: string): string {
  return escapeData(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
