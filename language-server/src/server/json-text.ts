// An answer that is written already: long answers are mostly what they were before the last key, and need not be written anew.

/** The text of a JSON value, in the place of that value as the result of a request. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a message of JSON-RPC is written of, in order: a long text is not copied only to stand between two others. */
export function messageParts(message: object): readonly string[] {
  if (!('id' in message) || !('result' in message) || !(message.result instanceof JsonText))
    return [JSON.stringify(message)];
  return [`{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":`, message.result.text, '}'];
}
