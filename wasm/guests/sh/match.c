// Patterns: POSIX 2.13. In linear space; a star goes back to the last one only, so the time is at most the product of both lengths.
#include <ctype.h>
#include <string.h>

#include "expand.h"
#include "variables.h"

static bool is_utf8;

void locale_changed(void) {
  const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  const char *locale = "";
  for (int index = 0; index < 3 && *locale == '\0'; index++) locale = variable_or(names[index], "");
  is_utf8 = strstr(locale, "UTF-8") != NULL || strstr(locale, "utf8") != NULL || strstr(locale, "UTF8") != NULL;
}

size_t character_size(const char *text, size_t size) {
  if (!is_utf8 || (unsigned char)*text < 0xc2) return 1;
  size_t wanted = (unsigned char)*text < 0xe0 ? 2 : (unsigned char)*text < 0xf0 ? 3 : 4;
  if (wanted > size) return 1;
  for (size_t index = 1; index < wanted; index++) {
    if (((unsigned char)text[index] & 0xc0) != 0x80) return 1;
  }
  return wanted;
}

static uint32_t code_of(const char *text, size_t size) {
  if (size == 1) return (unsigned char)*text;
  uint32_t code = (unsigned char)*text & (0x7fu >> size);
  for (size_t index = 1; index < size; index++) code = code << 6 | ((unsigned char)text[index] & 0x3f);
  return code;
}

static bool is_quoted(struct pattern pattern, size_t at) { return pattern.marks != NULL && pattern.marks[at] != 0; }

static bool is_special(struct pattern pattern, size_t at, char byte) {
  return at < pattern.size && pattern.bytes[at] == byte && !is_quoted(pattern, at);
}

bool has_wildcard(struct pattern pattern) {
  for (size_t at = 0; at < pattern.size; at++) {
    if (is_special(pattern, at, '*') || is_special(pattern, at, '?')) return true;
    if (is_special(pattern, at, '[') && memchr(pattern.bytes + at, ']', pattern.size - at) != NULL) return true;
  }
  return false;
}

static const struct {
  const char *name;
  int (*has)(int byte);
} classes[] = {
    {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl}, {"digit", isdigit}, {"graph", isgraph},
    {"lower", islower}, {"print", isprint}, {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
};

static bool in_class(const char *name, size_t size, uint32_t code) {
  for (size_t index = 0; index < sizeof classes / sizeof *classes; index++) {
    if (strlen(classes[index].name) == size && memcmp(classes[index].name, name, size) == 0) {
      return code < 128 && classes[index].has((int)code) != 0;
    }
  }
  return false;
}

// After `[:`, where `:]` is; 0 when this is no class.
static size_t class_end(struct pattern pattern, size_t at) {
  for (size_t end = at + 2; end + 1 < pattern.size; end++) {
    if (pattern.bytes[end] == ':' && pattern.bytes[end + 1] == ']') return end;
  }
  return 0;
}

// A character of a bracket expression; moves on.
static uint32_t bracket_character(struct pattern pattern, size_t *at) {
  if (is_special(pattern, *at, '\\') && *at + 1 < pattern.size) ++*at;
  size_t size = character_size(pattern.bytes + *at, pattern.size - *at);
  uint32_t code = code_of(pattern.bytes + *at, size);
  *at += size;
  return code;
}

// The end of a bracket expression that begins at `at`, 0 when it has none and is an ordinary character.
static size_t match_bracket(struct pattern pattern, size_t at, uint32_t code, bool *has) {
  bool is_not = is_special(pattern, at + 1, '!') || is_special(pattern, at + 1, '^');
  size_t start = at + 1 + is_not;
  bool found = false;
  for (at = start; at < pattern.size;) {
    if (is_special(pattern, at, ']') && at > start) {
      *has = found != is_not;
      return at + 1;
    }
    size_t end = is_special(pattern, at, '[') && is_special(pattern, at + 1, ':') ? class_end(pattern, at) : 0;
    if (end > 0) {
      found |= in_class(pattern.bytes + at + 2, end - at - 2, code);
      at = end + 2;
      continue;
    }
    uint32_t low = bracket_character(pattern, &at), high = low;
    if (is_special(pattern, at, '-') && at + 1 < pattern.size && !is_special(pattern, at + 1, ']')) {
      at++;
      high = bracket_character(pattern, &at);
    }
    found |= low <= code && code <= high;
  }
  return 0;
}

// One character against one of the pattern, which is not a star; moves on in both.
static bool match_one(struct pattern pattern, size_t *at, const char *text, size_t size, size_t *place) {
  size_t length = character_size(text + *place, size - *place);
  if (is_special(pattern, *at, '?')) {
    *at += 1;
    *place += length;
    return true;
  }
  if (is_special(pattern, *at, '[')) {
    bool has = false;
    size_t end = match_bracket(pattern, *at, code_of(text + *place, length), &has);
    if (end > 0) {
      *at = end;
      *place += length;
      return has;
    }
  }
  if (is_special(pattern, *at, '\\') && *at + 1 < pattern.size) *at += 1;
  return pattern.bytes[(*at)++] == text[(*place)++];
}

bool matches(struct pattern pattern, const char *text, size_t size) {
  size_t at = 0, place = 0, star = SIZE_MAX, star_place = 0;
  for (;;) {
    if (is_special(pattern, at, '*')) {
      star = ++at;
      star_place = place;
      continue;
    }
    if (place == size && at == pattern.size) return true;
    if (place < size && at < pattern.size && match_one(pattern, &at, text, size, &place)) continue;
    if (star == SIZE_MAX || star_place >= size) return false;
    star_place += character_size(text + star_place, size - star_place);
    place = star_place;
    at = star;
  }
}
