// Questions to who sits at the terminal.

import { StringDecoder } from 'node:string_decoder';
import { ExitError } from '../command.ts';
import { output } from './output.ts';
import { rawMode } from './terminal.ts';

/** All of standard input, at most 1 MiB. */
export async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > 1024 * 1024) throw new Error('more than 1 MiB on standard input');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** A line, without its end; without white space around it. */
export async function askLine(question: string): Promise<string> {
  output(1).write(question);
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.trim();
}

/** A line that is not shown. @throws ExitError 130 for Ctrl-C */
export async function askSecret(question: string): Promise<string> {
  output(1).write(question);
  const decoder = new StringDecoder('utf8');
  let secret = '';
  using _raw = rawMode();
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    for (const character of decoder.write(chunk)) {
      if (character === '\r' || character === '\n' || character === '\u0004') {
        output(1).write('\r\n');
        return secret;
      }
      if (character === '\u0003') throw new ExitError(130);
      secret = character === '\u007f' || character === '\b' ? secret.replace(/.$/su, '') : secret + character;
    }
  }
  return secret;
}

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
