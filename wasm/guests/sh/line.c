// The line at hand, and how it is shown.
#include <string.h>
#include <unistd.h>

#include "edit.h"
#include "shell.h"

static bool continues(char byte) { return ((unsigned char)byte & 0xc0) == 0x80; }

size_t character_before(const struct line *line, size_t at) {
  if (at > 0) at--;
  while (at > 0 && continues(line->text.bytes[at])) at--;
  return at;
}

size_t character_after(const struct line *line, size_t at) {
  if (at < line->text.size) at++;
  while (at < line->text.size && continues(line->text.bytes[at])) at++;
  return at;
}

size_t word_before(const struct line *line, size_t at) {
  while (at > 0 && line->text.bytes[at - 1] == ' ') at--;
  while (at > 0 && line->text.bytes[at - 1] != ' ') at--;
  return at;
}

size_t word_after(const struct line *line, size_t at) {
  while (at < line->text.size && line->text.bytes[at] == ' ') at++;
  while (at < line->text.size && line->text.bytes[at] != ' ') at++;
  return at;
}

void line_insert(struct line *line, const char *bytes, size_t size) {
  size_t tail = line->text.size - line->cursor;
  text_add(&line->text, bytes, size);
  char *at = line->text.bytes + line->cursor;
  memmove(at + size, at, tail);
  memcpy(at, bytes, size);
  line->cursor += size;
}

void line_erase(struct line *line, size_t from, size_t to) {
  if (to <= from) return;
  memmove(line->text.bytes + from, line->text.bytes + to, line->text.size - to);
  line->text.size -= to - from;
  line->cursor = from;
}

void line_set(struct line *line, const char *text) {
  line->text.size = 0;
  text_string(&line->text, text);
  line->cursor = line->text.size;
}

// Ranges of characters that take two columns, and none: East Asian ones, emoji; what is set above others.
static const struct {
  uint32_t first, last;
  int width;
} widths[] = {
    {0x300, 0x36f, 0},     {0x483, 0x489, 0},     {0x591, 0x5bd, 0},     {0x610, 0x61a, 0},     {0x64b, 0x65f, 0},
    {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x200b, 0x200f, 0},   {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},
    {0x3041, 0x33ff, 2},   {0x3400, 0x4dbf, 2},   {0x4e00, 0x9fff, 2},   {0xa000, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},
    {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},
    {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
};

static int width_of_code(uint32_t code) {
  for (size_t index = 0; index < sizeof widths / sizeof *widths && code >= widths[index].first; index++) {
    if (code <= widths[index].last) return widths[index].width;
  }
  return 1;
}

static uint32_t next_code(const char *text, size_t size, size_t *at) {
  unsigned char first = (unsigned char)text[(*at)++];
  uint32_t code = first < 0xc0 ? first : first < 0xe0 ? first & 0x1f : first < 0xf0 ? first & 0x0f : first & 0x07;
  while (*at < size && continues(text[*at])) code = code << 6 | ((unsigned char)text[(*at)++] & 0x3f);
  return code;
}

// ESC [ ... letter
static size_t sequence_end(const char *text, size_t size, size_t at) {
  if (at + 1 >= size || text[at + 1] != '[') return at + 1;
  at += 2;
  while (at < size && !(text[at] >= '@' && text[at] <= '~')) at++;
  return at < size ? at + 1 : size;
}

int width_of(const char *text, size_t size) {
  int width = 0;
  for (size_t at = 0; at < size;) {
    if (text[at] == '\033') {
      at = sequence_end(text, size, at);
      continue;
    }
    uint32_t code = next_code(text, size, &at);
    width += code < 32 ? 0 : width_of_code(code);
  }
  return width;
}

static void move(struct line *line, int count, char direction) {
  if (count <= 0) return;
  text_string(&line->shown, "\033[");
  text_number(&line->shown, count);
  text_put(&line->shown, direction);
}

static void write_out(struct line *line, int terminal) {
  // A terminal that is gone is found out when it is read.
  if (write(terminal, line->shown.bytes, line->shown.size) >= 0) line->shown.size = 0;
  line->shown.size = 0;
}

// Everything anew, from the row where the line begins.
void line_show(struct line *line, int terminal) {
  const char *prompt = strrchr(line->prompt, '\n');
  prompt = prompt == NULL ? line->prompt : prompt + 1;
  int start = width_of(prompt, strlen(prompt));
  int end = start + width_of(line->text.bytes, line->text.size), cursor = start + width_of(line->text.bytes, line->cursor);
  move(line, line->row, 'A');
  text_string(&line->shown, "\r\033[J");
  text_string(&line->shown, prompt);
  text_add(&line->shown, line->text.bytes, line->text.size);
  // A terminal stays behind the last column until something follows.
  if (end > 0 && end % line->columns == 0) text_string(&line->shown, "\r\n");
  move(line, end / line->columns - cursor / line->columns, 'A');
  text_put(&line->shown, '\r');
  move(line, cursor % line->columns, 'C');
  line->row = cursor / line->columns;
  write_out(line, terminal);
}
