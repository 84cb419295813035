#include "history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"
#include "variables.h"

enum { most_lines = 1000, most_bytes = 1 << 20 };

static char *lines[most_lines];
static int count;

int history_count(void) { return count; }

const char *history_line(int index) { return lines[index]; }

static void remember(const char *line, size_t size) {
  if (size == 0 || (count > 0 && strlen(lines[count - 1]) == size && memcmp(lines[count - 1], line, size) == 0)) return;
  if (count == most_lines) {
    free(lines[0]);
    memmove(lines, lines + 1, sizeof lines - sizeof *lines);
    count--;
  }
  lines[count] = memory_get(size + 1);
  memcpy(lines[count++], line, size);
}

static char *path_of_file(void) {
  const char *named = variable_get("HISTFILE");
  if (named != NULL) return *named == '\0' ? NULL : memory_copy(named);
  const char *home = variable_get("HOME");
  struct text path = {0};
  if (home == NULL) return NULL;
  text_string(&path, home);
  text_string(&path, strcmp(home, "/") == 0 ? ".ash_history" : "/.ash_history");
  return text_end(&path);
}

static void rewrite(const char *path) {
  int opened = system_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  struct text text = {0};
  for (int index = 0; index < count; index++) {
    text_string(&text, lines[index]);
    text_put(&text, '\n');
  }
  // Who cannot keep a history goes on without one.
  if (opened >= 0 && write(opened, text.bytes, text.size) >= 0) close(opened);
  text_free(&text);
}

void history_load(void) {
  char *path = path_of_file();
  struct text text = {0};
  char buffer[4096];
  int opened = path == NULL ? -1 : system_open(path, O_RDONLY, 0), read_lines = 0;
  for (ssize_t size; opened >= 0 && text.size < most_bytes && (size = read(opened, buffer, sizeof buffer)) > 0;) text_add(&text, buffer, (size_t)size);
  if (opened >= 0) close(opened);
  for (size_t at = 0; at < text.size; read_lines++) {
    const char *end = memchr(text.bytes + at, '\n', text.size - at);
    size_t size = end == NULL ? text.size - at : (size_t)(end - text.bytes) - at;
    remember(text.bytes + at, size);
    at += size + 1;
  }
  if (read_lines > 2 * most_lines) rewrite(path);
  text_free(&text);
  free(path);
}

void history_add(const char *line) {
  int before = count;
  const char *last = count > 0 ? lines[count - 1] : NULL;
  remember(line, strlen(line));
  if (count == before && (count == 0 || lines[count - 1] == last)) return;
  char *path = path_of_file();
  int opened = path == NULL ? -1 : system_open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  struct text text = {0};
  text_string(&text, line);
  text_put(&text, '\n');
  if (opened >= 0 && write(opened, text.bytes, text.size) >= 0) close(opened);
  text_free(&text);
  free(path);
}

void history_clear(void) {
  while (count > 0) free(lines[--count]);
  char *path = path_of_file();
  if (path != NULL) rewrite(path);
  free(path);
}
