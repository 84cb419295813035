/* tar: writes ustar, with GNU's headers for names that are too long for it. */

#include "deflate.h"
#include "tar.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names that files with several of them got first. */
struct linked {
  dev_t device;
  ino_t inode;
  char *path;
};

static struct linked *linked;
static size_t linked_count;
static int archive;
static struct stat archive_about;

/* With -z everything is made first and packed as it is asked for: the packer pulls. Members are therefore walked by steps. */
static struct text held;
static size_t held_at;
static bool direct;

static void put(const void *bytes, size_t length) {
  if (!direct) text_add(&held, bytes, length);
  else if (!write_all(archive, bytes, length)) die_errno(2, "cannot write");
}

static void octal(char *field, size_t width, uint64_t value) {
  if (value >> (3 * (width - 1)) == 0) {
    snprintf(field, width, "%0*llo", (int)width - 1, (unsigned long long)value);
    return;
  }
  /* GNU's way for large numbers: base 256, with the top bit of the first byte. */
  for (size_t at = width; at-- > 0; value >>= 8) field[at] = (char)value;
  field[0] = (char)(field[0] | 0x80);
}

static void put_header(const char *path, const char *target, char type, const struct stat *about, uint64_t size) {
  char block[TAR_BLOCK] = {0};
  size_t length = strlen(path);
  if (length <= 100) memcpy(block, path, length);
  else {
    /* Split at a slash where both halves fit; who comes here has written a long name before else. */
    const char *slash = length > 101 ? strchr(path + length - 101, '/') : strchr(path, '/');
    if (slash != NULL && slash - path <= 155 && slash[1] != 0) {
      memcpy(block + 345, path, (size_t)(slash - path));
      memcpy(block, slash + 1, strlen(slash + 1));
    } else memcpy(block, path, 100);
  }
  octal(block + 100, 8, about->st_mode & 07777);
  octal(block + 108, 8, about->st_uid);
  octal(block + 116, 8, about->st_gid);
  octal(block + 124, 12, size);
  octal(block + 136, 12, about->st_mtim.tv_sec < 0 ? 0 : (uint64_t)about->st_mtim.tv_sec);
  memset(block + 148, ' ', 8);
  block[156] = type;
  memcpy(block + 157, target, strlen(target) < 100 ? strlen(target) : 100);
  memcpy(block + 257, "ustar\00000", 8);
  if (!tar_options.numeric) {
    snprintf(block + 265, 32, "%s", user_name(about->st_uid));
    snprintf(block + 297, 32, "%s", group_name(about->st_gid));
    if (block[265] >= '0' && block[265] <= '9') block[265] = 0;
    if (block[297] >= '0' && block[297] <= '9') block[297] = 0;
  }
  if (type == '3' || type == '4') {
    octal(block + 329, 8, major(about->st_rdev));
    octal(block + 337, 8, minor(about->st_rdev));
  }
  unsigned sum = 0;
  for (size_t at = 0; at < TAR_BLOCK; at++) sum += (unsigned char)block[at];
  snprintf(block + 148, 8, "%06o", sum);
  put(block, TAR_BLOCK);
}

static void put_padding(uint64_t size) {
  static const char zeros[TAR_BLOCK];
  if (size % TAR_BLOCK != 0) put(zeros, TAR_BLOCK - size % TAR_BLOCK);
}

/* GNU's header before a member: L for a long name, K for a long target. */
static void put_long(char type, const char *text) {
  struct stat about = {0};
  size_t length = strlen(text) + 1;
  put_header("././@LongLink", "", type, &about, length);
  put(text, length);
  put_padding(length);
}

static bool splits(const char *path, size_t length) {
  const char *slash = length > 101 ? strchr(path + length - 101, '/') : strchr(path, '/');
  return slash != NULL && slash - path <= 155 && slash[1] != 0 && strlen(slash + 1) <= 100;
}

static void put_member(const char *path, const char *target, char type, const struct stat *about, uint64_t size) {
  size_t length = strlen(path);
  if (length > 100 && !splits(path, length)) put_long('L', path);
  if (strlen(target) > 100) put_long('K', target);
  put_header(path, target, type, about, size);
  if (!tar_options.verbose) return;
  fprintf(archive == 1 ? stderr : stdout, "%s\n", path);
}

static void put_content(int file, const char *path, uint64_t size) {
  static char buffer[65536];
  uint64_t left = size;
  while (left > 0) {
    ssize_t got = read(file, buffer, left < sizeof buffer ? (size_t)left : sizeof buffer);
    if (got <= 0) {
      warn("%s: file shrank by %llu bytes; padding with zeros", path, (unsigned long long)left);
      tar_status = 1;
      memset(buffer, 0, sizeof buffer);
      for (; left > 0; left -= left < sizeof buffer ? left : sizeof buffer) put(buffer, left < sizeof buffer ? (size_t)left : sizeof buffer);
      break;
    }
    put(buffer, (size_t)got);
    left -= (uint64_t)got;
  }
  put_padding(size);
}

