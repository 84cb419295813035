/* less, more: a page of a file at a time, with going back and searching. */

#include "regex.h"
#include "sys.h"
#include "tool.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
  struct text whole;
  size_t *lines; /* where each begins */
  size_t count, top;
  unsigned rows, columns;
  int keys;
  struct regex *regex;
} pager;

static void split(void) {
  size_t room = 0;
  for (size_t at = 0; at < pager.whole.length;) {
    if (pager.count == room) pager.lines = take_more(pager.lines, (room = room == 0 ? 1024 : room * 2) * sizeof *pager.lines);
    pager.lines[pager.count++] = at;
    const char *end = memchr(pager.whole.bytes + at, '\n', pager.whole.length - at);
    at = end == NULL ? pager.whole.length : (size_t)(end - pager.whole.bytes) + 1;
  }
}

static size_t end_of(size_t line) {
  size_t end = line + 1 < pager.count ? pager.lines[line + 1] : pager.whole.length;
  return end > pager.lines[line] && pager.whole.bytes[end - 1] == '\n' ? end - 1 : end;
}

static size_t last_top(void) { return pager.count > pager.rows - 1 ? pager.count - (pager.rows - 1) : 0; }

/* One line of the screen, cut where that ends. What would steer the terminal is shown as ?. */
static void draw_line(size_t line) {
  unsigned column = 0;
  for (size_t at = pager.lines[line], end = end_of(line); at < end && column < pager.columns; at++) {
    unsigned char byte = (unsigned char)pager.whole.bytes[at];
    if (byte == '\t') {
      do putchar(' ');
      while (++column % 8 != 0 && column < pager.columns);
    } else {
      putchar(byte < 32 || byte == 127 ? '?' : byte);
      column += (byte & 0xc0) != 0x80;
    }
  }
  fputs("\033[K\n", stdout);
}

static void draw(void) {
  fputs("\033[H", stdout);
  for (unsigned row = 0; row + 1 < pager.rows; row++) {
    if (pager.top + row < pager.count) draw_line(pager.top + row);
    else fputs("~\033[K\n", stdout);
  }
  printf("\033[7m%s\033[0m\033[K", pager.top >= last_top() ? "(END)" : ":");
  fflush(stdout);
}

static void search(bool again) {
  if (!again) {
    struct text pattern = {0};
    text_clear(&pattern);
    printf("\r/\033[K");
    fflush(stdout);
    for (char byte; read(pager.keys, &byte, 1) == 1 && byte != '\r' && byte != '\n';) {
      if (byte == 27) {
        free(pattern.bytes);
        return;
      }
      if (byte == 127 || byte == 8) pattern.length -= pattern.length > 0;
      else text_char(&pattern, byte);
      printf("\r/%.*s\033[K", (int)pattern.length, pattern.bytes);
      fflush(stdout);
    }
    const char *error;
    regex_free(pager.regex);
    pager.regex = regex_compile(pattern.bytes, pattern.length, REGEX_EXTENDED, &error);
    free(pattern.bytes);
  }
  for (size_t line = pager.top + 1; pager.regex != NULL && line < pager.count; line++) {
    if (!regex_search(pager.regex, pager.whole.bytes + pager.lines[line], end_of(line) - pager.lines[line], 0, NULL, 0)) continue;
    pager.top = line;
    return;
  }
}

static void move(long lines) {
  long top = (long)pager.top + lines, last = (long)last_top();
  pager.top = (size_t)(top < 0 ? 0 : top > last ? (last > (long)pager.top ? last : (long)pager.top) : top);
}

/* Arrows and the like come as several bytes; @returns the letter that does the same */
static int read_key(void) {
  char byte;
  if (read(pager.keys, &byte, 1) != 1) return 'q';
  if (byte != 27) return byte;
  if (read(pager.keys, &byte, 1) != 1 || read(pager.keys, &byte, 1) != 1) return 'q';
  int key = byte == 'A' ? 'k' : byte == 'B' ? 'j' : byte == 'H' ? 'g' : byte == 'F' ? 'G' : byte == '5' ? 'b' : byte == '6' ? ' ' : 0;
  if (byte == '5' || byte == '6') (void)!read(pager.keys, &byte, 1);
  return key;
}

static void page(void) {
  long screen = (long)pager.rows - 1;
  for (;;) {
    draw();
    switch (read_key()) {
    case 'q': case 'Q': case 3: return;
    case ' ': case 'f': case 6: move(screen); break;
    case 'b': case 2: move(-screen); break;
    case 'd': move(screen / 2); break;
    case 'u': move(-screen / 2); break;
    case 'j': case '\r': case '\n': move(1); break;
    case 'k': move(-1); break;
    case 'g': case '<': pager.top = 0; break;
    case 'G': case '>': pager.top = last_top(); break;
    case '/': search(false); break;
    case 'n': search(true); break;
    default: break;
    }
  }
}

int less_main(int argc, char **argv) {
  struct sys_terminal before;
  int at = 1, status = 0;
  static char *standard[] = {"-", NULL};
  while (at < argc && argv[at][0] == '-' && argv[at][1] != 0) at++;
  for (char **path = at < argc ? argv + at : standard; *path != NULL; path++) {
    int file = open_input(*path);
    if (file < 0 || !read_whole(file, &pager.whole)) status = 1;
    close_input(file);
  }
  if (!isatty(1) || sys_terminal(1, &before) != 0) {
    fwrite(pager.whole.bytes, 1, pager.whole.length, stdout);
    return status;
  }
  pager.keys = isatty(0) ? 0 : open("/dev/tty", O_RDONLY);
  if (pager.keys < 0) die_errno(1, "no terminal to read keys from");
  pager.rows = before.rows > 1 ? before.rows : 24;
  pager.columns = before.columns > 0 ? before.columns : 80;
  split();
  setvbuf(stdout, NULL, _IOFBF, 0);
  struct sys_terminal raw = before;
  raw.canonical = raw.echo = raw.signals = false;
  sys_set_terminal(1, &raw);
  fputs("\033[?1049h", stdout);
  page();
  fputs("\033[?1049l", stdout);
  fflush(stdout);
  sys_set_terminal(1, &before);
  return status;
}
