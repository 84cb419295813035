/* tar: its options. */

#include "tar.h"
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tar_options tar_options;
int tar_status;

/* A glob fits a path, or any end of it that begins behind a slash. */
bool tar_excluded(const char *path) {
  for (size_t at = 0; at < tar_options.excludes.length; at += strlen(tar_options.excludes.bytes + at) + 1) {
    const char *glob = tar_options.excludes.bytes + at;
    for (const char *part = path; part != NULL; part = strchr(part, '/') == NULL ? NULL : strchr(part, '/') + 1) {
      if (fnmatch(glob, part, FNM_LEADING_DIR) == 0) return true;
    }
  }
  return false;
}

void tar_print(const struct tar_member *member, FILE *to) {
  if (!tar_options.verbose) {
    fprintf(to, "%s\n", member->path.bytes);
    return;
  }
  static int width = 19;
  static const char letters[] = "0-1h2l3c4b5d6p7-";
  char mode[11], when[32], owner[80], size[24];
  mode_letters(member->mode, mode);
  const char *place = strchr(letters, member->type);
  mode[0] = place == NULL ? '-' : place[1];
  struct tm parts;
  localtime_r(&member->modified.tv_sec, &parts);
  strftime(when, sizeof when, "%Y-%m-%d %H:%M", &parts);
  if (member->user[0] != 0 && !tar_options.numeric) snprintf(owner, sizeof owner, "%s/%s", member->user, member->group);
  else snprintf(owner, sizeof owner, "%u/%u", (unsigned)member->uid, (unsigned)member->gid);
  snprintf(size, sizeof size, "%llu", (unsigned long long)(member->type == '1' || member->type == '2' ? 0 : member->size));
  int taken = (int)(strlen(owner) + strlen(size)) + 1;
  if (taken > width) width = taken;
  fprintf(to, "%s %s %*s %s %s", mode, owner, width - (int)strlen(owner) - 1, size, when, member->path.bytes);
  if (member->type == '2') fprintf(to, " -> %s", member->target.bytes);
  if (member->type == '1') fprintf(to, " link to %s", member->target.bytes);
  fputc('\n', to);
}

/* The first word may lack its minus, and takes its arguments from the words that follow, in the order of the letters. */
static void old_options(int *argc, char ***argv) {
  if (*argc < 2 || (*argv)[1][0] == '-') return;
  const char *letters = (*argv)[1];
  char **words = take(sizeof *words * (size_t)(*argc + (int)strlen(letters) + 1));
  int count = 0, next = 2;
  words[count++] = (*argv)[0];
  for (; *letters != 0; letters++) {
    words[count++] = take_format("-%c", *letters);
    if (strchr("fCTX", *letters) != NULL && next < *argc) words[count++] = (*argv)[next++];
  }
  while (next < *argc) words[count++] = (*argv)[next++];
  *argc = count;
  *argv = words;
}

static void read_names(const char *path, bool exclude, char ***members, size_t *count) {
  struct text whole = {0};
  int file = open_input(path);
  if (file < 0 || !read_whole(file, &whole)) exit(2);
  close_input(file);
  char *rest = whole.bytes;
  for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
    if (*line == 0) continue;
    if (exclude) text_add(&tar_options.excludes, line, strlen(line) + 1);
    else {
      *members = take_more(*members, (*count + 2) * sizeof **members);
      (*members)[(*count)++] = line;
    }
  }
}

enum { EXCLUDE = 256, STRIP, NUMERIC, NO_RECURSION, IGNORED };

