// Uses what is mounted in its container, one thing by name, and says what came of it.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coracle.h"

static long check(const char *what, long result) {
  if (result < 0) {
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
  }
  return result;
}

static void put(const char *path, int flags, const char *text) {
  int fd = check(path, open(path, O_WRONLY | O_CREAT | flags, 0666));
  check("write", write(fd, text, strlen(text)));
  close(fd);
}

static void show(const char *path) {
  char text[4096];
  int fd = check(path, open(path, O_RDONLY));
  long count = check("read", read(fd, text, sizeof text));
  close(fd);
  for (long index = 0; index < count; index++) text[index] = text[index] == 0 ? ' ' : text[index];
  printf("%s: %.*s\n", path, (int)count, text);
}

static void devices(void) {
  char bytes[8] = "full";
  put("/dev/null", O_TRUNC, "gone");
  int null = check("/dev/null", open("/dev/null", O_RDWR));
  printf("null %ld tty %d\n", check("read", read(null, bytes, 4)), isatty(null));
  int zero = check("/dev/zero", open("/dev/zero", O_RDONLY));
  printf("zero %ld %d\n", check("read", read(zero, bytes, 8)), bytes[0] | bytes[7]);
  int full = check("/dev/full", open("/dev/full", O_WRONLY));
  printf("full %ld %s\n", (long)write(full, "x", 1), errno == ENOSPC ? "ENOSPC" : strerror(errno));
  char one[64] = {0}, two[64] = {0};
  int random = check("/dev/urandom", open("/dev/urandom", O_RDONLY));
  check("read", read(random, one, 64));
  check("read", read(random, two, 64));
  printf("random %s\n", memcmp(one, two, 64) != 0 ? "differs" : "is the same");
  printf("tty %d\n", open("/dev/tty", O_RDWR));
  fflush(stdout);
  put("/dev/stdout", 0, "to standard output\n");
  show("/dev/stdin");
}

static void processes(void) {
  show("/proc/self/cmdline");
  show("/proc/self/comm");
  show("/proc/mounts");
  DIR *directory = opendir("/proc");
  struct dirent *entry;
  int self = 0;
  while ((entry = readdir(directory)) != NULL) self += strcmp(entry->d_name, "self") == 0;
  closedir(directory);
  printf("self %d\n", self);
}

/* Removes every file of a directory while it reads it. */
static void sweep(const char *path, int count) {
  char name[300];
  for (int index = 0; index < count; index++) {
    snprintf(name, sizeof name, "%s/file-with-a-name-%d", path, index);
    put(name, 0, name);
  }
  DIR *directory = opendir(path);
  struct dirent *entry;
  int seen = 0;
  while ((entry = readdir(directory)) != NULL) {
    snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
    if (entry->d_type == DT_REG) {
      seen++;
      check(name, unlink(name));
      // What comes meanwhile may be seen or not, and takes nothing from what is there.
      if (seen % 7 == 0) {
        snprintf(name, sizeof name, "%s/.new-%d", path, seen);
        check(name, mkdir(name, 0777));
        check(name, rmdir(name));
      }
    }
  }
  closedir(directory);
  printf("swept %d\n", seen);
}

static void append(const char *path, const char *word, int count) {
  int fd = check(path, open(path, O_WRONLY | O_CREAT | O_APPEND, 0666));
  for (int index = 0; index < count; index++) check("write", write(fd, word, strlen(word)));
  close(fd);
}

int main(int argc, char **argv) {
  const char *what = argv[1];
  if (strcmp(what, "devices") == 0) devices();
  else if (strcmp(what, "processes") == 0) processes();
  else if (strcmp(what, "sweep") == 0) sweep(argv[2], atoi(argv[3]));
  else if (strcmp(what, "append") == 0) append(argv[2], argv[3], atoi(argv[4]));
  else if (strcmp(what, "put") == 0) put(argv[2], O_TRUNC, argv[3]);
  else if (strcmp(what, "show") == 0) show(argv[2]);
  else if (strcmp(what, "fifo") == 0) check(argv[2], -coracle_make_fifo(3, argv[2], strlen(argv[2]), 0666));
  else if (strcmp(what, "open") == 0) {
    int fd = open(argv[2], O_RDWR);
    printf("%s\n", fd < 0 ? strerror(errno) : "opened");
  }
  return 0;
}
