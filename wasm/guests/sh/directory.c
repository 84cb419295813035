#include "directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell.h"
#include "variables.h"

enum { most_links = 40, path_room = 4096 };

// Of `path` from `base`, without `.`, `..` and doubled slashes.
static char *join(const char *base, const char *path) {
  struct text text = {0};
  if (path[0] != '/') text_string(&text, base);
  for (const char *at = path; *at != '\0';) {
    size_t size = strcspn(at, "/");
    if (size == 2 && at[0] == '.' && at[1] == '.') {
      while (text.size > 0 && text.bytes[text.size - 1] != '/') text.size--;
      if (text.size > 0) text.size--;
    } else if (size > 0 && !(size == 1 && at[0] == '.')) {
      if (text.size == 0 || text.bytes[text.size - 1] != '/') text_put(&text, '/');
      text_add(&text, at, size);
    }
    at += size;
    if (*at == '/') at++;
  }
  if (text.size == 0) text_put(&text, '/');
  return text_end(&text);
}

// The first link in it is followed; NULL when there is none, or it is not there.
static char *follow_one(const char *path, bool *is_missing) {
  char target[path_room];
  for (const char *end = path + 1;; end++) {
    end += strcspn(end, "/");
    char *prefix = memory_copy(path);
    prefix[end - path] = '\0';
    struct coracle_stat stat;
    *is_missing = system_stat(prefix, false, &stat) < 0;
    ssize_t size = *is_missing || !S_ISLNK(stat.mode) ? -1 : readlink(prefix, target, sizeof target - 1);
    if (size >= 0) {
      target[size] = '\0';
      char *parent = join(prefix, ".."), *there = join(parent, target), *whole = join(there, *end == '/' ? end + 1 : ".");
      free(prefix);
      free(parent);
      free(there);
      return whole;
    }
    free(prefix);
    if (*is_missing || *end == '\0') return NULL;
  }
}

char *directory_physical(const char *path) {
  char *at = memory_copy(path);
  bool is_missing = false;
  for (int links = 0; links < most_links; links++) {
    char *next = strcmp(at, "/") == 0 ? NULL : follow_one(at, &is_missing);
    if (is_missing) {
      free(at);
      return NULL;
    }
    if (next == NULL) return at;
    free(at);
    at = next;
  }
  free(at);
  return NULL;
}

int directory_change(const char *path, bool is_physical) {
  char *to = join(shell.directory, path);
  if (is_physical) {
    char *physical = directory_physical(to);
    free(to);
    to = physical;
    if (to == NULL) return -ENOENT;
  }
  int failure = system_change_directory(to);
  if (failure < 0) {
    free(to);
    return failure;
  }
  char *former = shell.directory;
  shell.directory = to;
  variable_set("OLDPWD", former);
  variable_set("PWD", to);
  free(former);
  return 0;
}

static bool is_same(const struct coracle_stat *one, const struct coracle_stat *other) {
  return one->device == other->device && one->inode == other->inode;
}

static bool is_here(const char *path) {
  struct coracle_stat there, here;
  return path != NULL && path[0] == '/' && system_stat(path, true, &there) == 0 && system_stat(".", true, &here) == 0 && is_same(&there, &here);
}

// How a directory is called in the one above it; to be freed.
static char *name_in(const char *above, const struct coracle_stat *wanted) {
  DIR *directory = opendir(above);
  char *name = NULL;
  if (directory == NULL) return NULL;
  for (struct dirent *entry = readdir(directory); entry != NULL && name == NULL; entry = readdir(directory)) {
    struct text path = {0};
    struct coracle_stat stat;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    text_string(&path, above);
    text_put(&path, '/');
    text_string(&path, entry->d_name);
    if (system_stat(text_end(&path), false, &stat) == 0 && is_same(&stat, wanted)) name = memory_copy(entry->d_name);
    text_free(&path);
  }
  closedir(directory);
  return name;
}

// WASI's working directory is a descriptor without a name: it is found from below. The root where that fails.
static char *find_name(void) {
  struct text up = {0}, path = {0};
  struct coracle_stat here, root;
  bool is_known = system_stat("/", true, &root) == 0 && system_stat(".", true, &here) == 0;
  text_string(&up, "..");
  while (is_known && !is_same(&here, &root) && up.size < path_room) {
    char *name = name_in(text_end(&up), &here);
    is_known = name != NULL && system_stat(text_end(&up), true, &here) == 0;
    if (is_known) {
      char *below = memory_copy(text_end(&path));
      path.size = 0;
      text_put(&path, '/');
      text_string(&path, name);
      text_string(&path, below);
      free(below);
    }
    free(name);
    text_string(&up, "/..");
  }
  if (path.size == 0 || !is_known) {
    path.size = 0;
    text_put(&path, '/');
  }
  text_free(&up);
  return text_end(&path);
}

// PWD is believed when it is true.
void directory_begin(void) {
  const char *inherited = variable_get("PWD");
  shell.directory = is_here(inherited) ? memory_copy(inherited) : find_name();
  variable_set("PWD", shell.directory);
}
