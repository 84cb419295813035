#include "files.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traps.h"

static uint16_t references[capture_base];

struct text output;

static void hold(int descriptor) {
  if (descriptor >= 0 && descriptor < capture_base) references[descriptor]++;
}

static void release(int descriptor) {
  if (descriptor < 0 || descriptor >= capture_base || --references[descriptor] > 0) return;
  close(descriptor);
}

void files_begin(void) {
  for (int user = 0; user < user_descriptors; user++) {
    struct coracle_stat stat;
    int place = system_place(user);
    shell.files.of[user] = user < 3 || system_stat_of(place, &stat) == 0 ? place : -1;
    hold(shell.files.of[user]);
  }
}

void files_save(struct files *saved) {
  *saved = shell.files;
  for (int user = 0; user < user_descriptors; user++) hold(saved->of[user]);
}

void files_drop(struct files *saved) {
  for (int user = 0; user < user_descriptors; user++) release(saved->of[user]);
}

void files_restore(struct files *saved) {
  struct files given_up = shell.files;
  shell.files = *saved;
  files_drop(&given_up);
}

void files_put(int user, int descriptor) {
  int former = shell.files.of[user];
  hold(descriptor);
  shell.files.of[user] = descriptor;
  release(former);
}

void files_share(int user, int other) { files_put(user, shell.files.of[other]); }

static int write_all(int descriptor, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(descriptor, bytes, size);
    if (written < 0 && errno == EINTR) {
      signals_take();
      if (shell.unwind != unwind_none) return EINTR;
      continue;
    }
    if (written < 0) return errno;
    bytes += written;
    size -= (size_t)written;
  }
  return 0;
}

int file_write(int user, const char *bytes, size_t size) {
  int descriptor = shell.files.of[user];
  if (descriptor < 0) return EBADF;
  struct text *gathered = capture_of(descriptor);
  if (gathered == NULL) return write_all(descriptor, bytes, size);
  text_add(gathered, bytes, size);
  return 0;
}

void out(const char *string) { text_string(&output, string); }

void out_char(char byte) { text_put(&output, byte); }

void out_format(const char *format, ...) {
  char short_room[256];
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(short_room, sizeof short_room, format, arguments);
  va_end(arguments);
  if (size < (int)sizeof short_room) {
    text_add(&output, short_room, (size_t)size);
    return;
  }
  char *room = memory_get((size_t)size + 1);
  va_start(arguments, format);
  vsnprintf(room, (size_t)size + 1, format, arguments);
  va_end(arguments);
  text_add(&output, room, (size_t)size);
  free(room);
}

void text_quoted(struct text *text, const char *string) {
  text_put(text, '\'');
  for (; *string != '\0'; string++) {
    if (*string == '\'') text_string(text, "'\"'\"'");
    else text_put(text, *string);
  }
  text_put(text, '\'');
}

void out_quoted(const char *string) { text_quoted(&output, string); }

bool output_flush(void) {
  int error = output.size == 0 ? 0 : file_write(1, output.bytes, output.size);
  output.size = 0;
  if (error != 0 && error != EINTR) complain("write error: %s", error_text(error));
  return error == 0;
}
