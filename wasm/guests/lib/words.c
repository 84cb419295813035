/* Numbers, modes and names as tools read and print them. */

#include "sys.h"
#include "tool.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t multiplier(const char *suffix) {
  static const char letters[] = "KMGTPE";
  if (*suffix == 0 || strcmp(suffix, "c") == 0) return 1;
  if (strcmp(suffix, "b") == 0) return 512;
  if (strcmp(suffix, "w") == 0) return 2;
  char first = *suffix == 'k' ? 'K' : *suffix;
  const char *place = strchr(letters, first);
  if (place == NULL) return 0;
  bool thousand = strcmp(suffix + 1, "B") == 0;
  if (suffix[1] != 0 && !thousand && strcmp(suffix + 1, "iB") != 0) return 0;
  uint64_t factor = 1;
  for (const char *each = letters; each <= place; each++) factor *= thousand ? 1000 : 1024;
  return factor;
}

int64_t parse_size(const char *text, int status) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  uint64_t factor = multiplier(end);
  if (end == text || factor == 0 || errno != 0) die(status, "invalid number: '%s'", text);
  int64_t result;
  if (__builtin_mul_overflow(value, (int64_t)factor, &result)) return value < 0 ? INT64_MIN : INT64_MAX;
  return result;
}

int64_t parse_number(const char *text, int status, const char *what) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (end == text || *end != 0 || errno != 0) die(status, "invalid %s: '%s'", what, text);
  return value;
}

char *human_size(uint64_t bytes, char *out) {
  static const char units[] = "KMGTPE";
  if (bytes < 1024) {
    sprintf(out, "%u", (unsigned)bytes);
    return out;
  }
  uint64_t unit = 1024;
  int place = 0;
  /* Rounded up, 1023.1 of a unit is one of the next. */
  while (place < 5 && (bytes + unit - 1) / unit >= 1024) {
    unit *= 1024;
    place++;
  }
  uint64_t tenths = bytes / unit * 10 + (bytes % unit * 10 + unit - 1) / unit;
  if (tenths < 100) sprintf(out, "%u.%u%c", (unsigned)(tenths / 10), (unsigned)(tenths % 10), units[place]);
  else sprintf(out, "%u%c", (unsigned)((bytes + unit - 1) / unit), units[place]);
  return out;
}

static char type_letter(mode_t mode) {
  if (S_ISDIR(mode)) return 'd';
  if (S_ISLNK(mode)) return 'l';
  if (S_ISCHR(mode)) return 'c';
  if (S_ISBLK(mode)) return 'b';
  if (S_ISFIFO(mode)) return 'p';
  return S_ISSOCK(mode) ? 's' : '-';
}

char *mode_letters(mode_t mode, char *out) {
  out[0] = type_letter(mode);
  for (int bit = 0; bit < 9; bit++) out[1 + bit] = mode >> (8 - bit) & 1 ? "rwx"[bit % 3] : '-';
  if (mode & S_ISUID) out[3] = out[3] == 'x' ? 's' : 'S';
  if (mode & S_ISGID) out[6] = out[6] == 'x' ? 's' : 'S';
  if (mode & S_ISVTX) out[9] = out[9] == 'x' ? 't' : 'T';
  out[10] = 0;
  return out;
}

/* The bits that one letter stands for, for user, group and others alike. */
static mode_t permission_bits(char letter, mode_t former, bool directory) {
  switch (letter) {
  case 'r': return 0444;
  case 'w': return 0222;
  case 'x': return 0111;
  case 'X': return directory || (former & 0111) ? 0111 : 0;
  case 's': return S_ISUID | S_ISGID;
  case 't': return S_ISVTX;
  case 'u': return (former >> 6 & 7) * 0111;
  case 'g': return (former >> 3 & 7) * 0111;
  case 'o': return (former & 7) * 0111;
  default: return 0;
  }
}

