/* sort */

#include "sys.h"
#include "tool.h"
#include <ctype.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct order {
  bool numeric, general, human, version, month, reverse, fold, dictionary, printable, blanks, blanks_end;
};

struct key {
  /* Counted from 1; characters of 0 mean the whole field. */
  size_t field, character, last_field, last_character;
  struct order order;
  bool own_order;
};

struct line {
  const char *text;
  size_t length;
};

static struct key *keys;
static size_t key_count;
static struct order global;
static int separator = -1;
static bool stable, unique;
static char line_end = '\n';

static bool blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n'; }

/* Where the field `number`, counted from 1, begins; `end` when there are fewer. */
static const char *field_begin(const char *at, const char *end, size_t number) {
  for (; number > 1 && at < end; number--) {
    if (separator >= 0) {
      at = memchr(at, separator, (size_t)(end - at));
      if (at == NULL) return end;
      at++;
    } else {
      while (at < end && blank(*at)) at++;
      while (at < end && !blank(*at)) at++;
    }
  }
  return at;
}

static const char *field_end(const char *at, const char *end) {
  if (separator >= 0) {
    const char *found = memchr(at, separator, (size_t)(end - at));
    return found == NULL ? end : found;
  }
  while (at < end && blank(*at)) at++;
  while (at < end && !blank(*at)) at++;
  return at;
}

static struct line key_of(const struct line *line, const struct key *key, const struct order *order) {
  const char *end = line->text + line->length;
  const char *from = field_begin(line->text, end, key->field);
  if (order->blanks) while (from < end && blank(*from)) from++;
  from = (size_t)(end - from) < key->character - 1 ? end : from + key->character - 1;
  const char *to = end;
  if (key->last_field > 0) {
    const char *last = field_begin(line->text, end, key->last_field);
    if (key->last_character == 0) to = field_end(last, end);
    else {
      if (order->blanks_end) while (last < end && blank(*last)) last++;
      to = (size_t)(end - last) < key->last_character ? end : last + key->last_character;
    }
  }
  return (struct line){from, to > from ? (size_t)(to - from) : 0};
}

static const char *skip_blanks(const char *at, const char *end) {
  while (at < end && blank(*at)) at++;
  return at;
}

/* Decimal numbers of any length, compared by their digits. */
static int compare_numbers(struct line a, struct line b) {
  const char *ends[2] = {a.text + a.length, b.text + b.length};
  const char *at[2] = {skip_blanks(a.text, ends[0]), skip_blanks(b.text, ends[1])};
  bool negative[2], zero[2];
  const char *whole[2], *fraction[2];
  size_t whole_length[2], fraction_length[2];
  for (int side = 0; side < 2; side++) {
    const char *now = at[side], *end = ends[side];
    negative[side] = now < end && *now == '-';
    now += negative[side];
    while (now < end && *now == '0') now++;
    whole[side] = now;
    while (now < end && isdigit((unsigned char)*now)) now++;
    whole_length[side] = (size_t)(now - whole[side]);
    fraction[side] = now;
    fraction_length[side] = 0;
    if (now < end && *now == '.') {
      fraction[side] = ++now;
      while (now < end && isdigit((unsigned char)*now)) now++;
      while (now > fraction[side] && now[-1] == '0') now--;
      fraction_length[side] = (size_t)(now - fraction[side]);
    }
    zero[side] = whole_length[side] == 0 && fraction_length[side] == 0;
  }
  int signs[2];
  for (int side = 0; side < 2; side++) signs[side] = zero[side] ? 0 : negative[side] ? -1 : 1;
  if (signs[0] != signs[1]) return signs[0] < signs[1] ? -1 : 1;
  if (signs[0] == 0) return 0;
  int result = whole_length[0] < whole_length[1] ? -1 : whole_length[0] > whole_length[1];
  if (result == 0) result = memcmp(whole[0], whole[1], whole_length[0]);
  if (result == 0) {
    size_t shorter = fraction_length[0] < fraction_length[1] ? fraction_length[0] : fraction_length[1];
    result = memcmp(fraction[0], fraction[1], shorter);
    if (result == 0) result = fraction_length[0] < fraction_length[1] ? -1 : fraction_length[0] > fraction_length[1];
  }
  return signs[0] < 0 ? -result : result;
}

