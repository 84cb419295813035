#include <coracle.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Does what its words say, one after another. */

static const int32_t own[3] = {0, 1, 2};

/* Another of these with one word; -1 is the caller's group, 0 one of its own. */
static int32_t another(const char *word, int32_t group, uint32_t ignored) {
  char argv[64];
  int length = snprintf(argv, sizeof argv, "act%c%s", 0, word) + 1;
  struct coracle_spawn what = {.path = "/bin/act", .path_length = 8, .argv = argv, .argv_length = length, .directory = "/",
                               .directory_length = 1, .descriptors = own, .descriptor_count = 3, .group = group,
                               .ignored = ignored};
  int32_t pid = 0, error = coracle_spawn(&what, &pid);
  return error ? -error : pid;
}

static void show_end(int32_t pid, uint32_t options) {
  int32_t waited = 0, status = 0, error = coracle_wait(pid, options, &waited, &status);
  printf("wait: error %d %s status %x\n", error, waited == pid ? "child" : waited == 0 ? "none" : "other", status);
}

#pragma clang diagnostic ignored "-Winfinite-recursion"
/* A megabyte that is really taken. */
static int take(void) {
  char *volatile piece = malloc(1 << 20);
  if (piece) memset(piece, 1, 1 << 20);
  return piece != NULL;
}

static int deep(int depth) {
  volatile char frame[512];
  frame[0] = depth;
  return deep(depth + 1) + frame[0];
}

static void show_line(void) {
  char line[5000];
  ssize_t count = read(0, line, sizeof line);
  if (count < 0) printf("read: errno %d\n", errno);
  else if (count == 0) printf("read: end\n");
  else printf("read: %zd %.*s\n", count, (int)(count > 60 ? 60 : count - (line[count - 1] == '\n')), line);
}

