// Editing of a line at a terminal.
#ifndef SH_EDIT_H
#define SH_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"

struct line {
  struct text text;
  size_t cursor; // in bytes, at the beginning of a character
  const char *prompt;
  int columns;
  int row; // of the cursor, from the first row of the line
  struct text shown; // to be written at once
};

enum edit_result { edit_line, edit_end, edit_interrupted };
// Without the newline. `line` is to be freed by text_free.
enum edit_result edit(int terminal, const char *prompt, struct text *line);

// Keys, beyond bytes.
enum key {
  key_none = 256,
  key_up,
  key_down,
  key_right,
  key_left,
  key_home,
  key_end,
  key_delete,
  key_word_left,
  key_word_right,
  key_erase_word,
  key_erase_word_right,
  key_failed,
};
int read_key(int terminal);

void line_show(struct line *line, int terminal);
void line_insert(struct line *line, const char *bytes, size_t size);
void line_erase(struct line *line, size_t from, size_t to);
void line_set(struct line *line, const char *text);
size_t character_before(const struct line *line, size_t at);
size_t character_after(const struct line *line, size_t at);
size_t word_before(const struct line *line, size_t at);
size_t word_after(const struct line *line, size_t at);
// How many columns it takes; sequences of control characters take none.
int width_of(const char *text, size_t size);

// Completes what is before the cursor; lists what there is when it was asked twice.
void complete(struct line *line, int terminal, bool is_repeated);
// ^R: the key that ended it, to be done as well.
int search_history(struct line *line, int terminal);

#endif
