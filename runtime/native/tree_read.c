// Looking at single files of the tree.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

char type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    case S_IFIFO: return 'p';
    case S_IFSOCK: return 's';
    default: return 'f';
  }
}

bool absent(int error) {
  return error == ENOENT || error == ENOTDIR;
}

void tree_stat(struct tree *tree, const char *path, bool follow) {
  struct stat info;
  char link[path_limit] = "";
  int fd = resolve(tree, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
  if (fd < 0 && absent(errno)) {
    tree_frame(tree, 'n', "", 0);
    return;
  }
  if (fd < 0 || fstatat(fd, "", &info, AT_EMPTY_PATH) != 0) {
    tree_error(tree, 'E', errno, "stat", path);
  } else {
    ssize_t size = S_ISLNK(info.st_mode) ? readlinkat(fd, "", link, sizeof link - 1) : 0;
    if (size > 0) link[size] = 0;
    entry_send(tree, path, &info, link, type_of(info.st_mode), fd);
  }
  if (fd >= 0) close(fd);
}

void tree_real_path(struct tree *tree, const char *path) {
  char self[16], real[path_limit];
  int fd = resolve(tree, path, O_PATH);
  if (fd < 0 && absent(errno)) {
    tree_frame(tree, 'n', "", 0);
    return;
  }
  ssize_t size = -1;
  if (fd >= 0) {
    snprintf(self, sizeof self, "%d", fd);
    size = readlinkat(tree->descriptors, self, real, sizeof real);
  }
  if (size <= 0) tree_error(tree, 'E', errno, "resolve", path);
  else if (real[0] != '/') tree_frame(tree, 'n', "", 0); // moved out of reach meanwhile
  else tree_frame(tree, 'k', real, (size_t)size);
  if (fd >= 0) close(fd);
}

void tree_read(struct tree *tree, const char *path, uint64_t offset, uint64_t length) {
  struct stat info;
  // Not blocking: what is a fifo or a device is refused before it is waited for.
  int fd = resolve(tree, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  int error = fd < 0 || fstat(fd, &info) != 0 ? errno : S_ISREG(info.st_mode) ? 0 : S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
  while (error == 0 && length > 0) {
    size_t most = length < 128 * 1024 ? (size_t)length : 128 * 1024;
    unsigned char *frame = tree_room(tree, frame_size + most);
    ssize_t got = pread(fd, frame + frame_size, most, (off_t)offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    offset += (uint64_t)got;
    length -= (uint64_t)got;
    frame[0] = 'D';
    for (int i = 0; i < 4; i++) frame[1 + i] = (unsigned char)((size_t)got >> (8 * i));
    tree->out_size += frame_size + (size_t)got;
    if (tree_cancelled(tree)) break;
  }
  if (fd >= 0) close(fd);
  if (error != 0) tree_error(tree, 'E', error, "read", path);
  else tree_frame(tree, '.', "", 0);
}
