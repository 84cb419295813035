/* tar: reads ustar, GNU's long names and POSIX's extended headers, packed or not. What it makes stays below the working directory: names
 * with .. are refused, and links are made last where they lead elsewhere. */

#include "deflate.h"
#include "tar.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_HEADER ((uint64_t)1 << 20)

struct source {
  int file;
  struct inflate *inflate;
  uint8_t peeked[2];
  size_t peeked_count, peeked_at;
};

static struct source source;
static uint64_t left; /* of the content that is being read */

static ptrdiff_t read_raw(void *context, void *bytes, size_t room) {
  struct source *from = context;
  if (from->peeked_at < from->peeked_count) {
    *(uint8_t *)bytes = from->peeked[from->peeked_at++];
    return 1;
  }
  return read(from->file, bytes, room);
}

static bool read_full(void *bytes, size_t length) {
  uint8_t *to = bytes;
  for (size_t done = 0; done < length;) {
    const char *fault = NULL;
    ptrdiff_t got = source.inflate != NULL ? inflate_read(source.inflate, to + done, length - done, &fault) : read_raw(&source, to + done, length - done);
    if (got < 0) die(2, "%s", fault == NULL ? strerror(errno) : fault);
    if (got == 0) {
      if (done > 0) die(2, "unexpected EOF in archive");
      return false;
    }
    done += (size_t)got;
  }
  return true;
}

static uint64_t number(const char *field, size_t width) {
  uint64_t value = 0;
  if ((unsigned char)field[0] & 0x80) {
    for (size_t at = 1; at < width; at++) value = value << 8 | (unsigned char)field[at];
    return value;
  }
  for (size_t at = 0; at < width; at++) {
    if (field[at] >= '0' && field[at] <= '7') value = value * 8 + (uint64_t)(field[at] - '0');
    else if (field[at] != ' ' || value > 0) break;
  }
  return value;
}

static bool checksum_fits(const char *block) {
  unsigned sum = 0;
  for (size_t at = 0; at < TAR_BLOCK; at++) sum += at >= 148 && at < 156 ? ' ' : (unsigned char)block[at];
  return number(block + 148, 8) == sum;
}

static void set(struct text *text, const char *bytes, size_t length) {
  text_clear(text);
  text_add(text, bytes, strnlen(bytes, length));
}

