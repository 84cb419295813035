// read: a line, of which nothing more is taken than the line, since a program may read what follows.
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtins.h"
#include "expand.h"
#include "files.h"
#include "parser.h"
#include "run.h"
#include "traps.h"
#include "variables.h"

struct reading {
  bool is_raw;
  int timeout_ms; // of the whole, -1 for none
  int most;       // characters, 0 for a line
  int descriptor;
  bool can_seek;
  char buffer[4096];
  ssize_t size, at;
};

static bool wait_for_input(struct reading *reading) {
  struct pollfd polled = {.fd = reading->descriptor, .events = POLLIN};
  return reading->timeout_ms < 0 || poll(&polled, 1, reading->timeout_ms) != 0;
}

// A byte; -1 at the end, -2 when a trap is to be run, -3 when the time is up.
static int next_byte(struct reading *reading) {
  if (reading->at < reading->size) return (unsigned char)reading->buffer[reading->at++];
  for (;;) {
    if (!wait_for_input(reading)) return -3;
    ssize_t size = read(reading->descriptor, reading->buffer, reading->can_seek ? sizeof reading->buffer : 1);
    if (size < 0 && errno == EINTR) {
      signals_take();
      if (shell.unwind != unwind_none || traps_wait()) return -2;
      continue;
    }
    if (size <= 0) return -1;
    reading->size = size;
    reading->at = 1;
    return (unsigned char)reading->buffer[0];
  }
}

// The line without its end, and marks for what a backslash quoted.
static int read_line(struct reading *reading, struct marked *line) {
  for (int count = 0; reading->most == 0 || count < reading->most; count++) {
    int byte = next_byte(reading);
    bool is_quoted = byte == '\\' && !reading->is_raw;
    if (is_quoted) {
      byte = next_byte(reading);
      if (byte == '\n') continue;
    }
    if (byte < 0) return byte;
    if (byte == '\n' && !is_quoted) return 0;
    if (byte == '\0') continue;
    text_put(&line->bytes, (char)byte);
    text_put(&line->marks, is_quoted);
  }
  return 0;
}

static int class_at(const struct marked *line, size_t at) {
  return line->marks.bytes[at] != 0 ? 0 : ifs_class((unsigned char)line->bytes.bytes[at]);
}

// From `at`: the end of a field, and after what separates it from the next one.
static size_t field_end(const struct marked *line, size_t at, size_t *next) {
  size_t size = line->bytes.size, end = at;
  while (end < size && class_at(line, end) == 0) end++;
  at = end;
  while (at < size && class_at(line, at) == 1) at++;
  if (at < size && class_at(line, at) == 2) at++;
  while (at < size && class_at(line, at) == 1) at++;
  *next = at;
  return end;
}

// The last variable gets all that is left, without the white space at its end.
static size_t rest_end(const struct marked *line, size_t at) {
  size_t end = line->bytes.size, next;
  // One field only: what separates it at the end goes as well.
  size_t first = field_end(line, at, &next);
  if (next >= end) return first;
  while (end > at && class_at(line, end - 1) == 1) end--;
  return end;
}

static bool assign_fields(const struct marked *line, int count, char **names) {
  size_t at = 0;
  while (at < line->bytes.size && class_at(line, at) == 1) at++;
  for (int index = 0; index < count; index++) {
    size_t next = line->bytes.size;
    size_t end = at >= line->bytes.size ? at : index + 1 < count ? field_end(line, at, &next) : rest_end(line, at);
    char *value = region_copy(&scratch, line->bytes.bytes == NULL ? "" : line->bytes.bytes + at, end - at);
    if (!variable_set(names[index], value)) return false;
    at = next;
  }
  return true;
}

static bool read_options(struct reading *reading, struct letters *letters, int argc, char **argv) {
  int letter, number;
  while ((letter = next_letter(letters, argc, argv, "rp:t:n:")) != 0) {
    if (letter == '?') return false;
    if (letter == 'r') reading->is_raw = true;
    if (letter == 'p') complain_plainly(letters->value);
    if (letter == 't') reading->timeout_ms = (int)(strtod(letters->value, NULL) * 1000);
    if (letter != 'n') continue;
    if (!number_argument(letters->value, &number)) return false;
    reading->most = number;
  }
  return true;
}

int builtin_read(int argc, char **argv) {
  static char reply[] = "REPLY", *const default_names[] = {reply};
  static struct reading reading;
  struct letters letters = {.at = 1};
  struct marked line = {0};
  reading = (struct reading){.timeout_ms = -1, .descriptor = shell.files.of[0]};
  if (!read_options(&reading, &letters, argc, argv)) return 2;
  for (int index = letters.at; index < argc; index++) {
    if (argv[index][0] != '\0' && name_size(argv[index]) == strlen(argv[index])) continue;
    complain("read: %s: bad variable name", argv[index]);
    return 2;
  }
  if (reading.descriptor < 0 || capture_of(reading.descriptor) != NULL) {
    complain("read: %s", error_text(EBADF));
    return 1;
  }
  reading.can_seek = lseek(reading.descriptor, 0, SEEK_CUR) >= 0;
  int result = read_line(&reading, &line);
  if (reading.can_seek && reading.at < reading.size) lseek(reading.descriptor, reading.at - reading.size, SEEK_CUR);
  bool has_names = letters.at < argc;
  bool is_set = assign_fields(&line, has_names ? argc - letters.at : 1, has_names ? argv + letters.at : (char **)default_names);
  marked_free(&line);
  if (!is_set) return 2;
  return result == -2 ? 128 + signal_int : result == -3 ? 142 : result == 0 ? 0 : 1;
}
