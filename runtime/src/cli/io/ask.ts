// The question before something is deleted.

import { output } from './output.ts';

/** True when the answer on standard input begins with a y. */
export async function confirm(question: string): Promise<boolean> {
  output(1).write(`${question} [y/N] `);
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return /^y/i.test(text.trim());
}
