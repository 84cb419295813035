// Single files of the tree looked at and changed where they are: what an editor and a file explorer do.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"
#include "tree.h"

static void put(unsigned char *at, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t nanoseconds(struct timespec time) {
  return (uint64_t)((int64_t)time.tv_sec * 1000000000 + time.tv_nsec);
}

// What a path leads to, links followed inside the root; 0 when nothing is there.
static char type_at(struct tree *tree, const char *path) {
  struct stat info;
  int fd = resolve(tree, path, O_PATH);
  char type = fd >= 0 && fstatat(fd, "", &info, AT_EMPTY_PATH) == 0 ? type_of(info.st_mode) : 0;
  if (fd >= 0) close(fd);
  return type;
}

static void send_status(struct tree *tree, const char *name, const struct stat *info, const char *link, char target) {
  unsigned char frame[status_size + 2 * path_limit];
  size_t name_size = strlen(name), link_size = strlen(link);
  frame[0] = (unsigned char)type_of(info->st_mode);
  frame[1] = (unsigned char)target;
  put(frame + 2, info->st_mode & 07777, 2);
  put(frame + 4, info->st_uid, 4);
  put(frame + 8, info->st_gid, 4);
  put(frame + 12, name_size, 2);
  put(frame + 14, link_size, 2);
  put(frame + 16, (uint64_t)info->st_size, 8);
  put(frame + 24, nanoseconds(info->st_mtim), 8);
  put(frame + 32, nanoseconds(info->st_ctim), 8);
  memcpy(frame + status_size, name, name_size);
  memcpy(frame + status_size + name_size, link, link_size);
  tree_frame(tree, 'i', frame, status_size + name_size + link_size);
}

void tree_status(struct tree *tree, const char *path, bool follow) {
  struct stat info;
  char link[path_limit] = "";
  int fd = resolve(tree, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
  if (fd < 0 && absent(errno)) {
    tree_frame(tree, 'n', "", 0);
  } else if (fd < 0 || fstatat(fd, "", &info, AT_EMPTY_PATH) != 0) {
    tree_error(tree, 'E', errno, "stat", path);
  } else {
    ssize_t size = S_ISLNK(info.st_mode) ? readlinkat(fd, "", link, sizeof link - 1) : 0;
    if (size > 0) link[size] = 0;
    send_status(tree, "", &info, link, S_ISLNK(info.st_mode) ? type_at(tree, path) : 0);
  }
  if (fd >= 0) close(fd);
}

static void list_entry(struct tree *tree, int directory, const char *path, const char *name) {
  struct stat info;
  char link[path_limit] = "", whole[2 * path_limit];
  if (fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return; // removed meanwhile
  char target = 0;
  if (S_ISLNK(info.st_mode)) {
    ssize_t size = readlinkat(directory, name, link, sizeof link - 1);
    if (size > 0) link[size] = 0;
    snprintf(whole, sizeof whole, "%s/%s", path, name);
    target = type_at(tree, whole);
  }
  send_status(tree, name, &info, link, target);
}

void tree_list(struct tree *tree, const char *path) {
  int fd = resolve(tree, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  DIR *list = fd < 0 ? NULL : fdopendir(fd);
  if (list == NULL) {
    tree_error(tree, 'E', errno, "list", path);
    if (fd >= 0) close(fd);
    return;
  }
  struct dirent *entry;
  while ((entry = readdir(list)) != NULL) {
    if (!is_dot(entry->d_name)) list_entry(tree, fd, path, entry->d_name);
    if (tree->out_size > out_capacity / 2 && tree_cancelled(tree)) break;
  }
  closedir(list);
  tree_frame(tree, '.', "", 0);
}

// What is new belongs to whom its directory belongs to. Where that is nobody we may name, it stays ours.
static int give_to_owner(int fd, int parent) {
  struct stat info;
  if (fstatat(parent, "", &info, AT_EMPTY_PATH) != 0) return errno;
  if (fchownat(fd, "", info.st_uid, info.st_gid, AT_EMPTY_PATH) == 0 || errno == EINVAL || errno == EPERM) return 0;
  return errno;
}

static int create_new(struct tree *tree, const char *path, mode_t mode, int *error) {
  const char *name;
  int parent = resolve_parent(tree, path, &name, false);
  int fd = parent < 0 ? -1 : openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    *error = errno;
    return -1;
  }
  *error = give_to_owner(fd, parent);
  if (*error == 0 && fchmod(fd, mode & 07777) != 0) *error = errno;
  return fd;
}

// For writing, by the descriptor that was looked at, so that it is that very file, and no device was opened.
static int open_present(int found, int *error) {
  struct stat info;
  char self[16];
  if (fstatat(found, "", &info, AT_EMPTY_PATH) != 0) *error = errno;
  else if (S_ISDIR(info.st_mode)) *error = EISDIR;
  else if (!S_ISREG(info.st_mode)) *error = EINVAL;
  if (*error != 0) return -1;
  snprintf(self, sizeof self, "%d", found);
  int fd = openat(AT_FDCWD, self, O_WRONLY | O_CLOEXEC);
  if (fd < 0) *error = errno;
  return fd;
}

static void remove_half(struct tree *tree, const char *path) {
  const char *name;
  int parent = resolve_parent(tree, path, &name, false);
  if (parent >= 0) unlinkat(parent, name, 0);
}

void tree_write(struct tree *tree, const char *path, unsigned flags, mode_t mode) {
  int error = 0, fd = -1;
  forget_parent(tree); // it may have been moved by now
  int found = resolve(tree, path, O_PATH);
  bool is_new = found < 0 && errno == ENOENT && (flags & write_create) != 0;
  if (found < 0 && !is_new) error = errno;
  else if (is_new) fd = create_new(tree, path, mode, &error);
  else if ((flags & write_overwrite) == 0) error = EEXIST;
  else fd = open_present(found, &error);
  if (found >= 0) close(found);
  if (error == 0 && !is_new && ftruncate(fd, 0) != 0) error = errno;
  bool whole = true;
  if (error == 0) {
    tree_frame(tree, 'k', "", 0);
    tree_send(tree);
    whole = tree_content(tree, fd, &error);
    if (error != 0 || !whole) {
      if (is_new) remove_half(tree, path);
    }
  } else if (fd >= 0 && is_new) {
    remove_half(tree, path);
  }
  if (fd >= 0) close(fd);
  if (error != 0) tree_error(tree, 'E', error, "write", path);
  else tree_frame(tree, 'k', "", 0);
}

static void answer(struct tree *tree, int error, const char *call, const char *path) {
  if (error == 0) tree_frame(tree, 'k', "", 0);
  else tree_error(tree, 'E', error, call, path);
}

void tree_make_directory(struct tree *tree, const char *path) {
  const char *name;
  int error = 0, made = -1;
  forget_parent(tree);
  int parent = resolve_parent(tree, path, &name, false);
  if (parent < 0 || mkdirat(parent, name, 0755) != 0) error = errno;
  if (error == 0) {
    made = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    error = made < 0 ? errno : give_to_owner(made, parent);
  }
  if (made >= 0) close(made);
  answer(tree, error, "mkdir", path);
}

static int rename_between(int from, const char *old, int to, const char *new, bool overwrite) {
  if (overwrite) return renameat(from, old, to, new) == 0 ? 0 : errno;
  if (syscall(SYS_renameat2, from, old, to, new, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // The file system cannot tell by itself.
  struct stat info;
  if (fstatat(to, new, &info, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
  return renameat(from, old, to, new) == 0 ? 0 : errno;
}

void tree_rename(struct tree *tree, const char *from, const char *to, unsigned flags) {
  const char *old, *new;
  forget_parent(tree);
  int cached = resolve_parent(tree, from, &old, false);
  int source = cached < 0 ? -1 : fcntl(cached, F_DUPFD_CLOEXEC, 0);
  int target = source < 0 ? -1 : resolve_parent(tree, to, &new, false);
  int error = target < 0 ? errno : rename_between(source, old, target, new, (flags & write_overwrite) != 0);
  if (source >= 0) close(source);
  forget_parent(tree);
  answer(tree, error, "rename", from);
}

static int unlink_one(int parent, const char *name) {
  if (unlinkat(parent, name, 0) == 0) return 0;
  if (errno != EISDIR && errno != EPERM) return errno;
  return unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

void tree_unlink(struct tree *tree, const char *path, bool recursive) {
  const char *name;
  forget_parent(tree);
  int parent = resolve_parent(tree, path, &name, false), error = 0;
  struct stat info;
  if (parent < 0 || fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) error = errno;
  else error = recursive ? remove_at(parent, name) : unlink_one(parent, name);
  forget_parent(tree);
  answer(tree, error, "remove", path);
}
