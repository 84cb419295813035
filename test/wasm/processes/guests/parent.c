#include <coracle.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Starts programs as the words say that it is called with, one after another. */

static int32_t start(const char *path, const char *argv, uint32_t argv_length, const int32_t *descriptors, int32_t group,
                     int32_t *pid) {
  struct coracle_spawn what = {
      .path = path,
      .path_length = strlen(path),
      .argv = argv,
      .argv_length = argv_length,
      .env = "A=b",
      .env_length = 4,
      .directory = "/",
      .directory_length = 1,
      .descriptors = descriptors,
      .descriptor_count = 3,
      .group = group,
  };
  return coracle_spawn(&what, pid);
}

static const int32_t own[3] = {0, 1, 2};

static void run(const char *path) {
  char argv[256];
  int length = snprintf(argv, sizeof argv, "%s%cof%cparent", path, 0, 0) + 1;
  int32_t pid = 0, waited = 0, status = 0;
  int32_t error = start(path, argv, length, own, -1, &pid);
  if (error) {
    printf("%s: error %d\n", path, error);
    return;
  }
  error = coracle_wait(-1, 0, &waited, &status);
  printf("%s: pid %d waited %d error %d status %x\n", path, pid, waited, error, status);
}

static void pipeline(void) {
  int32_t ends[2], pid[2], waited, status;
  coracle_pipe(ends);
  start("/bin/hello", "hello\0through\0pipe", 19, (int32_t[]){-1, ends[1], 2}, -1, &pid[0]);
  start("/bin/hello", "hello", 6, (int32_t[]){ends[0], 1, -1}, -1, &pid[1]);
  close(ends[0]);
  close(ends[1]);
  for (int i = 0; i < 2; i++) {
    coracle_wait(pid[i], 0, &waited, &status);
    printf("status %x\n", status);
  }
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] == '/') run(argv[i]);
    else if (strcmp(argv[i], "pipeline") == 0) pipeline();
    else if (strcmp(argv[i], "ids") == 0) {
      int32_t ids[5];
      coracle_ids(ids);
      printf("ids %d %d %d %d %d\n", ids[0], ids[1], ids[2], ids[3], ids[4]);
    } else if (strcmp(argv[i], "none") == 0) {
      int32_t waited, status;
      printf("none: %d\n", coracle_wait(-1, 0, &waited, &status));
    } else if (strcmp(argv[i], "exec") == 0) {
      struct coracle_spawn what = {.path = "/bin/hello", .path_length = 10, .argv = "hello\0again", .argv_length = 12,
                                   .directory = "/", .directory_length = 1, .descriptors = own, .descriptor_count = 3,
                                   .group = -1};
      printf("failed: %d\n", coracle_exec(&what));
    }
  }
  return 0;
}