/* The name that the same file has in the archive already. */
static const char *earlier_name(const struct stat *about, const char *path) {
  if (about->st_nlink < 2) return NULL;
  for (size_t index = 0; index < linked_count; index++) {
    if (linked[index].inode == about->st_ino && linked[index].device == about->st_dev) return linked[index].path;
  }
  linked = take_more(linked, (linked_count + 1) * sizeof *linked);
  linked[linked_count++] = (struct linked){about->st_dev, about->st_ino, take_copy(path)};
  return NULL;
}

static const char *without_root(const char *path) {
  if (tar_options.keep_names || *path != '/') return path;
  static bool told;
  if (!told) warn("Removing leading `/' from member names");
  told = true;
  path += strspn(path, "/");
  return *path == 0 ? "./" : path;
}

static void put_file(const char *path, const char *name, const struct stat *about) {
  const char *earlier = earlier_name(about, name);
  if (earlier != NULL) {
    put_member(name, earlier, '1', about, 0);
    return;
  }
  int file = open(path, O_RDONLY);
  if (file < 0) {
    warn_errno("%s: cannot open", path);
    tar_status = 2;
    return;
  }
  put_member(name, "", '0', about, (uint64_t)about->st_size);
  put_content(file, path, (uint64_t)about->st_size);
  close(file);
}

/* Paths that wait to be archived, the next one last. */
static struct text *waiting;
static size_t waiting_count, waiting_room;

static void wait_for(const char *path) {
  if (waiting_count == waiting_room) {
    waiting_room = waiting_room == 0 ? 64 : waiting_room * 2;
    waiting = take_more(waiting, waiting_room * sizeof *waiting);
  }
  waiting[waiting_count] = (struct text){0};
  text_string(waiting + waiting_count++, path);
}

static void wait_for_content(const char *path) {
  DIR *directory = opendir(path);
  if (directory == NULL) {
    warn_errno("%s: cannot open", path);
    tar_status = 2;
    return;
  }
  size_t first = waiting_count;
  for (struct dirent *each; (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
    char *child = path_join(path, each->d_name);
    wait_for(child);
    free(child);
  }
  closedir(directory);
  for (size_t a = first, b = waiting_count; a + 1 < b; a++) {
    struct text swapped = waiting[a];
    waiting[a] = waiting[--b];
    waiting[b] = swapped;
  }
}

static void put_path(const char *path) {
  struct stat about;
  if (tar_excluded(path)) return;
  if ((tar_options.follow ? stat(path, &about) : lstat(path, &about)) != 0) {
    warn_errno("%s: cannot stat", path);
    tar_status = 2;
    return;
  }
  if (about.st_ino == archive_about.st_ino && about.st_dev == archive_about.st_dev && S_ISREG(about.st_mode)) {
    warn("%s: file is the archive; not dumped", path);
    return;
  }
  const char *name = without_root(path);
  if (S_ISDIR(about.st_mode)) {
    size_t length = strlen(name);
    char *slashed = take_format("%s%s", name, length > 0 && name[length - 1] == '/' ? "" : "/");
    put_member(slashed, "", '5', &about, 0);
    free(slashed);
    if (!tar_options.no_recursion) wait_for_content(path);
  } else if (S_ISLNK(about.st_mode)) {
    char target[4096];
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length > 0 ? length : 0] = 0;
    put_member(name, target, '2', &about, 0);
  } else if (S_ISREG(about.st_mode)) put_file(path, name, &about);
  else if (S_ISFIFO(about.st_mode)) put_member(name, "", '6', &about, 0);
  else if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode)) put_member(name, "", S_ISCHR(about.st_mode) ? '3' : '4', &about, 0);
  else warn("%s: socket ignored", path);
}

static char **next_member;
static bool ended;

/* One more member, or the end of the archive. @returns false when all is there */
static bool put_next(void) {
  if (ended) return false;
  if (waiting_count == 0 && *next_member != NULL) wait_for(*next_member++);
  if (waiting_count > 0) {
    struct text path = waiting[--waiting_count];
    put_path(path.bytes);
    free(path.bytes);
    return true;
  }
  static const char zeros[TAR_BLOCK * 2];
  put(zeros, sizeof zeros);
  ended = true;
  return true;
}

static ptrdiff_t pull(void *context, void *bytes, size_t room) {
  (void)context;
  while (held_at == held.length) {
    held_at = 0;
    text_clear(&held);
    if (!put_next()) return 0;
  }
  size_t count = held.length - held_at < room ? held.length - held_at : room;
  memcpy(bytes, held.bytes + held_at, count);
  held_at += count;
  return (ptrdiff_t)count;
}

static bool push(void *context, const void *bytes, size_t length) {
  (void)context;
  return write_all(archive, bytes, length);
}

int tar_write(int file) {
  archive = file;
  next_member = tar_options.members;
  if (fstat(file, &archive_about) != 0 || !S_ISREG(archive_about.st_mode)) archive_about.st_ino = 0;
  direct = !tar_options.gzip;
  if (direct) {
    while (put_next()) continue;
  } else {
    struct flow flow = {.read = pull, .write = push};
    const char *fault = gzip_pack(&flow, 6, NULL, 0);
    if (fault != NULL) die(2, "%s", fault);
  }
  return tar_status;
}