int tar_main(int argc, char **argv) {
  static const struct option names[] = {
      {"create", 0, 0, 'c'},     {"extract", 0, 0, 'x'}, {"get", 0, 0, 'x'},       {"list", 0, 0, 't'},   {"file", 1, 0, 'f'},
      {"gzip", 0, 0, 'z'},       {"verbose", 0, 0, 'v'}, {"directory", 1, 0, 'C'}, {"exclude", 1, 0, EXCLUDE}, {"files-from", 1, 0, 'T'},
      {"exclude-from", 1, 0, 'X'}, {"preserve-permissions", 0, 0, 'p'}, {"to-stdout", 0, 0, 'O'}, {"dereference", 0, 0, 'h'}, {"touch", 0, 0, 'm'},
      {"absolute-names", 0, 0, 'P'}, {"strip-components", 1, 0, STRIP}, {"numeric-owner", 0, 0, NUMERIC}, {"keep-old-files", 0, 0, 'k'}, {"append", 0, 0, 'r'},
      {"no-recursion", 0, 0, NO_RECURSION}, {"no-same-owner", 0, 0, IGNORED}, {"same-owner", 0, 0, IGNORED}, {"overwrite", 0, 0, IGNORED}, {"format", 1, 0, IGNORED},
      {"sort", 1, 0, IGNORED}, {"no-same-permissions", 0, 0, IGNORED}, {0}};
  char **members = NULL;
  size_t count = 0;
  old_options(&argc, &argv);
  for (int option; (option = getopt_long(argc, argv, "cxtrf:zvC:T:X:pOhmPkajJno", names, NULL)) != -1;) {
    switch (option) {
    case 'c': case 'x': case 't': case 'r':
      if (tar_options.action != 0) die(2, "you may not specify more than one of '-crtx'");
      tar_options.action = (char)option;
      break;
    case 'f': tar_options.file = optarg; break;
    case 'z': tar_options.gzip = true; break;
    case 'a': tar_options.gzip |= tar_options.file != NULL && strstr(tar_options.file, "gz") != NULL; break;
    case 'v': tar_options.verbose = true; break;
    /* Before what is archived is opened, as the order of the words says. */
    case 'C': if (tar_options.file != NULL && *tar_options.file != '/' && strcmp(tar_options.file, "-") != 0) {
        char *here = getcwd(NULL, 0);
        if (here != NULL) tar_options.file = path_join(here, tar_options.file);
      }
      if (chdir(optarg) != 0) die_errno(2, "%s: cannot open", optarg);
      break;
    case 'T': case 'X': read_names(optarg, option == 'X', &members, &count); break;
    case EXCLUDE: text_add(&tar_options.excludes, optarg, strlen(optarg) + 1); break;
    case STRIP: tar_options.strip = (int)parse_number(optarg, 2, "number of elements"); break;
    case NUMERIC: tar_options.numeric = true; break;
    case NO_RECURSION: tar_options.no_recursion = true; break;
    case 'p': tar_options.keep_modes = true; break;
    case 'O': tar_options.to_output = true; break;
    case 'h': tar_options.follow = true; break;
    case 'm': tar_options.no_times = true; break;
    case 'P': tar_options.keep_names = true; break;
    case 'k': tar_options.keep_old = true; break;
    case 'j': case 'J': die(2, "only gzip is known here: not bzip2 or xz");
    case 'n': case 'o': case IGNORED: break;
    default: return 2;
    }
  }
  if (tar_options.action == 0) die(2, "you must specify one of '-c', '-x' or '-t'");
  if (tar_options.action == 'r') die(2, "archives cannot be added to here");
  members = take_more(members, (count + (size_t)(argc - optind) + 1) * sizeof *members);
  for (; optind < argc; optind++) members[count++] = argv[optind];
  members[count] = NULL;
  tar_options.members = members;
  bool standard = tar_options.file == NULL || strcmp(tar_options.file, "-") == 0, writing = tar_options.action == 'c';
  if (writing && count == 0) die(2, "cowardly refusing to create an empty archive");
  int file = standard ? writing : writing ? create_file(tar_options.file, 0666, false) : open(tar_options.file, O_RDONLY);
  if (file < 0) die_errno(2, "%s: cannot open", tar_options.file);
  int status = writing ? tar_write(file) : tar_read(file);
  if (!standard) close(file);
  if (status != 0) warn("exiting with failure status due to previous errors");
  return status;
}
