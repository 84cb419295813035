// What makes components ready, asked for by the engine of who has made its worker: where its files have no addresses, and only when the first
// component comes, since they are large.

import type { TranspilerFiles } from '../host/web/transpiler-thread.ts';
import { messageOf } from '../spec/errors.ts';
import type { Port } from './protocol.ts';

/** To each message of the engine's one of these. */
type Brought = { readonly files: TranspilerFiles } | { readonly failed: string };

/** The engine's side. @returns what asks: the same files each time, and anew where they could not be had */
export function transpilerBy(port: Port): () => Promise<TranspilerFiles> {
  let files: Promise<TranspilerFiles> | undefined;
  return () => {
    files ??= ask(port).catch((error: unknown) => {
      files = undefined;
      throw error;
    });
    return files;
  };
}

async function ask(port: Port): Promise<TranspilerFiles> {
  const brought = await new Promise<Brought>((resolve) => {
    port.onmessage = ({ data }) => resolve(data as Brought);
    port.onmessageerror = () => resolve({ failed: 'it came as what cannot be read' });
    port.postMessage(undefined, []);
  });
  if ('failed' in brought) throw new Error(`what makes components ready could not be loaded: ${brought.failed}`);
  return brought.files;
}

/** The side of who has made the worker. */
export function bringTranspiler(port: Port, load: () => Promise<TranspilerFiles>): void {
  const bring = async (): Promise<Brought> => {
    try {
      return { files: await load() };
    } catch (error) {
      return { failed: messageOf(error) };
    }
  };
  port.onmessage = () => void bring().then((brought) => port.postMessage(brought, []));
}