static double general_number(struct line line, bool *is_number) {
  char buffer[128], *end;
  size_t length = line.length < sizeof buffer - 1 ? line.length : sizeof buffer - 1;
  memcpy(buffer, line.text, length);
  buffer[length] = 0;
  double value = strtod(buffer, &end);
  *is_number = end != buffer;
  return value;
}

static int compare_general(struct line a, struct line b) {
  bool is_a, is_b;
  double first = general_number(a, &is_a), second = general_number(b, &is_b);
  if (is_a != is_b) return is_a ? 1 : -1;
  return first < second ? -1 : first > second;
}

static int unit_of(struct line line) {
  const char *end = line.text + line.length, *at = skip_blanks(line.text, end);
  bool negative = at < end && *at == '-', some = false;
  at += negative;
  for (; at < end && (isdigit((unsigned char)*at) || *at == '.'); at++) some |= *at > '0';
  const char *units = "KMGTPEZY", *place = at < end && *at != 0 ? strchr(units, *at == 'k' ? 'K' : *at) : NULL;
  int unit = some && place != NULL ? (int)(place - units) + 1 : 0;
  return negative ? -unit : unit;
}

static int compare_human(struct line a, struct line b) {
  int first = unit_of(a), second = unit_of(b);
  if (first != second) return first < second ? -1 : 1;
  return compare_numbers(a, b);
}

static int version_rank(unsigned char byte) {
  if (isdigit(byte)) return 0;
  if (isalpha(byte)) return byte;
  return byte == '~' ? -1 : byte + 256;
}

static int compare_versions(struct line a, struct line b) {
  const char *x = a.text, *y = b.text, *x_end = x + a.length, *y_end = y + b.length;
  while (x < x_end || y < y_end) {
    while ((x < x_end && !isdigit((unsigned char)*x)) || (y < y_end && !isdigit((unsigned char)*y))) {
      int first = x < x_end ? version_rank((unsigned char)*x) : 0, second = y < y_end ? version_rank((unsigned char)*y) : 0;
      if (first != second) return first < second ? -1 : 1;
      x += x < x_end;
      y += y < y_end;
    }
    while (x < x_end && *x == '0') x++;
    while (y < y_end && *y == '0') y++;
    const char *x_digits = x, *y_digits = y;
    while (x < x_end && isdigit((unsigned char)*x)) x++;
    while (y < y_end && isdigit((unsigned char)*y)) y++;
    if (x - x_digits != y - y_digits) return x - x_digits < y - y_digits ? -1 : 1;
    int result = memcmp(x_digits, y_digits, (size_t)(x - x_digits));
    if (result != 0) return result;
  }
  return 0;
}

