// A list of texts in a form: each can be changed, an empty text takes it away, and more can be added.

import { l10n } from '../l10n.ts';
import type { PickItem, Ui } from '../ui/ui.ts';

export interface ListField {
  readonly title: string;
  readonly prompt: string;
  readonly placeholder: string;
  readonly validate: (text: string) => string | undefined;
  /** Asks for a new entry in another way than by typing it; undefined when the user turned away. */
  readonly add?: () => Promise<string | undefined>;
}

/** @returns the list as the user left it */
export async function editList(ui: Ui, before: readonly string[], field: ListField): Promise<readonly string[]> {
  let values = before;
  // With nothing to change there is only one thing to do.
  if (values.length === 0) {
    const added = await addEntry(ui, field);
    if (added === undefined) return values;
    values = [added];
  }
  for (;;) {
    const items: PickItem<number>[] = [
      { label: l10n.t('Done'), icon: 'check', value: -1 },
      ...values.map((text, index) => ({ label: text, icon: 'edit', value: index })),
      { label: l10n.t('Add...'), icon: 'add', value: values.length },
    ];
    const chosen = await ui.pick(items, { title: field.title });
    if (chosen === undefined || chosen === -1) return values;
    const isNew = chosen === values.length;
    const text = isNew ? await addEntry(ui, field) : await typeEntry(ui, field, values[chosen] ?? '');
    if (text === undefined) continue;
    const kept = text === '' ? [] : [text];
    values = [...values.slice(0, chosen), ...kept, ...values.slice(chosen + 1)];
  }
}

async function addEntry(ui: Ui, field: ListField): Promise<string | undefined> {
  const text = await (field.add === undefined ? typeEntry(ui, field, '') : field.add());
  return text === '' ? undefined : text;
}

async function typeEntry(ui: Ui, field: ListField, value: string): Promise<string | undefined> {
  const { title, prompt, placeholder, validate } = field;
  const fault = (text: string) => (text === '' ? undefined : validate(text));
  return await ui.input({ title, prompt, placeholder, value, validate: fault });
}
