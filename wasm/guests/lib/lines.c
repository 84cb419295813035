/* Reading and writing of descriptors. */

#include "sys.h"
#include "tool.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)128 << 10)

struct reader reader_of(int descriptor) { return (struct reader){.descriptor = descriptor}; }

void reader_free(struct reader *reader) {
  free(reader->buffer);
  reader->buffer = NULL;
}

/* Reads more behind what is not used yet. */
static ssize_t fill(struct reader *reader) {
  if (reader->at > 0) {
    memmove(reader->buffer, reader->buffer + reader->at, reader->end - reader->at);
    reader->end -= reader->at;
    reader->at = 0;
  }
  if (reader->room - reader->end < CHUNK / 2) {
    reader->room = reader->room == 0 ? CHUNK : reader->room * 2;
    reader->buffer = take_more(reader->buffer, reader->room + 1);
  }
  ssize_t got = read(reader->descriptor, reader->buffer + reader->end, reader->room - reader->end);
  if (got > 0) reader->end += (size_t)got;
  if (got == 0) reader->ended = true;
  return got;
}

ssize_t read_line(struct reader *reader, char **line, int delimiter) {
  size_t seen = 0;
  for (;;) {
    char *begin = reader->buffer + reader->at;
    size_t there = reader->end - reader->at;
    char *found = there == seen ? NULL : memchr(begin + seen, delimiter, there - seen);
    if (found != NULL || (reader->ended && there > 0)) {
      size_t length = found != NULL ? (size_t)(found - begin) + 1 : there;
      reader->at += length;
      *line = begin;
      return (ssize_t)length;
    }
    if (reader->ended) return 0;
    seen = there;
    if (fill(reader) < 0) return -1;
  }
}

ssize_t read_some(struct reader *reader, char **bytes) {
  if (reader->at == reader->end) {
    reader->at = reader->end = 0;
    if (reader->ended) return 0;
    ssize_t got = fill(reader);
    if (got <= 0) return got;
  }
  *bytes = reader->buffer + reader->at;
  size_t there = reader->end - reader->at;
  reader->at = reader->end;
  return (ssize_t)there;
}

bool write_all(int descriptor, const void *bytes, size_t length) {
  const char *from = bytes;
  while (length > 0) {
    ssize_t written = write(descriptor, from, length);
    if (written < 0) return false;
    from += written;
    length -= (size_t)written;
  }
  return true;
}

bool read_whole(int descriptor, struct text *into) {
  for (;;) {
    text_reserve(into, CHUNK);
    ssize_t got = read(descriptor, into->bytes + into->length, into->room - into->length - 1);
    if (got < 0) return false;
    into->length += (size_t)got;
    into->bytes[into->length] = 0;
    if (got == 0) return true;
  }
}

int open_input(const char *path) {
  if (strcmp(path, "-") == 0) return 0;
  int descriptor = open(path, O_RDONLY);
  if (descriptor < 0) warn_errno("%s", path);
  return descriptor;
}

void close_input(int descriptor) {
  if (descriptor > 0) close(descriptor);
}

int create_file(const char *path, mode_t mode, bool exclusive) {
  int descriptor = open(path, O_WRONLY | O_CREAT | (exclusive ? O_EXCL : O_TRUNC), mode);
#ifdef __wasi__
  /* WASI's open takes no mode: a new file has 0666 less the umask. */
  mode_t mask = umask(0);
  umask(mask);
  struct stat status;
  if (descriptor >= 0 && (mode & ~mask) != (0666 & ~mask) && fstat(descriptor, &status) == 0 && status.st_size == 0) {
    chmod(path, mode & ~mask);
  }
#endif
  return descriptor;
}

bool copy_bytes(int from, int to, bool *reading) {
  static char *buffer;
  if (buffer == NULL) buffer = take_more(NULL, CHUNK);
  for (;;) {
    *reading = true;
    ssize_t got = read(from, buffer, CHUNK);
    if (got <= 0) return got == 0;
    *reading = false;
    if (!write_all(to, buffer, (size_t)got)) return false;
  }
}
