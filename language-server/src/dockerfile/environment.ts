// The variables that a stage has from the image it stands on, as far as they are known now.

import type { BaseEnvironment } from '../../../runtime/src/spec/dockerfile/scope.ts';
import type { Context } from '../language/context.ts';
import { baseImage } from './items.ts';
import { valueOf } from './known.ts';

const kept = new WeakMap<Context, BaseEnvironment>();

/** The same function for the same context: answers are kept by it. */
export function environmentOf(context: Context): BaseEnvironment {
  let environment = kept.get(context);
  if (environment === undefined) {
    environment = (stage) => {
      const image = baseImage(stage);
      return image === undefined ? undefined : valueOf(context.knowledge.image(image, undefined))?.env;
    };
    kept.set(context, environment);
  }
  return environment;
}
