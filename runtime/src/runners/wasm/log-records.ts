// Records of a container's log as bytes, in the two forms that `log-writer.ts` writes.

/** The end of a line. */
export const newline = 0x0a;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

export interface RecordForm {
  record(stream: 1 | 2, line: Uint8Array, timeNs: bigint, isPartial: boolean): Uint8Array;
  /** As many as there are lines, one after another. */
  records(stream: 1 | 2, lines: Uint8Array, timeNs: bigint): Uint8Array;
  /** Where the first record ends that reaches `wanted`; `start` is where one begins. */
  end(block: Uint8Array, start: number, wanted: number): number;
}

const jsonHead = '{"log":"';

/** @param attributes a JSON object for each record */
export function jsonForm(attributes: string | undefined): RecordForm {
  const attrs = attributes === undefined ? '' : `"attrs":${attributes},`;
  const tailOf = (stream: 1 | 2, timeNs: bigint): string =>
    `","stream":"${stream === 1 ? 'stdout' : 'stderr'}",${attrs}"time":"${timeText(timeNs)}"}\n`;
  return {
    record(stream, line, timeNs, isPartial) {
      const text = escapeText(decoder.decode(line));
      return encoder.encode(`${jsonHead}${text}${isPartial ? '' : '\\n'}${tailOf(stream, timeNs)}`);
    },
    // A line's end is part of no character: they are decoded as one by one.
    records(stream, lines, timeNs) {
      const text = escapeText(decoder.decode(lines.subarray(0, -1)));
      const tail = `\\n${tailOf(stream, timeNs)}`;
      return encoder.encode(`${jsonHead}${text.replaceAll('\n', () => tail + jsonHead)}${tail}`);
    },
    end: (block, _start, wanted) => block.indexOf(newline, wanted - 1) + 1,
  };
}

/** What Go's encoder escapes, for the sake of JSON and of HTML. The end of a line is in none. */
// eslint-disable-next-line no-control-regex
const special = /[\u0000-\u0009\u000b-\u001f"\\<>&\u2028\u2029\ufffd]/g;

function escapeText(text: string): string {
  return text.replaceAll(special, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    if (character === '\r') return '\\r';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** RFC 3339 with as many digits as say something. */
function timeText(timeNs: bigint): string {
  const seconds = new Date(Number(timeNs / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = (timeNs % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** Bytes of a record besides its line. Laid out in host/shim.ts. */
const localFrame = 18;

function localRecord(stream: 1 | 2, line: Uint8Array, timeNs: bigint, isPartial: boolean): Uint8Array {
  const record = new Uint8Array(line.length + localFrame);
  putLocalRecord(record, { stream, line, timeNs, isPartial });
  return record;
}

function localRecords(stream: 1 | 2, lines: Uint8Array, timeNs: bigint): Uint8Array {
  let count = 0;
  for (let at = lines.indexOf(newline); at >= 0; at = lines.indexOf(newline, at + 1)) count++;
  const records = new Uint8Array(lines.length + count * (localFrame - 1));
  let used = 0;
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(newline, start);
    const line = lines.subarray(start, end);
    putLocalRecord(records.subarray(used), { stream, line, timeNs, isPartial: false });
    used += line.length + localFrame;
    start = end + 1;
  }
  return records;
}

interface LocalRecord {
  readonly stream: 1 | 2;
  readonly line: Uint8Array;
  readonly timeNs: bigint;
  readonly isPartial: boolean;
}

function putLocalRecord(to: Uint8Array, { stream, line, timeNs, isPartial }: LocalRecord): void {
  const view = new DataView(to.buffer, to.byteOffset);
  view.setUint32(0, line.length, true);
  view.setBigUint64(4, timeNs, true);
  to[12] = stream;
  to[13] = isPartial ? 1 : 0;
  to.set(line, 14);
  view.setUint32(14 + line.length, line.length, true);
}

function localRecordEnd(block: Uint8Array, start: number, wanted: number): number {
  const view = new DataView(block.buffer, block.byteOffset);
  let end = start;
  while (end < wanted) end += view.getUint32(end, true) + localFrame;
  return end;
}

export const localForm: RecordForm = { record: localRecord, records: localRecords, end: localRecordEnd };
