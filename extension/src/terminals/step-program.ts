// A shell in what a step of a build left: an image of its files is made for it, a container runs while the terminal is open, and
// both go with it.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { StepImageOptions } from '../../../runtime/src/spec/engine/builds.ts';
import type { Size, TerminalProgram, TerminalScreen } from '../ui/ui.ts';
import { attachProgram } from './attach-program.ts';

export interface ShellPlace extends StepImageOptions {
  /** Id of the build. */
  readonly build: string;
}

export class StepProgram implements TerminalProgram {
  readonly #client: EngineClient;
  readonly #place: ShellPlace;
  #inner: TerminalProgram | undefined;
  /** What was typed before there was anybody to read it. */
  #early = '';

  constructor(client: EngineClient, place: ShellPlace) {
    this.#client = client;
    this.#place = place;
  }

  async run(screen: TerminalScreen): Promise<number | undefined> {
    const { images, containers, builds } = this.#client;
    const { build, ...options } = this.#place;
    const { Id: image } = await builds.stepImage(build, options);
    try {
      const open = { Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true };
      const { Id } = await containers.create({ Image: image, ...open, AttachStdout: true, AttachStderr: true });
      try {
        return await this.#shell(Id ?? '', screen);
      } finally {
        await containers.remove(Id ?? '', { force: true, v: true });
      }
    } finally {
      await images.remove(image, { force: true });
    }
  }

  async #shell(container: string, screen: TerminalScreen): Promise<number | undefined> {
    const info = await this.#client.containers.inspect(container);
    const inner = attachProgram(this.#client, info, { isStarted: true });
    this.#inner = inner;
    if (this.#early !== '') inner.input(this.#early);
    return await inner.run(screen);
  }

  input(text: string): void {
    if (this.#inner === undefined) this.#early += text;
    else this.#inner.input?.(text);
  }

  resize(size: Size): void {
    this.#inner?.resize?.(size);
  }
}
