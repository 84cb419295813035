#include "tool.h"
#include "sys.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *tool_name = "tool";

static void say(const char *format, va_list values, int error) {
  fflush(stdout);
  fprintf(stderr, "%s: ", tool_name);
  vfprintf(stderr, format, values);
  if (error != 0) fprintf(stderr, ": %s", strerror(error));
  fputc('\n', stderr);
}

#define SAY(error)                                                                                                     \
  do {                                                                                                                 \
    va_list values;                                                                                                    \
    va_start(values, format);                                                                                          \
    say(format, values, error);                                                                                        \
    va_end(values);                                                                                                    \
  } while (0)

void warn(const char *format, ...) { SAY(0); }

void warn_errno(const char *format, ...) {
  int error = errno;
  SAY(error);
}

void die(int status, const char *format, ...) {
  SAY(0);
  exit(status);
}

void die_errno(int status, const char *format, ...) {
  int error = errno;
  SAY(error);
  exit(status);
}

int finish(int status) {
  bool failed = ferror(stdout);
  if (fflush(stdout) != 0) failed = true;
  if (!failed) return status;
  warn_errno("write error");
  return status == 0 ? 1 : status;
}

void *take_more(void *former, size_t bytes) {
  void *got = realloc(former, bytes == 0 ? 1 : bytes);
  if (got == NULL) die(1, "out of memory");
  return got;
}

void *take(size_t bytes) { return memset(take_more(NULL, bytes), 0, bytes); }
char *take_copy(const char *text) { return strcpy(take_more(NULL, strlen(text) + 1), text); }

char *take_format(const char *format, ...) {
  char *text;
  va_list values;
  va_start(values, format);
  if (vasprintf(&text, format, values) < 0) die(1, "out of memory");
  va_end(values);
  return text;
}

char *path_join(const char *directory, const char *name) {
  size_t length = strlen(directory);
  bool slash = length > 0 && directory[length - 1] != '/';
  char *path = take_more(NULL, length + strlen(name) + 2);
  strcpy(stpcpy(stpcpy(path, directory), slash ? "/" : ""), name);
  return path;
}

char *path_base(const char *path) {
  size_t end = strlen(path);
  while (end > 1 && path[end - 1] == '/') end--;
  size_t begin = end;
  while (begin > 0 && path[begin - 1] != '/') begin--;
  if (begin == end && end > 0) begin--;
  char *base = take(end - begin + 1);
  memcpy(base, path + begin, end - begin);
  return base;
}

void text_reserve(struct text *text, size_t more) {
  if (text->length + more < text->room) return;
  size_t room = text->room * 2;
  if (room < text->length + more + 1) room = text->length + more + 64;
  text->bytes = take_more(text->bytes, room);
  text->room = room;
}

void text_add(struct text *text, const char *bytes, size_t length) {
  text_reserve(text, length);
  memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
  text->bytes[text->length] = 0;
}

void text_string(struct text *text, const char *string) { text_add(text, string, strlen(string)); }

void text_char(struct text *text, int byte) {
  char one = (char)byte;
  text_add(text, &one, 1);
}

void text_format(struct text *text, const char *format, ...) {
  va_list values, again;
  va_start(values, format);
  va_copy(again, values);
  int length = vsnprintf(NULL, 0, format, values);
  if (length > 0) {
    text_reserve(text, (size_t)length);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
    text->length += (size_t)length;
  }
  va_end(values);
  va_end(again);
}

void text_clear(struct text *text) {
  text_reserve(text, 0);
  text->length = 0;
  text->bytes[0] = 0;
}

bool ask(const char *format, ...) {
  SAY(0);
  char answer = 0, byte;
  while (read(0, &byte, 1) == 1 && byte != '\n') {
    if (answer == 0) answer = byte;
  }
  return answer == 'y' || answer == 'Y';
}

int run_command(char *const *argv) {
  int status;
  fflush(stdout);
  pid_t pid = sys_spawn(&(struct sys_command){.argv = argv, .descriptors = {0, 1, 2}});
  if (pid < 0) {
    int code = errno == ENOENT ? 127 : 126;
    warn_errno("%s", argv[0]);
    return code;
  }
  while (sys_wait(pid, &status, true) < 0) {
    if (errno != EINTR) die_errno(1, "cannot wait for %s", argv[0]);
  }
  return SYS_EXITED(status) ? SYS_EXIT_CODE(status) : 128 + SYS_SIGNAL(status);
}
