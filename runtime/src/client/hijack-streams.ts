// Reading a taken-over connection: a raw stream for terminals, frames of stdout and stderr otherwise.

import { FrameReader, streamNumber } from '../spec/stream/multiplex.ts';

/** Where output goes. A promise holds the reader back until the sink has room. */
export interface OutputSinks {
  stdout(bytes: Uint8Array): Promise<void> | void;
  stderr(bytes: Uint8Array): Promise<void> | void;
}

/** Hands everything to `stdout`, until the stream ends. */
export async function readRaw(source: AsyncIterable<Uint8Array>, sinks: OutputSinks): Promise<void> {
  for await (const chunk of source) await sinks.stdout(chunk);
}

/**
 * Takes frames apart until the stream ends.
 * @throws EngineError when the bytes are no frames, Error when the engine reports a fault of its own in the stream
 */
export async function readFrames(source: AsyncIterable<Uint8Array>, sinks: OutputSinks): Promise<void> {
  const reader = new FrameReader();
  for await (const chunk of source) {
    for (const piece of reader.push(chunk)) {
      if (piece.stream === streamNumber.stderr) await sinks.stderr(piece.bytes);
      else if (piece.stream === streamNumber.systemError) {
        throw new Error(`error from daemon in stream: ${new TextDecoder().decode(piece.bytes)}`);
      } else await sinks.stdout(piece.bytes);
    }
  }
}
