// The server's own words in the language of the client. The English text is the name of a text, as in the extension's bundles.

import { chinese } from './chinese.ts';

/** A text in the client's language. `{0}`, `{1}`, … in it become the values. What has no translation stays English. */
export type Say = (text: string, ...values: readonly (string | number)[]) => string;

/** @param locale as LSP's `initialize` tells it, such as `en` or `zh-cn`; undefined for a client that tells none */
export function sayIn(locale: string | undefined): Say {
  const texts = isChinese(locale) ? chinese : undefined;
  return (text, ...values) => fillIn(texts?.get(text) ?? text, values);
}

/** Simplified Chinese: what is written in Taiwan and Hong Kong is other words in other characters. */
function isChinese(locale: string | undefined): boolean {
  return locale !== undefined && /^zh(?:$|[-_](?:cn|sg|hans))/i.test(locale);
}

function fillIn(text: string, values: readonly (string | number)[]): string {
  return text.replaceAll(/\{(\d)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}
