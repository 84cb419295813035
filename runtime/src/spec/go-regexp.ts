// Go's regular expressions, by a port of RE2: 190 KB that are only loaded for who sends one, but in a browser, whose engine is one script.

import { RE2JS, RE2JSException } from 're2js';
import { EngineError } from './errors.ts';

/** @throws EngineError invalidParameter in Go's words: `error parsing regexp: missing closing ): …` */
export function compile(pattern: string): (text: string) => boolean {
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.matcher(text).find();
  } catch (error) {
    if (error instanceof RE2JSException) throw new EngineError('invalidParameter', error.message);
    throw error;
  }
}
