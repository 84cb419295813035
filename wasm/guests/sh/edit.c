#include "edit.h"

#include <string.h>
#include <unistd.h>

#include "history.h"
#include "shell.h"

enum { control_a = 1, control_c = 3, control_d = 4, control_e = 5, control_k = 11, control_l = 12, control_n = 14, control_p = 16,
       control_r = 18, control_t = 20, control_u = 21, control_w = 23, control_y = 25, control_b = 2, control_f = 6, tab = 9, erase = 127 };

struct editing {
  struct line line;
  int terminal;
  int place;         // in the history; its end is the line that is new
  struct text typed; // that line
  struct text cut;   // for ^Y
  int last_key;
};

static void write_text(int terminal, const char *text) {
  size_t size = strlen(text);
  while (size > 0) {
    ssize_t written = write(terminal, text, size);
    if (written <= 0) return;
    text += written;
    size -= (size_t)written;
  }
}

static void go_in_history(struct editing *editing, int step) {
  int to = editing->place + step;
  if (to < 0 || to > history_count()) return;
  if (editing->place == history_count()) {
    editing->typed.size = 0;
    text_add(&editing->typed, editing->line.text.bytes, editing->line.text.size);
  }
  editing->place = to;
  line_set(&editing->line, to == history_count() ? text_end(&editing->typed) : history_line(to));
}

static void cut(struct editing *editing, size_t from, size_t to) {
  if (to <= from) return;
  editing->cut.size = 0;
  text_add(&editing->cut, editing->line.text.bytes + from, to - from);
  line_erase(&editing->line, from, to);
}

static void swap_characters(struct line *line) {
  if (line->cursor == line->text.size) line->cursor = character_before(line, line->cursor);
  size_t before = character_before(line, line->cursor), after = character_after(line, line->cursor);
  size_t first = line->cursor - before, second = after - line->cursor;
  char room[16];
  if (first == 0 || first > 8 || second > 8) return;
  memcpy(room, line->text.bytes + line->cursor, second);
  memcpy(room + second, line->text.bytes + before, first);
  memcpy(line->text.bytes + before, room, first + second);
  line->cursor = after;
}

static void move_or_cut(struct editing *editing, int key) {
  struct line *line = &editing->line;
  switch (key) {
    case key_left:
    case control_b: line->cursor = character_before(line, line->cursor); break;
    case key_right:
    case control_f: line->cursor = character_after(line, line->cursor); break;
    case key_home:
    case control_a: line->cursor = 0; break;
    case key_end:
    case control_e: line->cursor = line->text.size; break;
    case key_word_left: line->cursor = word_before(line, line->cursor); break;
    case key_word_right: line->cursor = word_after(line, line->cursor); break;
    case 8:
    case erase: line_erase(line, character_before(line, line->cursor), line->cursor); break;
    case key_delete:
    case control_d: line_erase(line, line->cursor, character_after(line, line->cursor)); break;
    case control_k: cut(editing, line->cursor, line->text.size); break;
    case control_u: cut(editing, 0, line->cursor); break;
    case key_erase_word:
    case control_w: cut(editing, word_before(line, line->cursor), line->cursor); break;
    case key_erase_word_right: cut(editing, line->cursor, word_after(line, line->cursor)); break;
    case control_y: line_insert(line, editing->cut.bytes, editing->cut.size); break;
    case control_t: swap_characters(line); break;
    default: break;
  }
}

// One that begins with a byte of several has the others read as well, so that no half of it is shown.
static void insert_character(struct editing *editing, int first) {
  char bytes[4] = {(char)first};
  size_t size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (size_t index = 1; index < size; index++) {
    int byte = read_key(editing->terminal);
    if (byte >= key_none) return;
    bytes[index] = (char)byte;
  }
  struct line *line = &editing->line;
  bool is_at_end = line->cursor == line->text.size;
  line_insert(line, bytes, size);
  const char *prompt = strrchr(line->prompt, '\n');
  prompt = prompt == NULL ? line->prompt : prompt + 1;
  int end = width_of(prompt, strlen(prompt)) + width_of(line->text.bytes, line->text.size);
  // The usual case needs nothing drawn but itself.
  if (is_at_end && end % line->columns > width_of(bytes, size)) {
    char shown[5] = {0};
    memcpy(shown, bytes, size);
    write_text(editing->terminal, shown);
  } else {
    line_show(line, editing->terminal);
  }
}

// Whether the line is done.
static bool do_key(struct editing *editing, int key, enum edit_result *result) {
  struct line *line = &editing->line;
  *result = edit_line;
  if (key == '\r' || key == '\n') return true;
  if (key == key_failed || (key == control_d && line->text.size == 0)) {
    *result = edit_end;
    return true;
  }
  if (key == control_c) {
    *result = edit_interrupted;
    return true;
  }
  if (key >= 32 && key < key_none && key != erase) {
    insert_character(editing, key);
    return false;
  }
  if (key == key_up || key == control_p) go_in_history(editing, -1);
  else if (key == key_down || key == control_n) go_in_history(editing, 1);
  else if (key == tab) complete(line, editing->terminal, editing->last_key == tab);
  else if (key == control_l) write_text(editing->terminal, "\033[H\033[2J"), line->row = 0;
  else move_or_cut(editing, key);
  line_show(line, editing->terminal);
  return false;
}

static void set_columns(struct line *line, const struct coracle_tty *tty) { line->columns = tty->columns > 4 ? tty->columns : 80; }

static enum edit_result edit_raw(struct editing *editing) {
  enum edit_result result;
  struct line *line = &editing->line;
  write_text(editing->terminal, line->prompt);
  for (;;) {
    struct coracle_tty tty;
    int key = read_key(editing->terminal);
    // It may have another size by now.
    if (system_tty_get(editing->terminal, &tty) == 0) set_columns(line, &tty);
    if (key == control_r) key = search_history(line, editing->terminal);
    if (do_key(editing, key, &result)) break;
    editing->last_key = key;
  }
  if (result != edit_interrupted && line->cursor < line->text.size) {
    line->cursor = line->text.size;
    line_show(line, editing->terminal);
  }
  return result;
}

enum edit_result edit(int terminal, const char *prompt, struct text *typed) {
  struct editing editing = {.terminal = terminal, .line = {.prompt = prompt}, .place = history_count()};
  struct coracle_tty before, raw;
  if (system_tty_get(terminal, &before) < 0) return edit_end;
  raw = before;
  raw.modes &= ~(uint32_t)(CORACLE_TTY_CANONICAL | CORACLE_TTY_ECHO | CORACLE_TTY_SIGNALS | CORACLE_TTY_NEWLINES);
  set_columns(&editing.line, &before);
  system_tty_set(terminal, &raw);
  enum edit_result result = edit_raw(&editing);
  system_tty_set(terminal, &before);
  // Once this is seen, keys are signals again.
  write_text(terminal, result == edit_interrupted ? "^C\n" : "\n");
  text_free(&editing.typed);
  text_free(&editing.cut);
  text_free(&editing.line.shown);
  text_end(&editing.line.text);
  *typed = editing.line.text;
  return result;
}
