// Uses files in all ways that C has, below the directory of its first argument, and says what came of it.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// C libraries have words of their own.
static const char *reason(void) {
  switch (errno) {
  case EBADF: return "EBADF";
  case EEXIST: return "EEXIST";
  case EINVAL: return "EINVAL";
  case EISDIR: return "EISDIR";
  case ELOOP: return "ELOOP";
  case ENAMETOOLONG: return "ENAMETOOLONG";
  case ENOENT: return "ENOENT";
  case ENOTDIR: return "ENOTDIR";
  case ENOTEMPTY: return "ENOTEMPTY";
  default: return strerror(errno);
  }
}

static void tell(const char *what, long result) {
  printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? reason() : "");
}

static void write_text(const char *path, int flags, const char *text) {
  int fd = open(path, flags, 0644);
  if (fd < 0) {
    tell(path, fd);
    return;
  }
  tell("write", write(fd, text, strlen(text)));
  close(fd);
}

static void show(const char *path) {
  char text[512];
  int fd = open(path, O_RDONLY);
  if (fd < 0) {
    tell(path, fd);
    return;
  }
  long count = read(fd, text, sizeof text);
  if (count < 0) tell(path, count);
  else printf("%s is %ld: %.*s\n", path, count, (int)count, text);
  close(fd);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path) {
  char *names[2000];
  int count = 0;
  DIR *directory = opendir(path);
  if (directory == NULL) {
    tell(path, -1);
    return;
  }
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) names[count++] = strdup(entry->d_name);
  }
  closedir(directory);
  qsort(names, count, sizeof *names, by_name);
  printf("%s has %d:", path, count);
  for (int i = 0; i < count && i < 20; i++) printf(" %s", names[i]);
  printf("\n");
}

static void status(const char *path) {
  struct stat info;
  long result = lstat(path, &info);
  if (result < 0) {
    tell(path, result);
    return;
  }
  const char *kind = S_ISDIR(info.st_mode) ? "directory" : S_ISLNK(info.st_mode) ? "link" : S_ISREG(info.st_mode) ? "file" : "other";
  printf("%s is a %s", path, kind);
  if (!S_ISDIR(info.st_mode)) printf(" of %ld with %ld names", (long)info.st_size, (long)info.st_nlink);
  printf("\n");
}

int main(int argc, char **argv) {
  if (argc < 2 || chdir(argv[1]) != 0) return 1;
  write_text("one", O_CREAT | O_WRONLY, "hello");
  write_text("one", O_WRONLY | O_APPEND, " world");
  show("one");
  write_text("one", O_WRONLY | O_TRUNC, "short");
  show("one");
  write_text("one", O_CREAT | O_EXCL | O_WRONLY, "never");
  tell("mkdir", mkdir("folder", 0755));
  tell("mkdir again", mkdir("folder", 0755));
  tell("mkdir below nothing", mkdir("none/folder", 0755));
  tell("rename", rename("one", "folder/two"));
  show("one");
  show("folder/two");
  tell("link", link("folder/two", "three"));
  status("three");
  tell("symlink", symlink("folder/two", "four"));
  show("four");
  status("four");
  char target[64] = {0};
  tell("readlink", readlink("four", target, sizeof target - 1));
  puts(target);
  tell("rmdir of a full one", rmdir("folder"));
  tell("unlink of a directory", unlink("folder") < 0 && errno != 0 ? -2 : 0);
  tell("rmdir of a file", rmdir("three"));
  for (int i = 0; i < 1000; i++) {
    char name[32];
    snprintf(name, sizeof name, "folder/%04d", i);
    close(open(name, O_CREAT | O_WRONLY, 0644));
  }
  list("folder");
  list(".");
  int fd = open("holes", O_CREAT | O_RDWR, 0644);
  tell("seek", lseek(fd, 100000, SEEK_SET));
  tell("write", write(fd, "end", 3));
  tell("seek back", lseek(fd, -3, SEEK_END));
  char text[8] = {0};
  tell("read", read(fd, text, sizeof text));
  puts(text);
  tell("pread", pread(fd, text, 3, 50000));
  printf("%d %d %d\n", text[0], text[1], text[2]);
  tell("pwrite", pwrite(fd, "mid", 3, 50000));
  tell("truncate", ftruncate(fd, 50002));
  tell("pread", pread(fd, text, 8, 50000));
  printf("%.2s\n", text);
  tell("seek to nowhere", lseek(fd, -1, SEEK_SET));
  tell("place", lseek(fd, 0, SEEK_CUR));
  tell("unlink while open", unlink("holes"));
  tell("read after that", pread(fd, text, 2, 50000));
  close(fd);
  tell("read of a closed one", read(fd, text, 1));
  status("holes");
  struct timespec times[2] = {{1000000000, 5}, {1234567890, 987654321}};
  tell("times", utimensat(AT_FDCWD, "three", times, 0));
  struct stat info;
  stat("three", &info);
  printf("%ld.%09ld %ld.%09ld\n", (long)info.st_atim.tv_sec, (long)info.st_atim.tv_nsec, (long)info.st_mtim.tv_sec, (long)info.st_mtim.tv_nsec);
  tell("open of a directory to write", open("folder", O_WRONLY));
  tell("a name that is too long", open("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", O_CREAT | O_WRONLY, 0644));
  tell("symlink to itself", symlink("loop", "loop"));
  show("loop");
  fflush(stdout);
  return 7;
}
