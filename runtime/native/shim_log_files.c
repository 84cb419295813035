// The names of a log's full files.
#include "shim_log.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int log_find_last(struct log *log) {
  char folder[PATH_MAX];
  const char *slash = strrchr(log->path, '/'), *name = slash == NULL ? log->path : slash + 1;
  snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - log->path), slash == NULL ? "." : log->path);
  DIR *entries = opendir(folder);
  if (entries == NULL) return -1;
  size_t length = strlen(name);
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    if (strncmp(entry->d_name, name, length) != 0 || entry->d_name[length] != '.') continue;
    char *end;
    long number = strtol(entry->d_name + length + 1, &end, 10);
    if (*end == 0 && number > log->last && number < LONG_MAX) log->last = number;
  }
  return closedir(entries);
}

// path.2 -> path.3, path.1 -> path.2, path -> path.1; with a single file it starts over.
// The oldest is unlinked first: a rename over a file makes some file systems write the new one out at once (ext4's
// auto_da_alloc), which costs milliseconds for each of them.
static void shift(struct log *log) {
  char from[4200], to[4200];
  if (log->max_files > 1) {
    snprintf(to, sizeof to, "%s.%ld", log->path, log->max_files - 1);
    unlink(to);
  }
  for (long i = log->max_files - 1; i > 0; i--) {
    snprintf(to, sizeof to, "%s.%ld", log->path, i);
    if (i > 1) snprintf(from, sizeof from, "%s.%ld", log->path, i - 1);
    else snprintf(from, sizeof from, "%s", log->path);
    rename(from, to); // absent ones are none to move
  }
}

// path -> path.8 after path.7. What is too old goes in both its forms, first the one that is read when both are there.
static void count_up(struct log *log) {
  char name[4200];
  snprintf(name, sizeof name, "%s.%ld", log->path, log->last + 1);
  if (rename(log->path, name) != 0) return; // it starts over where it is, and no other goes for it
  log->last++;
  long oldest = log->last - (log->max_files - 1);
  if (oldest < 1) return;
  snprintf(name, sizeof name, "%s.%ld.gz", log->path, oldest);
  unlink(name);
  snprintf(name, sizeof name, "%s.%ld", log->path, oldest);
  unlink(name);
}

void log_make_way(struct log *log) {
  if (log->counts_up) count_up(log);
  else shift(log);
}
