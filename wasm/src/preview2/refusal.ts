// What a call of WASI 0.2 fails with: the error of its result.

export class Refusal extends Error {
  /** As the component's types have it. */
  readonly payload: unknown;

  constructor(payload: unknown) {
    super('refused');
    this.payload = payload;
  }
}

/** Thrown often, so it carries no stack. */
export function refusal(payload: unknown): Refusal {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new Refusal(payload);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** @throws Refusal always */
export function refuse(payload: unknown): never {
  throw refusal(payload);
}
