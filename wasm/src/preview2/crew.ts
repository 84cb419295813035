// Others like this process, which take requests from the same listening socket.

/** Call all of it inside the arena. */
export interface Crew {
  /** The descriptor that listens already; undefined: it is the first. */
  readonly listener: number | undefined;
  /** Nobody else is there. */
  readonly isAlone: boolean;
  /** It waits for a request. */
  waits(): void;
  /** It has one. Another is begun when nobody waits now, as far as limits allow. @param listener the description that all share */
  works(listener: number): void;
  /** Whether enough others wait. Never for the first. */
  mayLeave(): boolean;
}

/** Of a process that is in no table. */
export const alone: Crew = {
  listener: undefined,
  isAlone: true,
  waits: () => undefined,
  works: () => undefined,
  mayLeave: () => false,
};
