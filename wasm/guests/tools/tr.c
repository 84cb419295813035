/* tr */

#include "sys.h"
#include "tool.h"
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct set {
  unsigned char *bytes;
  size_t length;
  /* Where `[x*]` stands, which fills up to the length of the other set; -1. */
  long fill_at;
  unsigned char fill;
};

static void add(struct set *set, int byte) {
  if ((set->length & (set->length - 1)) == 0) set->bytes = take_more(set->bytes, set->length == 0 ? 1 : set->length * 2);
  set->bytes[set->length++] = (unsigned char)byte;
}

static int escaped(const char **at) {
  static const char letters[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
  const char *now = *at + 1;
  if (*now >= '0' && *now <= '7') {
    int value = 0;
    for (int digits = 0; digits < 3 && *now >= '0' && *now <= '7'; digits++) value = value * 8 + *now++ - '0';
    *at = now;
    return value & 255;
  }
  if (*now == 0) {
    *at = now;
    return '\\';
  }
  const char *place = strchr(letters, *now);
  *at = now + 1;
  return place != NULL ? bytes[place - letters] : *now;
}

static int next_byte(const char **at) {
  if (**at == '\\') return escaped(at);
  return (unsigned char)*(*at)++;
}

static const struct {
  const char *name;
  int (*has)(int);
} classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum}, {"upper", isupper}, {"lower", islower}, {"space", isspace},
               {"blank", isblank}, {"punct", ispunct}, {"print", isprint}, {"graph", isgraph}, {"cntrl", iscntrl}, {"xdigit", isxdigit}};

/* [:class:] @returns whether there is one at `*at` */
static bool add_class(struct set *set, const char **at) {
  const char *end = strstr(*at, ":]");
  if ((*at)[0] != '[' || (*at)[1] != ':' || end == NULL) return false;
  for (size_t index = 0; index < sizeof classes / sizeof *classes; index++) {
    size_t length = strlen(classes[index].name);
    if ((size_t)(end - *at - 2) != length || strncmp(*at + 2, classes[index].name, length) != 0) continue;
    for (int byte = 0; byte < 128; byte++) {
      if (classes[index].has(byte)) add(set, byte);
    }
    *at = end + 2;
    return true;
  }
  die(1, "invalid character class '%.*s'", (int)(end - *at - 2), *at + 2);
}

/* [x*] and [x*n] */
static bool add_repeated(struct set *set, const char **at) {
  if (**at != '[' || (*at)[1] == 0) return false;
  const char *now = *at + 1;
  int byte = next_byte(&now);
  if (*now != '*') return false;
  char *end;
  unsigned long count = strtoul(now + 1, &end, now[1] == '0' ? 8 : 10);
  if (*end != ']') return false;
  if (count == 0) {
    set->fill_at = (long)set->length;
    set->fill = (unsigned char)byte;
  }
  for (; count > 0; count--) add(set, byte);
  *at = end + 1;
  return true;
}

static struct set parse_set(const char *text) {
  struct set set = {.fill_at = -1};
  for (const char *at = text; *at != 0;) {
    if (add_class(&set, &at) || add_repeated(&set, &at)) continue;
    if (strncmp(at, "[=", 2) == 0 && at[2] != 0 && strncmp(at + 3, "=]", 2) == 0) {
      add(&set, (unsigned char)at[2]);
      at += 5;
      continue;
    }
    int first = next_byte(&at);
    if (*at == '-' && at[1] != 0) {
      at++;
      int last = next_byte(&at);
      if (last < first) die(1, "range-endpoints of '%c-%c' are in reverse collating sequence order", first, last);
      for (int byte = first; byte <= last; byte++) add(&set, byte);
    } else add(&set, first);
  }
  return set;
}

static struct set complement_of(struct set set) {
  bool there[256] = {false};
  struct set result = {.fill_at = -1};
  for (size_t at = 0; at < set.length; at++) there[set.bytes[at]] = true;
  for (int byte = 0; byte < 256; byte++) {
    if (!there[byte]) add(&result, byte);
  }
  return result;
}

/* Makes the second set as long as the first. */
static void fill_up(struct set *second, size_t length) {
  if (second->length >= length) return;
  if (second->fill_at < 0 && second->length == 0) die(1, "when not truncating set1, string2 must be non-empty");
  size_t missing = length - second->length, place = second->fill_at < 0 ? second->length : (size_t)second->fill_at;
  unsigned char byte = second->fill_at < 0 ? second->bytes[second->length - 1] : second->fill;
  unsigned char *bytes = take(length);
  memcpy(bytes, second->bytes, place);
  memset(bytes + place, byte, missing);
  if (second->length > place) memcpy(bytes + place + missing, second->bytes + place, second->length - place);
  second->bytes = bytes;
  second->length = length;
}

int tr_main(int argc, char **argv) {
  bool complement = false, deleting = false, squeezing = false, truncating = false;
  for (int option; (option = getopt(argc, argv, "+cCdst")) != -1;) {
    if (option == '?') return 1;
    if (option == 'c' || option == 'C') complement = true;
    if (option == 'd') deleting = true;
    if (option == 's') squeezing = true;
    if (option == 't') truncating = true;
  }
  int sets = argc - optind;
  if (sets < 1 || (sets < 2 && deleting == squeezing)) die(1, sets < 1 ? "missing operand" : "missing operand after '%s'", argv[argc - 1]);
  if (sets > 2 || (sets > 1 && deleting && !squeezing)) die(1, "extra operand '%s'", argv[argc - 1]);
  struct set first = parse_set(argv[optind]), second = {.fill_at = -1};
  if (complement) first = complement_of(first);
  if (sets == 2) second = parse_set(argv[optind + 1]);
  unsigned char map[256];
  bool removed[256] = {false}, squeezed[256] = {false};
  for (int byte = 0; byte < 256; byte++) map[byte] = (unsigned char)byte;
  if (sets == 2 && !deleting) {
    if (!truncating) fill_up(&second, first.length);
    for (size_t at = 0; at < first.length && at < second.length; at++) map[first.bytes[at]] = second.bytes[at];
  }
  for (size_t at = 0; deleting && at < first.length; at++) removed[first.bytes[at]] = true;
  const struct set *last = sets == 2 ? &second : &first;
  for (size_t at = 0; squeezing && at < last->length; at++) squeezed[last->bytes[at]] = true;
  struct reader reader = reader_of(0);
  char *bytes;
  int before = -1;
  for (ssize_t got; (got = read_some(&reader, &bytes)) > 0;) {
    ssize_t kept = 0;
    for (ssize_t at = 0; at < got; at++) {
      unsigned char byte = (unsigned char)bytes[at];
      if (removed[byte]) continue;
      byte = map[byte];
      if (squeezed[byte] && byte == before) continue;
      before = byte;
      bytes[kept++] = (char)byte;
    }
    fwrite(bytes, 1, (size_t)kept, stdout);
  }
  return 0;
}
