// All checks of a Compose file, in one list.

import type { Context } from '../../language/context.ts';
import type { Finding } from '../rules.ts';
import { projectOf } from '../model/project.ts';
import { composeShape } from '../schema/shape.ts';
import { validate } from '../schema/validate.ts';
import type { ComposeView } from '../view.ts';
import type { CheckInput } from './check.ts';
import { checkCycles } from './cycles.ts';
import { checkEngine } from './engine.ts';
import { checkFiles } from './files.ts';
import { checkHealth } from './health.ts';
import { checkNames } from './names.ts';
import { checkPorts } from './ports.ts';
import { checkServices } from './services.ts';
import { checkValues } from './values.ts';
import { checkVariables } from './variables.ts';
import { checkYaml } from './yaml.ts';

const checks: readonly ((input: CheckInput) => readonly Finding[])[] = [
  checkYaml,
  checkSchema,
  checkNames,
  checkServices,
  checkCycles,
  checkPorts,
  checkHealth,
  checkVariables,
  checkFiles,
  checkValues,
  checkEngine,
];

/** Everything that is wrong, in the order of the file. */
export function findingsOf(view: ComposeView, context: Context): readonly Finding[] {
  const project = projectOf(view, context);
  const input = { view, model: view.model, project, context, knowledge: context.knowledge };
  return checks.flatMap((check) => check(input)).toSorted((a, b) => a.span.start - b.span.start);
}

function checkSchema({ model }: CheckInput): readonly Finding[] {
  const { root } = model.file;
  return root === undefined ? [] : validate(root, composeShape(), model.resolver);
}
