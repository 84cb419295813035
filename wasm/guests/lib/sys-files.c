/* Files, owners and modes over coracle.h. */

#ifdef __wasi__
#include "sys.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT 3
#define HERE 4

static int done(int32_t error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

static int at(const char **path) {
  if (**path != '/') return HERE;
  *path += strspn(*path, "/");
  if (**path == 0) *path = ".";
  return ROOT;
}

static struct timespec time_of(int64_t nanoseconds) {
  int64_t rest = nanoseconds % 1000000000;
  if (rest < 0) rest += 1000000000;
  return (struct timespec){.tv_sec = (nanoseconds - rest) / 1000000000, .tv_nsec = rest};
}

static void fill(struct stat *to, const struct coracle_stat *from) {
  *to = (struct stat){
      .st_dev = from->device,
      .st_ino = from->inode,
      .st_nlink = from->links,
      .st_mode = from->mode,
      .st_uid = from->uid,
      .st_gid = from->gid,
      .st_rdev = from->special,
      .st_size = (off_t)from->size,
      .st_blksize = 4096,
      .st_blocks = (blkcnt_t)((from->allocated + 511) / 512),
      .st_atim = time_of(from->accessed_ns),
      .st_mtim = time_of(from->modified_ns),
      .st_ctim = time_of(from->changed_ns),
  };
}

static int stat_at(const char *path, uint32_t follow, struct stat *status) {
  struct coracle_stat found;
  if (*path == 0) return done(ENOENT);
  int directory = at(&path);
  int32_t error = coracle_stat(directory, path, strlen(path), follow, &found);
  if (error == 0) fill(status, &found);
  return done(error);
}

int sys_stat(const char *path, struct stat *status) { return stat_at(path, 1, status); }
int sys_lstat(const char *path, struct stat *status) { return stat_at(path, 0, status); }

int sys_fstat(int descriptor, struct stat *status) {
  struct coracle_stat found;
  int32_t error = coracle_fstat(descriptor, &found);
  if (error == 0) fill(status, &found);
  return done(error);
}

int chmod(const char *path, mode_t mode) {
  int directory = at(&path);
  return done(coracle_chmod(directory, path, strlen(path), mode));
}

static int own(const char *path, uint32_t follow, uid_t uid, gid_t gid) {
  int directory = at(&path);
  return done(coracle_chown(directory, path, strlen(path), follow, (int32_t)uid, (int32_t)gid));
}

int chown(const char *path, uid_t uid, gid_t gid) { return own(path, 1, uid, gid); }
int lchown(const char *path, uid_t uid, gid_t gid) { return own(path, 0, uid, gid); }

int mkfifo(const char *path, mode_t mode) {
  int directory = at(&path);
  return done(coracle_make_fifo(directory, path, strlen(path), mode));
}

mode_t umask(mode_t mask) {
  uint32_t former = 0;
  done(coracle_umask(mask, &former));
  return former;
}

int sys_space(const char *path, struct sys_space *space) {
  struct coracle_space found;
  int directory = at(&path);
  int32_t error = coracle_space(directory, path, strlen(path), &found);
  if (error == 0) *space = (struct sys_space){found.total, found.free};
  return done(error);
}

/* The working directory is what is open at descriptor 4. */
int chdir(const char *path) {
  int opened = open(path, O_RDONLY | O_DIRECTORY);
  if (opened < 0) return -1;
  int32_t error = coracle_dup2(opened, HERE);
  close(opened);
  return done(error);
}

static bool same(const char *path, const struct stat *as) {
  struct stat status;
  return sys_stat(path, &status) == 0 && status.st_ino == as->st_ino && status.st_dev == as->st_dev;
}

/* The name in directory `parent` of the directory that `child` is. */
static char *name_in(const char *parent, const struct stat *child) {
  DIR *directory = opendir(parent);
  if (directory == NULL) return NULL;
  char *name = NULL;
  for (struct dirent *entry; name == NULL && (entry = readdir(directory)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    char path[4096];
    if (strlen(parent) + strlen(entry->d_name) + 2 > sizeof path) continue;
    strcpy(stpcpy(stpcpy(path, parent), "/"), entry->d_name);
    struct stat status;
    if (sys_lstat(path, &status) == 0 && status.st_ino == child->st_ino && status.st_dev == child->st_dev) {
      name = strdup(entry->d_name);
    }
  }
  closedir(directory);
  if (name == NULL) errno = ENOENT;
  return name;
}

/* WASI knows directories by descriptors alone: the path is found by going up to the root. */
static char *walk_up(char *end, char *begin) {
  char up[1024] = ".";
  struct stat here, root;
  if (sys_stat("/", &root) != 0 || sys_stat(".", &here) != 0) return NULL;
  while (here.st_ino != root.st_ino || here.st_dev != root.st_dev) {
    if (strlen(up) + 4 > sizeof up) return NULL;
    strcat(up, "/..");
    char *name = name_in(up, &here);
    if (name == NULL) return NULL;
    size_t length = strlen(name);
    bool fits = length < (size_t)(end - begin);
    if (fits) {
      end -= length + 1;
      *end = '/';
      memcpy(end + 1, name, length);
    }
    free(name);
    if (!fits || sys_stat(up, &here) != 0) return NULL;
  }
  return end;
}

char *getcwd(char *buffer, size_t room) {
  char path[4096];
  struct stat here;
  const char *said = getenv("PWD");
  if (sys_stat(".", &here) != 0) return NULL;
  char *found = path;
  if (said != NULL && *said == '/' && strstr(said, "/.") == NULL && strlen(said) < sizeof path && same(said, &here)) {
    strcpy(path, said);
  } else {
    path[sizeof path - 1] = 0;
    found = walk_up(path + sizeof path - 1, path);
    if (found == NULL) return NULL;
    if (*found == 0) *--found = '/';
  }
  if (buffer == NULL) return strdup(found);
  if (strlen(found) >= room) {
    errno = ERANGE;
    return NULL;
  }
  return strcpy(buffer, found);
}
#endif
