// Builtins for the working directory, traps and limits.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builtins.h"
#include "directory.h"
#include "files.h"
#include "history.h"
#include "run.h"
#include "traps.h"
#include "variables.h"

static bool is_physical(struct letters *letters, int argc, char **argv, bool *is_bad) {
  int letter;
  bool physical = false;
  *is_bad = false;
  while ((letter = next_letter(letters, argc, argv, "LP")) != 0) {
    if (letter == '?') *is_bad = true;
    if (letter == '?') break;
    physical = letter == 'P';
  }
  return physical;
}

int builtin_cd(int argc, char **argv) {
  struct letters letters = {.at = 1};
  bool is_bad, prints = false;
  bool physical = is_physical(&letters, argc, argv, &is_bad);
  if (is_bad) return 2;
  const char *to = letters.at < argc ? argv[letters.at] : variable_or("HOME", "");
  if (strcmp(to, "-") == 0) {
    to = variable_get("OLDPWD");
    prints = true;
    if (to == NULL) {
      complain("cd: OLDPWD not set");
      return 2;
    }
  }
  if (*to == '\0') return 0;
  bool searches = to[0] != '/' && strcmp(to, ".") != 0 && strcmp(to, "..") != 0 && strncmp(to, "./", 2) != 0 && strncmp(to, "../", 3) != 0;
  int failure = -ENOENT;
  for (const char *at = searches ? variable_get("CDPATH") : NULL; at != NULL && failure < 0;) {
    size_t size = strcspn(at, ":");
    char *full = region_get(&scratch, size + strlen(to) + 2);
    memcpy(full, at, size);
    if (size > 0) strcat(full, "/");
    strcat(full, to);
    failure = directory_change(full, physical);
    if (failure == 0 && size > 0) prints = true;
    at = at[size] == '\0' ? NULL : at + size + 1;
  }
  if (failure < 0) failure = directory_change(to, physical);
  if (failure < 0) {
    complain("cd: can't cd to %s: %s", to, error_text(failure));
    return 2;
  }
  if (prints) out_format("%s\n", shell.directory);
  return 0;
}

int builtin_pwd(int argc, char **argv) {
  struct letters letters = {.at = 1};
  bool is_bad;
  bool physical = is_physical(&letters, argc, argv, &is_bad);
  if (is_bad) return 2;
  char *path = physical ? directory_physical(shell.directory) : NULL;
  out_format("%s\n", path == NULL ? shell.directory : path);
  free(path);
  return 0;
}

static void print_traps(void) {
  for (int signal = 0; signal < signal_limit; signal++) {
    if (shell.traps.actions[signal] == NULL) continue;
    out("trap -- ");
    out_quoted(shell.traps.actions[signal]);
    out_format(" %s\n", signal_name(signal));
  }
}

int builtin_trap(int argc, char **argv) {
  int at = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1, status = 0;
  if (at >= argc) {
    print_traps();
    return 0;
  }
  // A number, or one word alone, is a signal: the default.
  bool is_default = argc - at == 1 || (argv[at][0] >= '0' && argv[at][0] <= '9');
  const char *action = is_default || strcmp(argv[at], "-") == 0 ? NULL : argv[at];
  if (!is_default) at++;
  for (; at < argc; at++) {
    int signal = signal_number(argv[at]);
    if (signal >= 0) {
      trap_set(signal, action);
      continue;
    }
    complain("trap: %s: bad trap", argv[at]);
    status = 1;
  }
  return status;
}

static bool set_mask(const char *word) {
  char *end;
  long mask = strtol(word, &end, 8);
  if (*end == '\0' && end != word && mask >= 0 && mask <= 0777) {
    shell.mask = (int)mask;
    return true;
  }
  // Permissions that stay, as chmod has them: u=rwx,g-w.
  int kept = ~shell.mask & 0777;
  for (const char *at = word; *at != '\0';) {
    int who = 0, bits = 0;
    for (; *at != '\0' && strchr("ugoa", *at) != NULL; at++) who |= *at == 'u' ? 0700 : *at == 'g' ? 0070 : *at == 'o' ? 0007 : 0777;
    if (who == 0) who = 0777;
    char how = *at;
    if (how == '\0' || strchr("+-=", how) == NULL) return false;
    for (at++; *at != '\0' && strchr("rwx", *at) != NULL; at++) bits |= *at == 'r' ? 0444 : *at == 'w' ? 0222 : 0111;
    kept = how == '+' ? kept | (bits & who) : how == '-' ? kept & ~(bits & who) : (kept & ~who) | (bits & who);
    if (*at == ',') at++;
    else if (*at != '\0') return false;
  }
  shell.mask = ~kept & 0777;
  return true;
}

static void print_mask(void) {
  static const char who[] = "ugo";
  for (int index = 0; index < 3; index++) {
    int bits = ~shell.mask >> (6 - 3 * index);
    out_format("%s%c=%s%s%s", index > 0 ? "," : "", who[index], bits & 4 ? "r" : "", bits & 2 ? "w" : "", bits & 1 ? "x" : "");
  }
  out_char('\n');
}

int builtin_umask(int argc, char **argv) {
  struct letters letters = {.at = 1};
  bool in_words = false;
  // -w is no option but permissions to take away.
  if (argc > 1 && strcmp(argv[1], "-S") == 0) {
    in_words = true;
    letters.at++;
  }
  if (letters.at >= argc) {
    if (in_words) print_mask();
    else out_format("%04o\n", (unsigned)shell.mask);
    return 0;
  }
  if (!set_mask(argv[letters.at])) {
    complain("umask: Illegal mode: %s", argv[letters.at]);
    return 2;
  }
  system_umask(shell.mask);
  return 0;
}

// Processes are bounded by their container, from outside.
int builtin_ulimit(int argc, char **argv) {
  struct letters letters = {.at = 1};
  int letter;
  while ((letter = next_letter(&letters, argc, argv, "HSatfdsmcnlpvwer")) != 0) {
    if (letter == '?') return 2;
  }
  if (letters.at >= argc || strcmp(argv[letters.at], "unlimited") == 0) {
    if (letters.at >= argc) out("unlimited\n");
    return 0;
  }
  complain("ulimit: limits are set for the whole container, when it is made");
  return 1;
}

int builtin_times(int argc, char **argv) {
  int64_t used[4];
  (void)argc, (void)argv;
  system_times(used);
  for (int index = 0; index < 4; index++) {
    out_format("%lldm%lld.%06llds%c", (long long)(used[index] / 60000), (long long)(used[index] / 1000 % 60), (long long)(used[index] % 1000 * 1000),
               index % 2 == 0 ? ' ' : '\n');
  }
  return 0;
}

int builtin_hash(int argc, char **argv) {
  int status = 0;
  if (argc > 1 && strcmp(argv[1], "-r") == 0) {
    path_forget();
    return 0;
  }
  for (int index = 1; index < argc; index++) {
    if (command_find(argv[index], 0).kind != command_missing) continue;
    complain("hash: %s: not found", argv[index]);
    status = 1;
  }
  return status;
}

int builtin_history(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "-c") == 0) {
    history_clear();
    return 0;
  }
  int count = history_count(), first = 0;
  if (argc > 1) {
    if (!number_argument(argv[1], &first)) return 2;
    first = first < count ? count - first : 0;
  }
  for (int index = first; index < count; index++) out_format("%5d  %s\n", index + 1, history_line(index));
  return 0;
}
