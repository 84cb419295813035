// Code Climate's format of issues, and GitLab's kind of it.

import type { Severity } from '../rule.ts';
import type { Finding, Report } from './report.ts';

const severities: Readonly<Record<Severity, string>> = {
  error: 'blocker',
  warning: 'major',
  info: 'info',
  style: 'minor',
};

function toIssue({ file, line, endLine, diagnostic: { code, severity, message } }: Finding): object {
  return {
    type: 'issue',
    check_name: code,
    description: message,
    categories: ['Bug Risk'],
    location: { path: file, lines: { begin: line, end: endLine } },
    severity: severities[severity],
  };
}

/** One object after the other, each with a NUL behind it. */
export const codeclimate: Report = (_files, findings) => {
  return findings.map((finding) => `${JSON.stringify(toIssue(finding))}\u0000`).join('');
};

/** One list, in which each issue has a fingerprint: GitLab takes those with the same one for the same. */
export const gitlab: Report = (_files, findings, { hash }) => {
  const issues = findings.map((finding) => ({ ...toIssue(finding), fingerprint: hash(identity(finding)) }));
  return `${JSON.stringify(issues)}\n`;
};

function identity({ file, line, column, diagnostic: { code, message } }: Finding): string {
  return JSON.stringify([file, line, column, code, message]);
}
