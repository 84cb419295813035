// An answer that is written already: long answers are mostly what they were before the last key, and need not be written anew.

/** The text of a JSON value, in the place of that value as the result of a request. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A message of JSON-RPC as text. */
export function messageText(message: object): string {
  if (!('id' in message) || !('result' in message) || !(message.result instanceof JsonText))
    return JSON.stringify(message);
  return `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${message.result.text}}`;
}
