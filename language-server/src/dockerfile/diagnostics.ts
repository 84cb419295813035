// Problems of a Dockerfile: what the builder refuses.

import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver';
import type { Fault } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { DockerfileView } from './view.ts';

export function diagnostics(view: DockerfileView): Diagnostic[] {
  const { file, model } = view;
  return [
    ...file.items.flatMap(({ faults }, item) => faults.map((fault) => diagnostic(view, item, fault))),
    ...model.faults.map((fault) => diagnostic(view, fault.item, fault)),
  ];
}

function diagnostic(view: DockerfileView, item: number, { code, message, span }: Fault): Diagnostic {
  return {
    range: view.range(item, span),
    severity: DiagnosticSeverity.Error,
    source: 'coracle',
    code,
    message,
  };
}
