// When a line of a container's output says that a server listens, and at which address it is to be opened here.

/** What a configuration may say in place of the usual. */
export interface ServerReady {
  /** Regular expression; its first group is the port, or the whole address. */
  readonly pattern?: string;
  /** Address to open; `%s` stands for the port. */
  readonly uriFormat?: string;
}

/** A server as the container knows it. */
export interface Served {
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** Begins with a slash. */
  readonly path: string;
}

/** Longer lines are data. */
const longest = 2000;
const words = /\b(?:listening|running|started|ready|serving|available|open|local)\b/i;
const address = /\b(https?):\/\/(?:\[[\da-fA-F:]{1,45}\]|[\w.-]{1,255})(?::(\d{1,5}))?(\/[\w\-./?%&=#~]*)?/;
const onPort = /\bport\b\D{0,3}(\d{2,5})\b/i;
const onAddress = /(?:[\d.]{7,15}|\blocalhost|\[::1?\]|\*|\s):(\d{2,5})\b/;

/** What a line says of a server; undefined for any other line. */
export function servedBy(line: string, { pattern }: ServerReady = {}): Served | undefined {
  const text = line.slice(0, longest);
  const found = pattern === undefined ? usual(text) : own(text, pattern);
  return found !== undefined && found.port > 0 && found.port <= 65_535 ? found : undefined;
}

/** @param place machine and port on which the server is found from here */
export function addressOf(
  served: Served,
  place: { readonly machine: string; readonly port: number },
  { uriFormat }: ServerReady = {},
): string {
  if (uriFormat !== undefined) return uriFormat.replaceAll('%s', String(place.port));
  return `${served.scheme}://${place.machine}:${place.port}${served.path}`;
}

function usual(text: string): Served | undefined {
  if (!words.test(text)) return undefined;
  return addressed(text) ?? numbered(onPort.exec(text)?.[1] ?? onAddress.exec(text)?.[1]);
}

function own(text: string, pattern: string): Served | undefined {
  const match = new RegExp(pattern, 'i').exec(text);
  if (match === null) return undefined;
  const told = match[1] ?? match[0];
  return addressed(told) ?? numbered(/\d{1,5}/.exec(told)?.[0]);
}

function addressed(text: string): Served | undefined {
  const match = address.exec(text);
  if (match === null) return undefined;
  const scheme = match[1] === 'https' ? 'https' : 'http';
  const port = Number(match[2] ?? (scheme === 'https' ? 443 : 80));
  return { port, scheme, path: match[3] ?? '/' };
}

function numbered(port: string | undefined): Served | undefined {
  return port === undefined ? undefined : { port: Number(port), scheme: 'http', path: '/' };
}

/** What is wrong with a pattern, undefined when nothing is. */
export function patternFault(pattern: string): string | undefined {
  try {
    RegExp(pattern, 'i');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
