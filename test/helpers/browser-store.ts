// What a browser has stored for an engine.

import type { Page } from 'playwright-core';

/** Whether a text is in it. @param page of the engine's origin */
export async function isStored(page: Page, store: string, text: string): Promise<boolean> {
  return await page.evaluate(storedHas, { store, text });
}

/** Runs in the page. */
async function storedHas({ store, text }: { readonly store: string; readonly text: string }): Promise<boolean> {
  const answerOf = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('the store gives no answer'));
    });
  const database = await answerOf(indexedDB.open(store, 1));
  try {
    const pages = database.transaction(['pages'], 'readonly').objectStore('pages');
    const stored = (await answerOf(pages.getAll())) as readonly Uint8Array<ArrayBuffer>[];
    return (await new Blob([...stored]).text()).includes(text);
  } finally {
    database.close();
  }
}
