// Reports in XML: checkstyle's and JUnit's.

import type { Finding, LintedFile, Report } from './report.ts';

/** Text for an attribute or an element; what XML 1.0 cannot hold becomes a question mark. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, inside = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`);
  return inside === '' ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${inside}</${name}>`;
}

const head = '<?xml version="1.0" encoding="UTF-8"?>';

function perFile(
  files: readonly LintedFile[],
  findings: readonly Finding[],
): (readonly [string, readonly Finding[]])[] {
  const byFile = new Map<string, Finding[]>(files.map(({ name }) => [name, []]));
  for (const finding of findings) byFile.get(finding.file)?.push(finding);
  return [...byFile];
}

export const checkstyle: Report = (files, findings) => {
  const all = perFile(files, findings).map(([name, inFile]) => {
    const errors = inFile.map(({ line, column, diagnostic: { severity, message, code } }) => {
      // Checkstyle has no style among its severities.
      const level = severity === 'style' ? 'info' : severity;
      return element('error', { line, column, severity: level, message, source: code });
    });
    return element('file', { name }, errors.join(''));
  });
  return `${head}${element('checkstyle', { version: '4.3' }, all.join(''))}\n`;
};

export const junit: Report = (files, findings) => {
  const suites = perFile(files, findings).map(([name, inFile]) => {
    const isError = ({ diagnostic }: Finding) => diagnostic.severity === 'error';
    const tests = inFile.map(({ line, diagnostic: { code, severity, message } }) => {
      const inside = escape(`${name}:${line}: ${severity}: ${message}`);
      const failure = element('failure', { type: severity, message }, inside);
      return element('testcase', { name: code, classname: name, time: 0 }, failure);
    });
    const errors = inFile.filter(isError).length;
    return element('testsuite', { name, tests: tests.length, failures: tests.length, errors, time: 0 }, tests.join(''));
  });
  return `${head}${element('testsuites', { name: 'coracle lint' }, suites.join(''))}\n`;
};
