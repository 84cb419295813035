import assert from 'node:assert/strict';
import { FrameReader, frame, frameHeader } from '../../runtime/src/spec/stream/multiplex.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (pieces: readonly { readonly stream: number; readonly bytes: Uint8Array }[], stream: number): string =>
  pieces
    .filter((piece) => piece.stream === stream)
    .map((piece) => new TextDecoder().decode(piece.bytes))
    .join('');

describe('spec/stream/multiplex', () => {
  it('writes the frame that Docker documents', () => {
    assert.deepEqual([...frame(1, bytes('hi\n'))], [1, 0, 0, 0, 0, 0, 0, 3, 0x68, 0x69, 0x0a]);
    assert.deepEqual([...frameHeader(2, 0x01020304)], [2, 0, 0, 0, 1, 2, 3, 4]);
  });

  it('reads frames however they are split', () => {
    const whole = Buffer.concat([
      frame(1, bytes('out')),
      frame(2, bytes('')),
      frame(2, bytes('err')),
      frame(1, bytes('more')),
    ]);
    for (let size = 1; size <= whole.length; size += 1) {
      const reader = new FrameReader();
      const pieces = [];
      for (let at = 0; at < whole.length; at += size) pieces.push(...reader.push(whole.subarray(at, at + size)));
      assert.deepEqual([text(pieces, 1), text(pieces, 2)], ['outmore', 'err'], `pieces of ${size}`);
      assert.ok(reader.isBetweenFrames);
    }
  });

  it('hands long payloads on as they come, keeping nothing', () => {
    const reader = new FrameReader();
    reader.push(frameHeader(1, 100));
    assert.equal(reader.push(new Uint8Array(60))[0]?.bytes.length, 60);
    assert.equal(reader.isBetweenFrames, false);
    assert.equal(reader.push(new Uint8Array(40))[0]?.bytes.length, 40);
    assert.ok(reader.isBetweenFrames);
  });

  it('refuses what are no frames', () => {
    assert.throws(() => new FrameReader().push(bytes('HTTP/1.1 200 OK')), /Unrecognized stream: 72/);
    assert.throws(() => new FrameReader().push(Uint8Array.of(1, 0, 1, 0, 0, 0, 0, 0)), /Unrecognized stream/);
  });
});
