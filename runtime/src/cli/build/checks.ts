// BuildKit's checks of a Dockerfile (`docker build --check`), by the linter that the editor and `coracle lint` have.

import { emptyConfiguration, toSettings } from '../../../../language-server/src/lint/config.ts';
import { isCheck } from '../../../../language-server/src/lint/catalogue.ts';
import { lintFiles } from '../lint/linting.ts';
import type { Check } from './checking.ts';

/** @param path of the file, beside which its ignore file lies; `-` where it is nowhere */
export async function checksOf(path: string, text: string): Promise<readonly Check[]> {
  const settings = toSettings(emptyConfiguration);
  const found: Check[] = [];
  for await (const { diagnostics } of lintFiles(only({ name: path, text }), {
    settings,
    useShellCheck: false,
    wanted: undefined,
  })) {
    for (const { ids, message, span } of diagnostics) {
      const rule = ids.find(isCheck);
      const [line, endLine] = [lineAt(text, span.start), lineAt(text, Math.max(span.start, span.end - 1))];
      if (rule !== undefined) found.push({ rule, message, line, endLine });
    }
  }
  return found.toSorted((a, b) => a.line - b.line);
}

async function* only<T>(value: T): AsyncGenerator<T> {
  yield value;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
