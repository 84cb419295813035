// Lines and the file. A record that the disk has no room for is dropped whole, so that the file stays readable.
#include "shim_log.h"

#include "shim_log_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// A line grows to at most six times its size as JSON, plus what is around it; several of those fit.
enum { out_capacity = 256 * 1024 };

static int open_file(struct log *log, int flags) {
  log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0640);
  struct stat info;
  if (log->fd < 0 || fstat(log->fd, &info) != 0) return -1;
  log->size = (long)info.st_size;
  return 0;
}

int log_open(struct log *log) {
  log->fd = -1;
  log->second = -1;
  if (log->driver == log_none) return 0;
  if (log->counts_up && log_find_last(log) != 0) return -1;
  size_t size = out_capacity + 2 * log_line_room;
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return -1;
  log->out = memory;
  log->lines[0].data = memory + out_capacity;
  log->lines[1].data = memory + out_capacity + log_line_room;
  return open_file(log, 0);
}

int log_start(struct log *log) {
  if (log->driver == log_none || log->max_waiting < 0) return 0;
  log->ring = ring_start(log, (size_t)log->max_waiting);
  return log->ring == NULL ? -1 : 0;
}

void log_flush(struct log *log) {
  struct iovec *part = log->parts;
  int count = log->part_count;
  long done = 0;
  if (log->fd < 0 && count > 0) open_file(log, 0); // could not be opened when it was rotated
  while (log->fd >= 0 && count > 0) {
    ssize_t put = writev(log->fd, part, count);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) break;
    done += put;
    for (; count > 0 && (size_t)put >= part->iov_len; count--) put -= (ssize_t)(part++)->iov_len;
    if (count == 0) break;
    part->iov_base = (char *)part->iov_base + put;
    part->iov_len -= (size_t)put;
  }
  if (done == log->pending) log->size += done;
  else if (log->fd >= 0 && ftruncate(log->fd, log->size) != 0) log->size += done;
  log->out_size = 0;
  log->part_count = 0;
  log->pending = 0;
}

static void rotate(struct log *log) {
  log_make_way(log);
  close(log->fd);
  if (open_file(log, O_TRUNC) != 0) log->size = 0;
}

char *log_room(struct log *log, size_t size) {
  if (log->max_size > 0 && log->size + log->pending >= log->max_size) {
    log_flush(log);
    // What the disk has not taken fills no file: older lines are not to go for it.
    if (log->size >= log->max_size) rotate(log);
  }
  if (log->out_size + size > out_capacity || log->part_count > log_part_limit - 4) log_flush(log);
  return log->out + log->out_size;
}

static void add_part(struct log *log, const char *data, size_t size) {
  struct iovec *last = log->part_count == 0 ? NULL : &log->parts[log->part_count - 1];
  if (last != NULL && (char *)last->iov_base + last->iov_len == data) last->iov_len += size;
  else log->parts[log->part_count++] = (struct iovec){(void *)(uintptr_t)data, size};
  log->pending += (long)size;
}

void log_commit(struct log *log, const char *end) {
  const char *start = log->out + log->out_size;
  add_part(log, start, (size_t)(end - start));
  log->out_size = (size_t)(end - log->out);
}

bool log_borrow(struct log *log, const char *data, size_t size) {
  const char *lines = log->out + out_capacity;
  if (size < 4096 || (data >= lines && data < lines + 2 * log_line_room)) return false;
  add_part(log, data, size);
  return true;
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void log_stamp(struct log *log, uint64_t time_ns) {
  if (log->driver != log_json || time_ns == log->time_ns) {
    log->time_ns = time_ns;
    return;
  }
  log->time_ns = time_ns;
  time_t second = (time_t)(time_ns / 1000000000u);
  if (second != log->second) {
    struct tm parts;
    log->second = second;
    strftime(log->second_text, sizeof log->second_text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&second, &parts));
  }
  int size = snprintf(log->time_text, sizeof log->time_text, "%s.%09ld", log->second_text, (long)(time_ns % 1000000000u));
  while (log->time_text[size - 1] == '0') size--;
  if (log->time_text[size - 1] == '.') size--;
  log->time_text[size++] = 'Z';
  log->time_size = (size_t)size;
}

void log_record(struct log *log, int stream, const char *data, size_t size, bool partial) {
  if (log->driver == log_json) log_json_record(log, stream, data, size, partial);
  else log_local_record(log, stream, data, size, partial);
}

// All lines of what was read together have one time.
static void set_time(struct log *log) {
  uint64_t now = now_ns();
  if (log->ring == NULL) log_stamp(log, now);
  else log->taken_ns = now;
}

static void record(struct log *log, int stream, const char *data, size_t size, bool partial) {
  if (log->ring == NULL) log_record(log, stream, data, size, partial);
  else ring_put(log->ring, log->taken_ns, stream, data, size, partial);
}

// Where a line that is too long may be cut without parting the bytes of a character.
static size_t cut_before_character(const char *data, size_t size) {
  size_t cut = size;
  for (int i = 0; i < 3 && cut > 1 && ((unsigned char)data[cut] & 0xc0) == 0x80; i++) cut--;
  return ((unsigned char)data[cut] & 0xc0) == 0x80 ? size : cut;
}

// Appends to the line that has begun; a full one is written as a partial record, and then what of `data` it has no room for
// is left to the caller, so that a long line goes on uncopied. Gives how much was taken.
static size_t append(struct log *log, int stream, const char *data, size_t size) {
  struct log_line *line = &log->lines[stream - 1];
  size_t take = log_line_room - line->size;
  if (take > size) take = size;
  memcpy(line->data + line->size, data, take);
  line->size += take;
  if (line->size < log_line_room) return take;
  size_t cut = cut_before_character(line->data, log_line_limit), rest = line->size - cut;
  record(log, stream, line->data, cut, true);
  line->size = rest <= take ? 0 : rest;
  if (rest <= take) return take - rest;
  memmove(line->data, line->data + cut, rest);
  return take;
}

void log_write(struct log *log, int stream, const char *data, size_t size) {
  if (log->driver == log_none || size == 0) return;
  struct log_line *line = &log->lines[stream - 1];
  const char *end = data + size, *newline = memchr(data, '\n', size);
  set_time(log);
  while (data < end) {
    size_t length = (size_t)((newline == NULL ? end : newline) - data), taken = length;
    if (newline != NULL && line->size == 0 && length < log_line_limit) {
      record(log, stream, data, length, false);
    } else if (line->size == 0 && length > log_line_limit) {
      taken = cut_before_character(data, log_line_limit);
      record(log, stream, data, taken, true);
    } else {
      taken = append(log, stream, data, length);
      if (newline != NULL && taken == length) {
        record(log, stream, line->data, line->size, false);
        line->size = 0;
      }
    }
    data += taken;
    if (data != newline || taken < length) continue;
    data++;
    newline = memchr(data, '\n', (size_t)(end - data));
  }
  if (log->ring == NULL) log_flush(log);
}

void log_finish(struct log *log) {
  if (log->driver == log_none) return;
  set_time(log);
  for (int stream = 1; stream <= 2; stream++) {
    struct log_line *line = &log->lines[stream - 1];
    if (line->size > 0) record(log, stream, line->data, line->size, true);
    line->size = 0;
  }
  if (log->ring != NULL) ring_finish(log->ring);
  log->ring = NULL;
  log_flush(log);
  if (log->fd >= 0) close(log->fd);
  log->fd = -1;
}

void log_trim(struct log *log) {
  if (log->out != NULL && log->out_size == 0) madvise(log->out, out_capacity, MADV_DONTNEED);
}
