// Entries on the wire, and the extended attributes of what a descriptor stands for.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "tree.h"

static uint64_t get(const unsigned char *at, int bytes) {
  uint64_t value = 0;
  for (int i = bytes; i-- > 0;) value = value << 8 | at[i];
  return value;
}

static void put(unsigned char *at, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> (8 * i));
}

static bool copy_name(char to[path_limit], const unsigned char *from, size_t size) {
  if (memchr(from, 0, size) != NULL) return false;
  memcpy(to, from, size);
  to[size] = 0;
  return true;
}

bool entry_decode(const unsigned char *data, size_t size, struct entry *entry) {

  if (size < entry_size) return false;
  size_t path = get(data + 20, 2), link = get(data + 22, 2), attributes = get(data + 24, 4);
  if (path >= path_limit || link >= path_limit || entry_size + path + link + attributes != size) return false;
  entry->type = (char)data[0];
  entry->has_content = (data[1] & 1) != 0;
  entry->mode = (uint16_t)(get(data + 2, 2) & 07777);
  entry->uid = (uint32_t)get(data + 4, 4);
  entry->gid = (uint32_t)get(data + 8, 4);
  entry->major = (uint32_t)get(data + 12, 4);
  entry->minor = (uint32_t)get(data + 16, 4);
  entry->size = get(data + 32, 8);
  entry->mtime_ns = (int64_t)get(data + 40, 8);
  entry->attributes = data + entry_size + path + link;
  entry->attributes_size = attributes;
  return copy_name(entry->path, data + entry_size, path) && copy_name(entry->link, data + entry_size + path, link);
}

// Calls that take a name reach the inode of an O_PATH descriptor through /proc/self/fd, which is the working directory.
static const char *name_of(int fd, char name[16]) {
  snprintf(name, 16, "%d", fd);
  return name;
}

// Collects the attributes into `to`; what cannot be read, or has no room, is left out. Gives their size.
static size_t collect_attributes(int fd, unsigned char *to, size_t room) {
  char self[16], names[16 * 1024];
  name_of(fd, self);
  ssize_t total = listxattr(self, names, sizeof names);
  size_t size = 0;
  for (ssize_t at = 0; at < total;) {
    const char *name = names + at;
    size_t length = strlen(name);
    at += (ssize_t)length + 1;
    if (size + 6 + length >= room) continue;
    ssize_t value = getxattr(self, name, to + size + 6 + length, room - size - 6 - length);
    if (value < 0) continue;
    put(to + size, length, 2);
    put(to + size + 2, (uint64_t)value, 4);
    memcpy(to + size + 6, name, length);
    size += 6 + length + (size_t)value;
  }
  return size;
}

void entry_send(struct tree *tree, const char *path, const struct stat *info, const char *link, char type, int fd) {
  size_t path_size = strlen(path), link_size = strlen(link);
  // The attributes of one file are at most 64 KiB by the kernel's limit on their list and each value; those few files that
  // have more lose the rest.
  size_t most = frame_size + entry_size + path_size + link_size + 80 * 1024;
  unsigned char *frame = tree_room(tree, most), *data = frame + frame_size;
  memset(data, 0, entry_size);
  data[0] = (unsigned char)type;
  put(data + 2, info->st_mode & 07777, 2);
  put(data + 4, info->st_uid, 4);
  put(data + 8, info->st_gid, 4);
  bool device = S_ISCHR(info->st_mode) || S_ISBLK(info->st_mode);
  put(data + 12, device ? major(info->st_rdev) : 0, 4);
  put(data + 16, device ? minor(info->st_rdev) : 0, 4);
  put(data + 20, path_size, 2);
  put(data + 22, link_size, 2);
  put(data + 32, (uint64_t)info->st_size, 8);
  put(data + 40, (uint64_t)((int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec), 8);
  memcpy(data + entry_size, path, path_size);
  memcpy(data + entry_size + path_size, link, link_size);
  unsigned char *attributes = data + entry_size + path_size + link_size;
  size_t attributes_size = fd < 0 ? 0 : collect_attributes(fd, attributes, 80 * 1024);
  put(data + 24, attributes_size, 4);
  size_t size = entry_size + path_size + link_size + attributes_size;
  frame[0] = 'I';
  put(frame + 1, size, 4);
  tree->out_size += frame_size + size;
}
