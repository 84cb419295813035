// ^R: searching in what was typed before.
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "history.h"

enum { control_g = 7, control_r = 18, erase = 127 };

// The newest at or before `from` that has it; -1 for none.
static int find(const char *wanted, int from) {
  for (int index = from; index >= 0; index--) {
    if (strstr(history_line(index), wanted) != NULL) return index;
  }
  return -1;
}

static void show(struct line *line, int terminal, struct text *wanted, int found) {
  struct text prompt = {0};
  const char *outer = line->prompt;
  text_string(&prompt, found < 0 && wanted->size > 0 ? "(failed search)'" : "(search)'");
  text_string(&prompt, text_end(wanted));
  text_string(&prompt, "': ");
  line->prompt = text_end(&prompt);
  if (found >= 0) line_set(line, history_line(found));
  line_show(line, terminal);
  line->prompt = outer;
  text_free(&prompt);
}

int search_history(struct line *line, int terminal) {
  struct text wanted = {0};
  int found = -1, key;
  char *before = memory_copy(text_end(&line->text));
  show(line, terminal, &wanted, found);
  for (;;) {
    key = read_key(terminal);
    int from = history_count() - 1;
    if (key == control_r) from = found - 1;
    else if ((key == 8 || key == erase) && wanted.size > 0) wanted.size--;
    else if (key >= 32 && key < key_none && key != erase) text_put(&wanted, (char)key);
    else break;
    int next = wanted.size == 0 ? -1 : find(text_end(&wanted), from);
    if (next >= 0 || key != control_r) found = next;
    show(line, terminal, &wanted, found);
  }
  if (key == control_g || key == 3) line_set(line, before);
  free(before);
  text_free(&wanted);
  line_show(line, terminal);
  return key == control_g ? key_none : key;
}