static void act(const char *word) {
  int32_t signal = 0, pid;
  if (strcmp(word, "loop") == 0) {
    printf("looping\n");
    for (volatile unsigned i = 0;; i++);
  } else if (strcmp(word, "sleep") == 0) {
    printf("sleeping\n");
    for (;;) sleep(1000);
  } else if (strcmp(word, "rest") == 0) {
    for (;;) sleep(1000);
  } else if (strcmp(word, "catch") == 0) {
    for (signal = 1; signal < 32; signal++)
      if (signal != 9 && signal != 19 && signal != 17 && signal != 18) coracle_signal_mode(signal, CORACLE_SIGNAL_CATCH, NULL);
    printf("catching\n");
  } else if (strcmp(word, "ignore") == 0) {
    coracle_signal_mode(13, CORACLE_SIGNAL_IGNORE, NULL);
    coracle_signal_mode(15, CORACLE_SIGNAL_IGNORE, NULL);
    printf("ignoring\n");
  } else if (strcmp(word, "take") == 0) {
    struct pollfd fd = {.fd = 0, .events = POLLIN};
    while (coracle_signal_take(&signal) == 0 && signal == 0) {
      int ready = poll(&fd, 1, -1);
      printf("poll %d errno %d\n", ready, ready < 0 ? errno : 0);
    }
    printf("took %d\n", signal);
  } else if (strcmp(word, "read") == 0) show_line();
  else if (strcmp(word, "raw") == 0 || strcmp(word, "cooked") == 0 || strcmp(word, "size") == 0) {
    struct coracle_tty tty;
    int32_t error = coracle_tty_get(0, &tty);
    uint32_t former = tty.modes;
    tty.modes = word[0] == 'r' ? CORACLE_TTY_OUTPUT : 31;
    if (error == 0 && word[0] != 's') coracle_tty_set(0, &tty);
    printf("tty: error %d modes %x size %d %d\n", error, former, tty.rows, tty.columns);
  } else if (strcmp(word, "deep") == 0) deep(0);
  else if (strcmp(word, "trap") == 0) __builtin_trap();
  else if (strcmp(word, "flood") == 0) {
    static char lines[65536];
    memset(lines, 'x', sizeof lines);
    for (;;) if (write(1, lines, sizeof lines) < 0) { fprintf(stderr, "write: errno %d\n", errno); exit(3); }
  } else if (strcmp(word, "eat") == 0) {
    size_t total = 0;
    while (take()) total++;
    printf("ate %zu\n", total);
  } else if (strcmp(word, "many") == 0) {
    int count = 0;
    while ((pid = another("sleep", -1, 0)) > 0) count++;
    printf("made %d error %d\n", count, -pid);
  } else if (strcmp(word, "eaters") == 0) {
    for (int i = 0; i < 4; i++) another("feast", -1, 0);
    for (int i = 0; i < 4; i++) {
      int32_t waited, status;
      coracle_wait(-1, 0, &waited, &status);
      printf("eater %x\n", status);
    }
  } else if (strcmp(word, "feast") == 0) {
    for (int i = 0; i < 20; i++) take(), sched_yield();
    sleep(1000);
  } else if (strcmp(word, "children") == 0) {
    show_end(another("trap", -1, 0), 0);
    show_end(-1, 0);
    pid = another("rest", 0, 0);
    show_end(pid, CORACLE_WAIT_NOHANG);
    printf("stop %d\n", coracle_kill(-pid, 19));
    show_end(pid, CORACLE_WAIT_STOPPED);
    printf("continue %d\n", coracle_kill(pid, 18));
    show_end(pid, CORACLE_WAIT_CONTINUED);
    printf("term %d\n", coracle_kill(pid, 15));
    show_end(pid, 0);
    printf("gone %d\n", coracle_kill(pid, 0));
    pid = another("rest", -1, 0);
    printf("kill %d\n", coracle_kill(pid, 9));
    show_end(pid, 0);
  } else if (strcmp(word, "head") == 0) {
    int32_t ends[2], waited, status;
    coracle_pipe(ends);
    int32_t ignored[2] = {0, 1 << 12};
    for (int i = 0; i < 2; i++) {
      struct coracle_spawn what = {.path = "/bin/act", .path_length = 8, .argv = "act\0flood", .argv_length = 10,
                                   .directory = "/", .directory_length = 1,
                                   .descriptors = (int32_t[]){-1, ends[1], 2}, .descriptor_count = 3, .group = -1,
                                   .ignored = ignored[i]};
      coracle_spawn(&what, &pid);
      char some[100];
      read(ends[0], some, sizeof some);
      close(ends[0]);
      close(ends[1]);
      coracle_wait(pid, 0, &waited, &status);
      printf("flood %x\n", status);
      coracle_pipe(ends);
    }
  } else if (strcmp(word, "orphan") == 0) {
    /* It says nothing: who reads that is gone soon. */
    pid = another("rest", -1, 0);
    printf("left %d\n", pid > 0);
  } else if (strcmp(word, "background") == 0) {
    pid = another("read", 0, 0);
    show_end(pid, CORACLE_WAIT_STOPPED);
    struct coracle_tty tty;
    coracle_tty_get(0, &tty);
    int32_t was = tty.foreground;
    tty.foreground = pid;
    printf("foreground %d\n", coracle_tty_set(0, &tty));
    coracle_kill(-pid, 18);
    show_end(pid, 0);
    tty.foreground = was;
    coracle_tty_set(0, &tty);
  } else if (strcmp(word, "list") == 0) {
    char text[4096];
    uint32_t used = 0;
    coracle_processes(text, sizeof text, &used);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
      char *fields[16] = {0}, *rest = line;
      for (int i = 0; i < 16 && rest; i++) fields[i] = strsep(&rest, "\t");
      printf("process %s of %s state %s: %s\n", fields[0], fields[1], fields[4], fields[8]);
      if (rest) break;
    }
  } else if (strcmp(word, "umask") == 0) {
    uint32_t former = 0;
    coracle_umask(077, &former);
    struct coracle_stat stat;
    close(open("/made", O_CREAT | O_WRONLY, 0666));
    coracle_stat(3, "made", 4, 0, &stat);
    printf("umask %o mode %o\n", former, stat.mode);
  } else printf("what is %s?\n", word);
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  for (int i = 1; i < argc; i++) act(argv[i]);
  return 0;
}
