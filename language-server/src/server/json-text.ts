// Values that are written already: long answers are mostly what they were before the last key, and need not be written anew.

/** The text of a JSON value in pieces of ASCII, in the place of that value as a request's result or as a notification's diagnostics. */
export class JsonText {
  readonly pieces: readonly string[];

  constructor(pieces: readonly string[]) {
    this.pieces = pieces;
  }

  static list(values: readonly string[]): JsonText {
    const pieces = ['['];
    for (const value of values) {
      if (pieces.length > 1) pieces.push(',');
      pieces.push(value);
    }
    pieces.push(']');
    return new JsonText(pieces);
  }

  equals({ pieces }: JsonText): boolean {
    return pieces.length === this.pieces.length && pieces.every((piece, index) => piece === this.pieces[index]);
  }
}

/** What a message of JSON-RPC is written of: a long text is copied once, to where it goes. */
export interface MessageParts {
  readonly before: string;
  readonly text: readonly string[];
  readonly after: string;
}

export function messageParts(message: object): MessageParts {
  if ('id' in message && 'result' in message && message.result instanceof JsonText) {
    const before = `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":`;
    return { before, text: message.result.pieces, after: '}' };
  }
  const params = 'params' in message ? (message.params as { readonly diagnostics?: unknown } | undefined) : undefined;
  if (params?.diagnostics instanceof JsonText && 'method' in message) {
    const { diagnostics, ...others } = params;
    const start = JSON.stringify({ jsonrpc: '2.0', method: message.method, params: others }).slice(0, -2);
    const comma = start.endsWith('{') ? '' : ',';
    return { before: `${start}${comma}"diagnostics":`, text: diagnostics.pieces, after: '}}' };
  }
  return { before: JSON.stringify(message), text: [], after: '' };
}