static void read_padded(struct text *into, uint64_t size) {
  if (size > MOST_HEADER) die(2, "a header of the archive is too long");
  text_clear(into);
  text_reserve(into, (size_t)size + TAR_BLOCK);
  if (size > 0 && !read_full(into->bytes, (size_t)((size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK))) die(2, "unexpected EOF in archive");
  into->length = (size_t)size;
  into->bytes[size] = 0;
}

/* `LENGTH KEY=VALUE\n`, one after another. */
static void apply_pax(const struct text *records, struct tar_member *member, bool *has_path, bool *has_target, bool *has_size) {
  for (const char *at = records->bytes, *end = at + records->length; at < end;) {
    char *rest;
    unsigned long length = strtoul(at, &rest, 10);
    if (*rest != ' ' || length == 0 || length > (size_t)(end - at)) return;
    const char *key = rest + 1, *stop = at + length - 1, *equals = memchr(key, '=', (size_t)(stop - key));
    if (equals == NULL) return;
    size_t key_length = (size_t)(equals - key), value_length = (size_t)(stop - equals - 1);
#define IS(word) (key_length == sizeof word - 1 && memcmp(key, word, key_length) == 0)
    if (IS("path")) {
      set(&member->path, equals + 1, value_length);
      *has_path = true;
    } else if (IS("linkpath")) {
      set(&member->target, equals + 1, value_length);
      *has_target = true;
    } else if (IS("size")) {
      member->size = strtoull(equals + 1, NULL, 10);
      *has_size = true;
    } else if (IS("uid")) member->uid = (uid_t)strtoul(equals + 1, NULL, 10);
    else if (IS("gid")) member->gid = (gid_t)strtoul(equals + 1, NULL, 10);
    else if (IS("mtime")) {
      char *fraction;
      member->modified.tv_sec = (time_t)strtoll(equals + 1, &fraction, 10);
      member->modified.tv_nsec = *fraction == '.' ? (long)(strtod(fraction, NULL) * 1e9) : 0;
    }
#undef IS
    at += length;
  }
}

/* The next member. @returns false at the end */
static bool next_member(struct tar_member *member) {
  char block[TAR_BLOCK];
  struct text records = {0}, name = {0};
  bool has_path = false, has_target = false, has_size = false;
  for (bool some = false;; some = true) {
    if (!read_full(block, TAR_BLOCK)) return false;
    bool empty = true;
    for (size_t at = 0; at < TAR_BLOCK && empty; at++) empty = block[at] == 0;
    if (empty) return false;
    if (!checksum_fits(block)) die(2, some ? "archive is damaged" : "This does not look like a tar archive");
    char type = block[156];
    uint64_t size = number(block + 124, 12);
    if (type == 'L' || type == 'K') {
      read_padded(&name, size);
      set(type == 'L' ? &member->path : &member->target, name.bytes, name.length);
      *(type == 'L' ? &has_path : &has_target) = true;
    } else if (type == 'x') read_padded(&records, size);
    else if (type == 'g') read_padded(&name, size);
    else break;
  }
  if (!has_path) {
    text_clear(&member->path);
    if (block[345] != 0 && memcmp(block + 257, "ustar\0", 6) == 0) text_format(&member->path, "%.155s/", block + 345);
    text_format(&member->path, "%.100s", block);
  }
  if (!has_target) set(&member->target, block + 157, 100);
  member->type = block[156] == 0 || block[156] == '7' ? '0' : block[156];
  member->mode = (mode_t)number(block + 100, 8) & 07777;
  member->uid = (uid_t)number(block + 108, 8);
  member->gid = (gid_t)number(block + 116, 8);
  member->size = number(block + 124, 12);
  member->modified = (struct timespec){.tv_sec = (time_t)number(block + 136, 12)};
  snprintf(member->user, sizeof member->user, "%.32s", block + 265);
  snprintf(member->group, sizeof member->group, "%.32s", block + 297);
  if (records.length > 0) apply_pax(&records, member, &has_path, &has_target, &has_size);
  if (member->type != '0') member->size = member->type >= '1' && member->type <= '6' ? 0 : member->size;
  if (member->type == '0' && member->path.length > 0 && member->path.bytes[member->path.length - 1] == '/') member->type = '5';
  left = member->size;
  free(records.bytes);
  free(name.bytes);
  return true;
}

static void each_block(bool (*act)(void *context, const void *bytes, size_t length), void *context) {
  static char buffer[65536];
  uint64_t padding = (TAR_BLOCK - left % TAR_BLOCK) % TAR_BLOCK;
  bool good = true;
  while (left > 0) {
    size_t length = left < sizeof buffer ? (size_t)left : sizeof buffer;
    if (!read_full(buffer, length)) die(2, "unexpected EOF in archive");
    if (good && act != NULL) good = act(context, buffer, length);
    left -= length;
  }
  if (padding > 0 && !read_full(buffer, (size_t)padding)) die(2, "unexpected EOF in archive");
}

static bool to_file(void *context, const void *bytes, size_t length) {
  if (write_all(*(int *)context, bytes, length)) return true;
  warn_errno("cannot write");
  tar_status = 2;
  return false;
}

static bool climbs(const char *path) {
  for (const char *at = path;;) {
    size_t length = strcspn(at, "/");
    if (length == 2 && at[0] == '.' && at[1] == '.') return true;
    if (at[length] == 0) return false;
    at += length + 1;
  }
}

/* Where a member goes; null when it is left out. */
static const char *place_of(const struct tar_member *member) {
  const char *path = member->path.bytes;
  if (!tar_options.keep_names) {
    path += strspn(path, "/");
    if (climbs(path)) {
      warn("%s: member name contains '..', skipping", member->path.bytes);
      tar_status = 2;
      return NULL;
    }
  }
  for (int count = 0; count < tar_options.strip; count++) {
    path += strcspn(path, "/");
    path += strspn(path, "/");
  }
  return *path == 0 ? NULL : path;
}

static void make_parents(const char *path) {
  char *copy = take_copy(path);
  for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(copy, 0777);
    *slash = '/';
  }
  free(copy);
}

