// Redirections: POSIX 2.7.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expand.h"
#include "files.h"
#include "jobs.h"

enum { pipe_room = 4096 }; // what every pipe takes without anybody reading

int reader_of(const char *bytes, size_t size) {
  int ends[2];
  int failure = system_pipe(ends);
  if (failure < 0) return failure;
  // More than a pipe holds is written by a process, which takes all of it before it begins.
  if (size > pipe_room) failure = writer_start(bytes, size, ends[1]);
  else if (size > 0 && write(ends[1], bytes, size) < 0) failure = -errno;
  close(ends[1]);
  if (failure >= 0) return ends[0];
  close(ends[0]);
  return failure;
}

// Without clobbering, a file that is there is only opened when it is no regular one.
static int open_without_clobbering(const char *path) {
  struct coracle_stat stat;
  if (system_stat(path, true, &stat) == 0 && !S_ISREG(stat.mode)) return system_open(path, O_WRONLY, 0666);
  return system_open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
}

static int open_file(enum redirection_kind kind, const char *path) {
  switch (kind) {
    case redirection_read: return system_open(path, O_RDONLY, 0);
    case redirection_append: return system_open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    case redirection_both: return system_open(path, O_RDWR | O_CREAT, 0666);
    case redirection_write:
      return shell.options[option_noclobber] ? open_without_clobbering(path) : system_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    default: return system_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  }
}

static bool redirect_same(const struct redirection *redirection, const char *word) {
  if (strcmp(word, "-") == 0) {
    files_put(redirection->descriptor, -1);
    return true;
  }
  if (word[0] < '0' || word[0] > '9' || word[1] != '\0' || shell.files.of[word[0] - '0'] < 0) {
    complain("%s: Bad file descriptor", word);
    return false;
  }
  files_share(redirection->descriptor, word[0] - '0');
  return true;
}

static bool redirect_here(const struct redirection *redirection) {
  char *text = expand_string(redirection->word, 0);
  if (text == NULL) return false;
  int reader = reader_of(text, strlen(text));
  if (reader < 0) complain("here-document: %s", error_text(reader));
  else files_put(redirection->descriptor, reader);
  return reader >= 0;
}

static bool redirect_one(const struct redirection *redirection) {
  if (redirection->kind == redirection_here) return redirect_here(redirection);
  char *word = expand_string(redirection->word, 0);
  if (word == NULL) return false;
  if (redirection->kind == redirection_same) return redirect_same(redirection, word);
  int opened = open_file((enum redirection_kind)redirection->kind, word);
  if (opened < 0) {
    complain("cannot %s %s: %s", redirection->kind == redirection_read ? "open" : "create", word, error_text(opened));
    return false;
  }
  files_put(redirection->descriptor, opened);
  return true;
}

OWN_FRAME bool redirect(const struct redirection *redirection) {
  for (; redirection != NULL; redirection = redirection->next) {
    if (!redirect_one(redirection)) return false;
  }
  return true;
}
