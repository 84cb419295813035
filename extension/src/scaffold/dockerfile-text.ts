// Pieces of the Dockerfiles that are written for people: stages of lines, laid out as our formatter would.

/** Stages with a blank line between them; parts that are undefined are left out. */
export function dockerfileText(stages: readonly (readonly (string | undefined)[])[]): string {
  const texts = stages.map((lines) => lines.filter((line) => line !== undefined).join('\n'));
  return `${texts.filter((text) => text !== '').join('\n\n')}\n`;
}

/** The exec form, which starts a program without a shell. */
export function execForm(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}

/** A RUN with mounts, each on its line. @param mounts what follows `--mount=` */
export function runWith(mounts: readonly string[], command: string): string {
  const lines = [...mounts.map((mount) => `--mount=${mount}`), command];
  return `RUN ${lines.join(' \\\n    ')}`;
}

export function cacheMount(target: string): string {
  return `type=cache,target=${target}`;
}

export function expose(port: number | undefined): string | undefined {
  return port === undefined ? undefined : `EXPOSE ${port}`;
}

/** Asks often while it starts, so that who waits for it does not wait for long. @param words of the exec form */
export function healthCheck(port: number | undefined, words: (port: number) => readonly string[]): string | undefined {
  if (port === undefined) return undefined;
  return `HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \\\n    CMD ${execForm(words(port))}`;
}