static void keep(const char *path, const struct tar_member *member) {
  if (geteuid() == 0) lchown(path, member->uid, member->gid);
  mode_t mask = umask(0);
  umask(mask);
  if (member->type != '2') chmod(path, tar_options.keep_modes || geteuid() == 0 ? member->mode : member->mode & 0777 & ~mask);
  struct timespec times[2] = {member->modified, member->modified};
  if (!tar_options.no_times) utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

/* Times and modes of folders come last, since what is made in them changes both; so do links that lead out of the archive. */
struct later {
  char *path, *target;
  struct tar_member member;
};

static struct later *laters;
static size_t later_count;

static void do_later(const char *path, const char *target, const struct tar_member *member) {
  laters = take_more(laters, (later_count + 1) * sizeof *laters);
  laters[later_count++] = (struct later){take_copy(path), target == NULL ? NULL : take_copy(target), *member};
}

static bool fail(const char *path, const char *what) {
  warn_errno("%s: cannot %s", path, what);
  tar_status = 2;
  return false;
}

static void make_link(const char *path, const char *target, const struct tar_member *member) {
  unlink(path);
  if (symlink(target, path) != 0) fail(path, "create symlink");
  else keep(path, member);
}

static void extract_link(const char *path, const struct tar_member *member) {
  const char *target = member->target.bytes;
  if (!tar_options.keep_names && (*target == '/' || climbs(target))) {
    /* A file holds its place, so that nothing goes through it meanwhile. */
    unlink(path);
    int file = create_file(path, 0600, true);
    if (file < 0) fail(path, "create symlink");
    else close(file);
    do_later(path, target, member);
    return;
  }
  make_link(path, target, member);
}

static void extract_file(const char *path, const struct tar_member *member) {
  unlink(path);
  int file = create_file(path, member->mode & 0700, false);
  if (file < 0) {
    fail(path, "open");
    each_block(NULL, NULL);
    return;
  }
  each_block(to_file, &file);
  close(file);
  keep(path, member);
}

static void extract(const struct tar_member *member) {
  const char *path = place_of(member);
  struct stat about;
  if (path == NULL) {
    each_block(NULL, NULL);
    return;
  }
  if (tar_options.verbose) printf("%s\n", member->path.bytes);
  make_parents(path);
  if (tar_options.keep_old && member->type != '5' && lstat(path, &about) == 0) {
    warn("%s: cannot open: File exists", path);
    tar_status = 2;
    each_block(NULL, NULL);
    return;
  }
  switch (member->type) {
  case '0': extract_file(path, member); return;
  case '5':
    if (mkdir(path, 0777) != 0 && errno != EEXIST) fail(path, "mkdir");
    else do_later(path, NULL, member);
    break;
  case '2': extract_link(path, member); break;
  case '1': {
    const char *target = tar_options.keep_names ? member->target.bytes : member->target.bytes + strspn(member->target.bytes, "/");
    unlink(path);
    if (!tar_options.keep_names && climbs(target)) {
      warn("%s: link to '%s' is refused", path, target);
      tar_status = 2;
    } else if (link(target, path) != 0) fail(path, "hard link");
    break;
  }
  case '6':
    unlink(path);
    if (mkfifo(path, member->mode) != 0) fail(path, "mkfifo");
    else keep(path, member);
    break;
  default:
    warn("%s: devices cannot be made here", path);
    tar_status = 2;
  }
  each_block(NULL, NULL);
}

static void finish_later(void) {
  while (later_count > 0) {
    struct later *later = laters + --later_count;
    if (later->target != NULL) make_link(later->path, later->target, &later->member);
    else keep(later->path, &later->member);
  }
}

/* Members are wanted by their names, or by that of a folder above them. */
static bool wanted(const char *path, bool *found) {
  if (tar_options.members[0] == NULL) return true;
  for (size_t index = 0; tar_options.members[index] != NULL; index++) {
    const char *name = tar_options.members[index];
    size_t length = strlen(name);
    while (length > 1 && name[length - 1] == '/') length--;
    if (strncmp(path, name, length) == 0 && (path[length] == 0 || path[length] == '/')) return found[index] = true;
  }
  return false;
}

static void open_source(int file) {
  source = (struct source){.file = file};
  while (source.peeked_count < 2) {
    ssize_t got = read(file, source.peeked + source.peeked_count, 2 - source.peeked_count);
    if (got < 0) die_errno(2, "cannot read");
    if (got == 0) break;
    source.peeked_count += (size_t)got;
  }
  bool packed = source.peeked_count == 2 && source.peeked[0] == 0x1f && source.peeked[1] == 0x8b;
  if (tar_options.gzip && !packed && source.peeked_count > 0) die(2, "not in gzip format");
  if (packed) source.inflate = inflate_open(read_raw, &source);
  else if (source.peeked_count == 0) die(2, "This does not look like a tar archive");
}

int tar_read(int file) {
  size_t count = 0;
  while (tar_options.members[count] != NULL) count++;
  bool *found = take(count + 1);
  struct tar_member member = {0};
  open_source(file);
  while (next_member(&member)) {
    if (!wanted(member.path.bytes, found) || tar_excluded(member.path.bytes)) {
      each_block(NULL, NULL);
      continue;
    }
    if (tar_options.action == 't') {
      tar_print(&member, stdout);
      each_block(NULL, NULL);
      continue;
    }
    int output = 1;
    if (tar_options.verbose && tar_options.to_output) fprintf(stderr, "%s\n", member.path.bytes);
    if (!tar_options.to_output) extract(&member);
    else {
      fflush(stdout);
      each_block(member.type == '0' ? to_file : NULL, &output);
    }
  }
  finish_later();
  for (size_t index = 0; index < count; index++) {
    if (found[index]) continue;
    warn("%s: Not found in archive", tar_options.members[index]);
    tar_status = 2;
  }
  return tar_status;
}
