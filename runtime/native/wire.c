// Bytes in and out. Everything that is parsed here is lengths, integers and NUL-terminated strings; every bound is checked.
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int control_fd = -1;

char *next_string(struct request *request) {
  char *end = request->at < request->end ? memchr(request->at, 0, (size_t)(request->end - request->at)) : NULL;
  if (end == NULL) {
    request->bad = true;
    return "";
  }
  char *string = request->at;
  request->at = end + 1;
  return string;
}

long next_int(struct request *request, long low, long high) {
  const char *text = next_string(request);
  char *end = NULL;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (*text == 0 || *end != 0 || errno != 0 || value < low || value > high) {
    request->bad = true;
    return low;
  }
  return value;
}

char **next_list(struct request *request, size_t *count) {
  long size = next_int(request, 0, 1 << 20);
  // Each string takes at least its NUL, so a count beyond what is left is a lie.
  if (request->bad || size > request->end - request->at) {
    request->bad = true;
    *count = 0;
    return NULL;
  }
  char **list = calloc((size_t)size + 1, sizeof *list);
  if (list == NULL) {
    request->bad = true;
    *count = 0;
    return NULL;
  }
  for (long i = 0; i < size; i++) list[i] = next_string(request);
  *count = (size_t)size;
  return list;
}

void reply(uint32_t id, int error, const char *format, ...) {
  struct {
    uint32_t length, id, error;
    char text[8192];
  } message;
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(message.text, sizeof message.text, format, arguments);
  va_end(arguments);
  if (size < 0) size = 0;
  if ((size_t)size >= sizeof message.text) size = sizeof message.text - 1;
  message.length = (uint32_t)(8 + size);
  message.id = id;
  message.error = (uint32_t)error;
  // A reader that has gone needs no answer.
  if (control_fd >= 0) (void)write_full(control_fd, &message, 12 + (size_t)size);
}

ssize_t read_full(int fd, void *data, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t got = read(fd, (char *)data + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 && done == 0) return 0;
    if (got <= 0) {
      if (got == 0) errno = EPIPE;
      return -1;
    }
    done += (size_t)got;
  }
  return (ssize_t)done;
}

int write_full(int fd, const void *data, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t put = write(fd, (const char *)data + done, size - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return -1;
    done += (size_t)put;
  }
  return 0;
}

uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void put_u16(unsigned char *at, uint16_t value) {
  at[0] = (unsigned char)(value >> 8);
  at[1] = (unsigned char)value;
}

void put_u32(unsigned char *at, uint32_t value) {
  put_u16(at, (uint16_t)(value >> 16));
  put_u16(at + 2, (uint16_t)value);
}

uint32_t get_u32(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool copy_string(char *to, size_t size, const char *from) {
  size_t length = strlen(from);
  if (length >= size) return false;
  memcpy(to, from, length + 1);
  return true;
}

ssize_t read_small(int directory, const char *path, char *to, size_t size) {
  int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  size_t done = 0;
  while (done < size - 1) {
    ssize_t got = read(fd, to + done, size - 1 - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      int error = errno;
      close(fd);
      errno = error;
      return -1;
    }
    if (got == 0) break;
    done += (size_t)got;
  }
  close(fd);
  to[done] = 0;
  return (ssize_t)done;
}

int listen_unix(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!copy_string(address.sun_path, sizeof address.sun_path, path)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  unlink(path);
  mode_t mask = umask(0177);
  int failed = bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0;
  int error = errno;
  umask(mask);
  if (!failed) return fd;
  close(fd);
  errno = error;
  return -1;
}

int set_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void close_except(int first, const int *keep, size_t count) {
  unsigned from = (unsigned)first;
  for (;;) {
    unsigned next = UINT_MAX;
    for (size_t i = 0; i < count; i++) {
      if (keep[i] >= (int)from && (unsigned)keep[i] < next) next = (unsigned)keep[i];
    }
    if (next > from) close_range(from, next == UINT_MAX ? UINT_MAX : next - 1, 0);
    if (next == UINT_MAX) return;
    from = next + 1;
  }
}
