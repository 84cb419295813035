// The files that the user has beside the engine's, by paths: of this machine, or of what is open in a browser.

import type { LocalContext } from '../../../runtime/src/copy/build-context.ts';

/** What a build takes from a folder. Without a listing all of it is sent each time. */
export type BuildFolder = Pick<LocalContext, 'tar' | 'dockerfile' | 'text' | 'origin'> &
  Partial<Pick<LocalContext, 'listing'>>;

export interface LocalFiles {
  isThere(path: string): Promise<boolean>;
  /** @throws Error when it cannot be read, as all that read */
  readText(path: string): Promise<string>;
  open(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** The file appears whole or not at all. @throws the signal's reason, what `content` throws, Error when it cannot be written */
  save(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** As its ignore file leaves it. @throws Error in words for who asked to build it */
  openContext(folder: string, dockerfile: string): Promise<BuildFolder>;
}