static int month_of(struct line line) {
  static const char names[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
  const char *end = line.text + line.length, *at = skip_blanks(line.text, end);
  if (end - at < 3) return 0;
  for (int month = 0; month < 12; month++) {
    if (strncasecmp(at, names + month * 3, 3) == 0) return month + 1;
  }
  return 0;
}

static bool ignored(unsigned char byte, const struct order *order) {
  if (order->dictionary && !isalnum(byte) && !blank((char)byte)) return true;
  return order->printable && !isprint(byte);
}

static int compare_text(struct line a, struct line b, const struct order *order) {
  if (!order->fold && !order->dictionary && !order->printable) {
    int result = memcmp(a.text, b.text, a.length < b.length ? a.length : b.length);
    return result != 0 ? result : a.length < b.length ? -1 : a.length > b.length;
  }
  const char *x = a.text, *y = b.text, *x_end = x + a.length, *y_end = y + b.length;
  for (;;) {
    while (x < x_end && ignored((unsigned char)*x, order)) x++;
    while (y < y_end && ignored((unsigned char)*y, order)) y++;
    if (x == x_end || y == y_end) return (y == y_end) - (x == x_end);
    int first = (unsigned char)*x++, second = (unsigned char)*y++;
    if (order->fold) {
      first = toupper(first);
      second = toupper(second);
    }
    if (first != second) return first - second;
  }
}

static int compare_by(struct line a, struct line b, const struct order *order) {
  int result;
  if (order->blanks) {
    const char *x = skip_blanks(a.text, a.text + a.length), *y = skip_blanks(b.text, b.text + b.length);
    a = (struct line){x, a.length - (size_t)(x - a.text)};
    b = (struct line){y, b.length - (size_t)(y - b.text)};
  }
  if (order->numeric) result = compare_numbers(a, b);
  else if (order->general) result = compare_general(a, b);
  else if (order->human) result = compare_human(a, b);
  else if (order->version) result = compare_versions(a, b);
  else if (order->month) result = month_of(a) - month_of(b);
  else result = compare_text(a, b, order);
  return order->reverse ? -result : result;
}

static int compare_keys(const struct line *a, const struct line *b) {
  if (key_count == 0) return compare_by(*a, *b, &global);
  for (size_t index = 0; index < key_count; index++) {
    const struct order *order = keys[index].own_order ? &keys[index].order : &global;
    int result = compare_by(key_of(a, keys + index, order), key_of(b, keys + index, order), order);
    if (result != 0) return result;
  }
  return 0;
}

static int compare(const struct line *a, const struct line *b) {
  int result = compare_keys(a, b);
  if (result != 0 || stable || unique) return result;
  static const struct order plain;
  result = compare_text(*a, *b, &plain);
  return global.reverse ? -result : result;
}

/* Merges runs: stable, and never worse than n log n. */
static void sort_lines(struct line *lines, struct line *spare, size_t count) {
  if (count <= 8) {
    for (size_t at = 1; at < count; at++) {
      struct line moved = lines[at];
      size_t to = at;
      for (; to > 0 && compare(lines + to - 1, &moved) > 0; to--) lines[to] = lines[to - 1];
      lines[to] = moved;
    }
    return;
  }
  size_t half = count / 2;
  sort_lines(lines, spare, half);
  sort_lines(lines + half, spare, count - half);
  if (compare(lines + half - 1, lines + half) <= 0) return;
  memcpy(spare, lines, half * sizeof *lines);
  size_t left = 0, right = half, to = 0;
  while (left < half && right < count) {
    lines[to++] = compare(spare + left, lines + right) <= 0 ? spare[left++] : lines[right++];
  }
  memcpy(lines + to, spare + left, (half - left) * sizeof *lines);
}

static bool set_order(struct order *order, char letter, bool end_part) {
  switch (letter) {
  case 'n': return order->numeric = true;
  case 'g': return order->general = true;
  case 'h': return order->human = true;
  case 'V': return order->version = true;
  case 'M': return order->month = true;
  case 'r': return order->reverse = true;
  case 'f': return order->fold = true;
  case 'd': return order->dictionary = true;
  case 'i': return order->printable = true;
  case 'b': return *(end_part ? &order->blanks_end : &order->blanks) = true;
  default: return false;
  }
}

static size_t key_number(char **at, const char *whole) {
  char *end;
  unsigned long value = strtoul(*at, &end, 10);
  if (end == *at) die(2, "invalid number at field start: invalid count at start of '%s'", whole);
  *at = end;
  return value;
}

static struct key parse_key(char *text) {
  struct key key = {.character = 1};
  char *at = text;
  key.field = key_number(&at, text);
  if (key.field == 0) die(2, "field number is zero: invalid field specification '%s'", text);
  if (*at == '.') {
    at++;
    key.character = key_number(&at, text);
    if (key.character == 0) die(2, "character offset is zero: invalid field specification '%s'", text);
  }
  for (; *at != 0 && *at != ','; at++) {
    if (!set_order(&key.order, *at, false)) die(2, "stray character in field spec: invalid field specification '%s'", text);
    key.own_order = true;
  }
  if (*at == ',') {
    at++;
    key.last_field = key_number(&at, text);
    if (key.last_field == 0) die(2, "field number is zero: invalid field specification '%s'", text);
    if (*at == '.') {
      at++;
      key.last_character = key_number(&at, text);
    }
    for (; *at != 0; at++) {
      if (!set_order(&key.order, *at, true)) die(2, "stray character in field spec: invalid field specification '%s'", text);
      key.own_order = true;
    }
  }
  return key;
}

static void split_lines(const struct text *whole, struct line **lines, size_t *count) {
  size_t room = 0;
  for (size_t at = 0; at < whole->length;) {
    const char *begin = whole->bytes + at, *end = memchr(begin, line_end, whole->length - at);
    size_t length = end == NULL ? whole->length - at : (size_t)(end - begin);
    if (*count == room) {
      room = room == 0 ? 1024 : room * 2;
      *lines = take_more(*lines, room * sizeof **lines);
    }
    (*lines)[(*count)++] = (struct line){begin, length};
    at += length + 1;
  }
}

static int check(const struct line *lines, size_t count, const char *path, bool quiet) {
  for (size_t index = 1; index < count; index++) {
    int result = compare(lines + index - 1, lines + index);
    if (result < 0 || (result == 0 && !unique)) continue;
    if (!quiet) {
      fprintf(stderr, "sort: %s:%zu: disorder: %.*s\n", path, index + 1, (int)lines[index].length, lines[index].text);
    }
    return 1;
  }
  return 0;
}

static void write_lines(const struct line *lines, size_t count) {
  const struct line *last = NULL;
  for (size_t index = 0; index < count; index++) {
    if (unique && last != NULL && compare_keys(last, lines + index) == 0) continue;
    last = lines + index;
    fwrite(last->text, 1, last->length, stdout);
    putchar_unlocked(line_end);
  }
}

int sort_main(int argc, char **argv) {
  const char *output = NULL;
  char checking = 0;
  static const struct option names[] = {
      {"numeric-sort", 0, 0, 'n'}, {"reverse", 0, 0, 'r'},    {"unique", 0, 0, 'u'},       {"key", 1, 0, 'k'},
      {"output", 1, 0, 'o'},       {"stable", 0, 0, 's'},     {"field-separator", 1, 0, 't'}, {"check", 2, 0, 'c'},
      {"ignore-case", 0, 0, 'f'},  {"version-sort", 0, 0, 'V'}, {"human-numeric-sort", 0, 0, 'h'}, {"zero-terminated", 0, 0, 'z'},
      {"general-numeric-sort", 0, 0, 'g'}, {"month-sort", 0, 0, 'M'}, {"dictionary-order", 0, 0, 'd'}, {"ignore-leading-blanks", 0, 0, 'b'},
      {"merge", 0, 0, 'm'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "nghVMrfdibuk:t:o:csCzmS:T:", names, NULL)) != -1;) {
    if (option == '?') return 2;
    if (set_order(&global, (char)option, false)) {
      if (option == 'b') global.blanks_end = true;
      continue;
    }
    if (option == 'u') unique = true;
    if (option == 's') stable = true;
    if (option == 'z') line_end = 0;
    if (option == 'o') output = optarg;
    if (option == 'c' || option == 'C') checking = option == 'c' && optarg != NULL && strcmp(optarg, "diagnose-first") != 0 ? 'C' : (char)option;
    if (option == 't') {
      if (strcmp(optarg, "\\0") == 0) separator = 0;
      else if (optarg[0] == 0) die(2, "empty tab");
      else if (optarg[1] != 0) die(2, "multi-character tab '%s'", optarg);
      else separator = (unsigned char)optarg[0];
    }
    if (option == 'k') {
      keys = take_more(keys, (key_count + 1) * sizeof *keys);
      keys[key_count++] = parse_key(optarg);
    }
  }
  struct text whole = {0};
  static char *input[] = {"-", NULL};
  char **paths = optind < argc ? argv + optind : input;
  for (char **path = paths; *path != NULL; path++) {
    int file = strcmp(*path, "-") == 0 ? 0 : open(*path, O_RDONLY);
    if (file < 0) die_errno(2, "cannot read: %s", *path);
    if (!read_whole(file, &whole)) die_errno(2, "read failed: %s", *path);
    close_input(file);
    if (whole.length > 0 && whole.bytes[whole.length - 1] != line_end) text_char(&whole, line_end);
  }
  struct line *lines = NULL;
  size_t count = 0;
  split_lines(&whole, &lines, &count);
  if (checking != 0) return check(lines, count, paths[0], checking == 'C');
  sort_lines(lines, take(count * sizeof *lines / 2 + sizeof *lines), count);
  if (output != NULL) {
    int file = create_file(output, 0666, false);
    if (file < 0) die_errno(2, "open failed: %s", output);
    fflush(stdout);
    dup2(file, 1);
    close(file);
  }
  write_lines(lines, count);
  return 0;
}
