// Messages on the wire: what Google's own encoder makes of them, and what nobody should send.

import assert from 'node:assert/strict';
import {
  bytes,
  flag,
  integer,
  list,
  long,
  map,
  message,
  nested,
  text,
  texts,
} from '../../runtime/src/buildkit/protobuf/message.ts';
import { packet, stat } from '../../runtime/src/buildkit/messages/session.ts';

const point = message({ x: integer(1), label: text(2) });
const all = message({
  text: text(1),
  bytes: bytes(2),
  flag: flag(3),
  integer: integer(4),
  long: long(5),
  point: nested(6, point),
  points: list(nested(7, point)),
  names: list(text(8)),
  labels: texts(9),
  blobs: map(10, bytes),
});

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

describe('Protocol Buffers', () => {
  it('write and read every kind of field', () => {
    const value = {
      text: 'grüße',
      bytes: Uint8Array.of(0, 255),
      flag: true,
      integer: 2 ** 40,
      long: -1n,
      point: { x: 300, label: '' },
      points: [
        { x: 0, label: '' },
        { x: -5, label: 'a' },
      ],
      names: ['', 'b'],
      labels: new Map([
        ['__proto__', 'x'],
        ['', ''],
      ]),
      blobs: new Map([['k', Uint8Array.of(1)]]),
    };
    assert.deepEqual(all.decode(all.encode(value)), value);
  });

  it('are bytes that others know', () => {
    // From the encoding guide: a field 1 of 150, a field 2 of "testing".
    assert.deepEqual(point.decode(hex('08 96 01 12 07 74 65 73 74 69 6e 67')), { x: 150, label: 'testing' });
    assert.deepEqual(
      Buffer.from(point.encode({ x: 150, label: 'testing' })).toString('hex'),
      '0896011207' + Buffer.from('testing').toString('hex'),
    );
    // A negative int32 has ten bytes.
    assert.equal(point.encode({ x: -1 }).length, 11);
  });

  it('say nothing of what has its default', () => {
    assert.equal(all.encode({ text: '', flag: false, integer: 0, names: [], labels: new Map() }).length, 0);
    assert.equal(all.decode(new Uint8Array(0)).point, undefined);
  });

  it('pass over fields that are not known, of every wire type', () => {
    const unknown = '98 06 01 a1 06 01 02 03 04 05 06 07 08 aa 06 02 ff ff b5 06 01 02 03 04';
    assert.deepEqual(point.decode(hex(`${unknown} 08 01`)), { x: 1, label: '' });
  });

  it('keep nanoseconds and modes of files to the last bit', () => {
    const modTime = 1_764_450_000_123_456_789n;
    const mode = 0x8000_0000 + 0o755;
    const { stat: read } = packet.decode(packet.encode({ stat: { ...stat.decode(new Uint8Array(0)), mode, modTime } }));
    assert.deepEqual([read?.mode, read?.modTime], [mode, modTime]);
  });

  for (const [title, bad] of [
    ['cut short in a number', '08 96'],
    ['a length beyond the end', '12 7f 61'],
    ['a length of 2^63', '12 ff ff ff ff ff ff ff ff 7f'],
    ['a number of eleven bytes', '08 ff ff ff ff ff ff ff ff ff ff 01'],
    ['a group', '0b 0c'],
    ['another kind than the field has', '0a 01 61'],
    ['a number that no double holds', '08 ff ff ff ff ff ff ff ff 7f'],
  ] as const) {
    it(`refuse ${title}`, () => {
      assert.throws(() => point.decode(hex(bad)), /not a Protocol Buffers message/);
    });
  }

  it('refuse lists that never end', () => {
    const endless = Buffer.alloc(200_002 * 2, Buffer.from('4200', 'hex'));
    assert.throws(() => all.decode(endless), /a list is too long/);
  });
});
