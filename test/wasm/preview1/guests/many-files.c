// Makes, writes, reads, looks at, lists and removes ten thousand files in a directory.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { files = 10000 };

static char content[4096];

static int each(const char *directory, int (*act)(const char *path)) {
  char path[64];
  for (int i = 0; i < files; i++) {
    snprintf(path, sizeof path, "%s/%05d", directory, i);
    if (act(path) != 0) return 1;
  }
  return 0;
}

static int make(const char *path) {
  int fd = open(path, O_CREAT | O_WRONLY, 0644);
  return fd < 0 || write(fd, content, sizeof content) != sizeof content || close(fd) != 0;
}

static int look(const char *path) {
  struct stat info;
  return stat(path, &info) != 0 || info.st_size != sizeof content;
}

static int load(const char *path) {
  int fd = open(path, O_RDONLY);
  return fd < 0 || read(fd, content, sizeof content) != sizeof content || close(fd) != 0;
}

static int list(const char *directory) {
  int count = 0;
  DIR *open = opendir(directory);
  if (open == NULL) return 1;
  while (readdir(open) != NULL) count++;
  closedir(open);
  return count < files;
}

int main(void) {
  const char *directory = "/many";
  if (mkdir(directory, 0755) != 0) return 1;
  if (each(directory, make) != 0) return 2;
  if (each(directory, look) != 0) return 3;
  if (each(directory, load) != 0) return 4;
  if (list(directory) != 0) return 5;
  if (each(directory, unlink) != 0) return 6;
  return rmdir(directory) == 0 ? 0 : 7;
}