bool parse_mode(const char *text, mode_t former, bool directory, mode_t mask, mode_t *mode) {
  mode_t now = former & 07777;
  if (*text >= '0' && *text <= '7') {
    char *end;
    unsigned long value = strtoul(text, &end, 8);
    *mode = (mode_t)value;
    return *end == 0 && value <= 07777;
  }
  for (const char *at = text;; at++) {
    mode_t who = 0;
    for (; *at != 0 && strchr("ugoa", *at) != NULL; at++) {
      if (*at == 'u' || *at == 'a') who |= 0700 | S_ISUID;
      if (*at == 'g' || *at == 'a') who |= 0070 | S_ISGID;
      if (*at == 'o' || *at == 'a') who |= 0007;
      if (*at == 'a') who |= S_ISVTX;
    }
    mode_t within = who != 0 ? who | S_ISVTX : (mode_t)(07777 & ~mask);
    if (*at == 0 || strchr("+-=", *at) == NULL) return false;
    while (*at != 0 && strchr("+-=", *at) != NULL) {
      char operation = *at++;
      mode_t bits = 0;
      for (; *at != 0 && strchr("rwxXstugo", *at) != NULL; at++) bits |= permission_bits(*at, now, directory);
      bits &= within;
      mode_t cleared = who != 0 ? who & ~(directory ? S_ISUID | S_ISGID : 0) : 0777;
      if (operation == '=') now = (now & ~(cleared & 07777)) | bits;
      else now = operation == '+' ? now | bits : now & ~bits;
    }
    if (*at == 0) {
      *mode = now;
      return true;
    }
    if (*at != ',') return false;
  }
}

/* The fields of the line of /etc/passwd or /etc/group that has `key` as its `field`-th; counts from 0. */
static bool find_line(const char *path, int field, const char *key, struct text *line, char *fields[7]) {
  struct text whole = {0};
  int file = open(path, O_RDONLY);
  if (file < 0) return false;
  bool found = false;
  if (read_whole(file, &whole)) {
    char *rest = whole.bytes;
    for (char *each; !found && (each = strsep(&rest, "\n")) != NULL;) {
      text_clear(line);
      text_string(line, each);
      char *left = line->bytes;
      int count = 0;
      while (count < 7 && (fields[count] = strsep(&left, ":")) != NULL) count++;
      found = count > field && count >= 3 && strcmp(fields[field], key) == 0;
    }
  }
  close(file);
  free(whole.bytes);
  return found;
}

static const char *name_of(const char *path, unsigned id, struct text *line, unsigned *last, bool *known) {
  if (*known && *last == id) return line->bytes;
  char key[12], *fields[7];
  sprintf(key, "%u", id);
  if (!find_line(path, 2, key, line, fields)) {
    text_clear(line);
    text_string(line, key);
  }
  *last = id;
  *known = true;
  return line->bytes;
}

const char *user_name(uid_t uid) {
  static struct text line;
  static unsigned last;
  static bool known;
  return name_of("/etc/passwd", uid, &line, &last, &known);
}

const char *group_name(gid_t gid) {
  static struct text line;
  static unsigned last;
  static bool known;
  return name_of("/etc/group", gid, &line, &last, &known);
}

static bool all_digits(const char *text) { return *text != 0 && text[strspn(text, "0123456789")] == 0; }

bool user_id(const char *name, uid_t *uid, gid_t *group) {
  struct text line = {0};
  char *fields[7];
  bool found = find_line("/etc/passwd", 0, name, &line, fields);
  if (found) {
    *uid = (uid_t)strtoul(fields[2], NULL, 10);
    if (group != NULL) *group = fields[3] == NULL ? (gid_t)-1 : (gid_t)strtoul(fields[3], NULL, 10);
  } else if (all_digits(name)) {
    *uid = (uid_t)strtoul(name, NULL, 10);
    if (group != NULL) *group = (gid_t)-1;
    found = true;
  }
  free(line.bytes);
  return found;
}

bool group_id(const char *name, gid_t *gid) {
  struct text line = {0};
  char *fields[7];
  bool found = find_line("/etc/group", 0, name, &line, fields);
  if (found) *gid = (gid_t)strtoul(fields[2], NULL, 10);
  else if (all_digits(name)) {
    *gid = (gid_t)strtoul(name, NULL, 10);
    found = true;
  }
  free(line.bytes);
  return found;
}

static const char *const signals[] = {"EXIT", "HUP",  "INT",    "QUIT", "ILL",  "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
                                      "SEGV", "USR2", "PIPE",   "ALRM", "TERM", "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
                                      "TTOU", "URG",  "XCPU",   "XFSZ", "VTALRM", "PROF", "WINCH", "POLL", "PWR",  "SYS"};

int signal_number(const char *name) {
  if (all_digits(name)) return strtoul(name, NULL, 10) > 64 ? -1 : atoi(name);
  if (strncasecmp(name, "SIG", 3) == 0) name += 3;
  for (int number = 0; number < (int)(sizeof signals / sizeof *signals); number++) {
    if (strcasecmp(name, signals[number]) == 0) return number;
  }
  return -1;
}

const char *signal_name(int number) {
  return number >= 0 && number < (int)(sizeof signals / sizeof *signals) ? signals[number] : NULL;
}
