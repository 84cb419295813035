// What is gathered for command substitutions. Builtins write to memory; processes write to a pipe, made when the first of a job needs it and
// read to its end before the shell goes on, or at the end of the substitution for those in the background.
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "files.h"
#include "traps.h"

enum { most_captures = 256, piece = 65536 };

struct late {
  struct late *next;
  int reader;
};
static struct capture {
  struct text text;
  int reader, writer; // of the job at hand, or -1
  struct late *late;
} captures[most_captures];

int capture_begin(void) {
  if (shell.captures == most_captures) {
    fail("command substitutions are nested too deeply");
    return -1;
  }
  captures[shell.captures] = (struct capture){.reader = -1, .writer = -1};
  return capture_base + shell.captures++;
}

struct text *capture_of(int descriptor) { return descriptor < capture_base ? NULL : &captures[descriptor - capture_base].text; }

static int writer_of(struct capture *capture) {
  int ends[2];
  if (capture->writer >= 0) return capture->writer;
  if (system_pipe(ends) < 0) return -1;
  capture->reader = ends[0];
  return capture->writer = ends[1];
}

void passed_to_process(int passed[passed_descriptors]) {
  for (int user = 0; user < user_descriptors; user++) {
    int descriptor = shell.files.of[user];
    passed[user] = descriptor < capture_base ? descriptor : writer_of(&captures[descriptor - capture_base]);
  }
  passed[state_descriptor] = -1;
}

bool uses_capture(int except) {
  for (int user = 0; user < user_descriptors; user++) {
    if (user != except && shell.files.of[user] >= capture_base) return true;
  }
  return false;
}

// False at its end.
static bool gather_piece(int reader, struct text *text) {
  static char buffer[piece];
  ssize_t size = read(reader, buffer, sizeof buffer);
  if (size < 0 && errno == EINTR) {
    signals_take();
    return shell.unwind == unwind_none;
  }
  if (size <= 0) return false;
  text_add(text, buffer, (size_t)size);
  return true;
}

static void gather(int reader, struct text *text) {
  while (gather_piece(reader, text)) continue;
  close(reader);
}

// Several at once: one may wait for another to be read.
OWN_FRAME static void gather_several(int count) {
  struct pollfd polled[most_captures];
  while (count > 0) {
    int open = 0;
    struct capture *of[most_captures];
    for (int index = 0; index < shell.captures; index++) {
      if (captures[index].reader < 0) continue;
      polled[open] = (struct pollfd){.fd = captures[index].reader, .events = POLLIN};
      of[open++] = &captures[index];
    }
    if (open == 0 || (poll(polled, (nfds_t)open, -1) < 0 && errno != EINTR)) return;
    for (int index = 0; index < open; index++) {
      if (polled[index].revents == 0 || gather_piece(polled[index].fd, &of[index]->text)) continue;
      close(of[index]->reader);
      of[index]->reader = -1;
      count--;
    }
  }
}

static void gather_later(struct capture *capture) {
  struct late *late = memory_get(sizeof *late);
  *late = (struct late){.next = capture->late, .reader = capture->reader};
  capture->late = late;
  capture->reader = -1;
}

OWN_FRAME void captures_gather(bool is_background) {
  int count = 0;
  struct capture *only = NULL;
  for (int index = 0; index < shell.captures; index++) {
    struct capture *capture = &captures[index];
    if (capture->writer < 0) continue;
    close(capture->writer);
    capture->writer = -1;
    if (is_background) {
      gather_later(capture);
    } else {
      count++;
      only = capture;
    }
  }
  if (count > 1) {
    gather_several(count);
  } else if (count == 1) {
    gather(only->reader, &only->text);
    only->reader = -1;
  }
}

static void gather_late(struct capture *capture) {
  while (capture->late != NULL) {
    struct late *late = capture->late;
    gather(late->reader, &capture->text);
    capture->late = late->next;
    free(late);
  }
}

void captures_gather_all(void) {
  for (int index = 0; index < shell.captures; index++) gather_late(&captures[index]);
}

void capture_end(struct text *gathered) {
  struct capture *capture = &captures[--shell.captures];
  gather_late(capture);
  *gathered = capture->text;
}
