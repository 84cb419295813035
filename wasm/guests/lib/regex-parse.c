/* From text to the tree of a regular expression: basic and extended ones of POSIX, with GNU's \w \s \b \< \+ and so on. */

#include "regex-internal.h"
#include "tool.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#define MOST 0x10ffff
#define DEEPEST 250
#define MOST_REPEATS 32767

struct parser {
  const char *at, *end;
  int flags, groups, depth;
  bool has_back;
  const char *fault;
};

static struct node *make(enum node_type type) {
  struct node *node = take(sizeof *node);
  node->type = type;
  return node;
}

static struct node *pair(enum node_type type, struct node *left, struct node *right) {
  struct node *node = make(type);
  node->left = left;
  node->right = right;
  return node;
}

static struct node *numbered(enum node_type type, int number) {
  struct node *node = make(type);
  node->number = number;
  return node;
}

/* Long chains hang on the left; they go without a stack. */
void regex_free_tree(struct node *node) {
  while (node != NULL) {
    struct node *left = node->left;
    regex_free_tree(node->right);
    free(node->ranges);
    free(node);
    node = left;
  }
}

static void add_range(struct node *set, int from, int to) {
  set->ranges = take_more(set->ranges, (size_t)(set->range_count + 1) * sizeof *set->ranges);
  set->ranges[set->range_count++] = (struct range){from, to};
}

static int by_begin(const void *a, const void *b) {
  const struct range *first = a, *second = b;
  return first->from < second->from ? -1 : first->from > second->from;
}

/* Sorts ranges and joins those that touch. */
static void normalize(struct node *set) {
  if (set->range_count == 0) return;
  qsort(set->ranges, (size_t)set->range_count, sizeof *set->ranges, by_begin);
  int last = 0;
  for (int index = 1; index < set->range_count; index++) {
    struct range *kept = set->ranges + last, now = set->ranges[index];
    if (now.from > kept->to + 1) set->ranges[++last] = now;
    else if (now.to > kept->to) kept->to = now.to;
  }
  set->range_count = last + 1;
}

static void invert(struct node *set) {
  normalize(set);
  struct node inverted = {0};
  int next = 0;
  for (int index = 0; index < set->range_count; index++) {
    if (set->ranges[index].from > next) add_range(&inverted, next, set->ranges[index].from - 1);
    next = set->ranges[index].to + 1;
  }
  if (next <= MOST) add_range(&inverted, next, MOST);
  free(set->ranges);
  set->ranges = inverted.ranges;
  set->range_count = inverted.range_count;
}

static void add_folded(struct node *set, int from, int to, bool fold) {
  add_range(set, from, to);
  /* Letters beyond Latin, Greek and Cyrillic ones are as they are: ranges of all characters are common, and have no other case. */
  for (int each = from; fold && each <= to && each < 0x600; each++) {
    int lower = (int)towlower((wint_t)each), upper = (int)towupper((wint_t)each);
    if (lower != each) add_range(set, lower, lower);
    if (upper != each) add_range(set, upper, upper);
  }
}

static struct node *character_node(const struct parser *parser, int character) {
  struct node *set = make(NODE_SET);
  add_folded(set, character, character, (parser->flags & REGEX_FOLD) != 0);
  normalize(set);
  return set;
}

static void add_word(struct node *set) {
  static const struct range word[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
  for (size_t index = 0; index < sizeof word / sizeof *word; index++) add_range(set, word[index].from, word[index].to);
  add_range(set, 0x80, MOST);
}

static void add_space(struct node *set) {
  add_range(set, 9, 13);
  add_range(set, ' ', ' ');
}

static struct node *class_node(char letter) {
  struct node *set = make(NODE_SET);
  if (letter == 'w' || letter == 'W') add_word(set);
  else add_space(set);
  normalize(set);
  if (letter == 'W' || letter == 'S') invert(set);
  return set;
}

static const struct {
  const char *name;
  int (*has)(int);
} classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum}, {"upper", isupper}, {"lower", islower}, {"space", isspace},
               {"blank", isblank}, {"punct", ispunct}, {"print", isprint}, {"graph", isgraph}, {"cntrl", iscntrl}, {"xdigit", isxdigit}};

static bool add_class(struct parser *parser, struct node *set, const char *name, size_t length) {
  bool fold = (parser->flags & REGEX_FOLD) != 0;
  for (size_t index = 0; index < sizeof classes / sizeof *classes; index++) {
    if (strlen(classes[index].name) != length || memcmp(classes[index].name, name, length) != 0) continue;
    for (int byte = 0; byte < 128; byte++) {
      if (classes[index].has(byte)) add_folded(set, byte, byte, fold);
    }
    /* Beyond ASCII no tables are worth their size: what is not upper or lower case is taken for letters. */
    bool letters = strstr("alpha alnum print graph", classes[index].name) != NULL;
    if (letters) add_range(set, 0xa0, MOST);
    for (int each = 0x80; each < 0x600 && (classes[index].has == islower || classes[index].has == isupper); each++) {
      if (fold || (classes[index].has == islower ? towupper((wint_t)each) : towlower((wint_t)each)) != (wint_t)each) add_range(set, each, each);
    }
    return true;
  }
  parser->fault = "Invalid character class name";
  return false;
}

static int next_character(struct parser *parser) {
  int character;
  size_t length = utf8_decode(parser->at, (size_t)(parser->end - parser->at), &character);
  if (character < 0) character = (unsigned char)*parser->at;
  parser->at += length;
  return character;
}

/* [.x.] and [=x=], whose x is one character here; @returns it, or -1 for a class, which is added, or a fault. */
static int bracket_item(struct parser *parser, struct node *set) {
  char kind = parser->at + 1 < parser->end && *parser->at == '[' ? parser->at[1] : 0;
  if (kind != ':' && kind != '.' && kind != '=') return next_character(parser);
  const char *name = parser->at + 2, *stop = name;
  while (stop + 1 < parser->end && !(stop[0] == kind && stop[1] == ']')) stop++;
  if (stop + 1 >= parser->end) {
    if (kind == ':') return next_character(parser);
    parser->fault = "Unmatched [, [^, [:, [., or [=";
    return -1;
  }
  parser->at = stop + 2;
  if (kind == ':') {
    add_class(parser, set, name, (size_t)(stop - name));
    return -1;
  }
  int character;
  size_t length = utf8_decode(name, (size_t)(stop - name), &character);
  if (name == stop || name + length != stop) parser->fault = "Invalid collation character";
  return parser->fault == NULL ? character : -1;
}

static struct node *bracket(struct parser *parser) {
  struct node *set = make(NODE_SET);
  bool inverted = parser->at < parser->end && *parser->at == '^', fold = (parser->flags & REGEX_FOLD) != 0;
  parser->at += inverted;
  for (bool first = true; parser->fault == NULL; first = false) {
    if (parser->at >= parser->end) {
      parser->fault = "Unmatched [, [^, [:, [., or [=";
      break;
    }
    if (*parser->at == ']' && !first) break;
    int from = bracket_item(parser, set);
    if (from < 0) continue;
    int to = from;
    if (parser->at + 1 < parser->end && *parser->at == '-' && parser->at[1] != ']') {
      parser->at++;
      to = bracket_item(parser, set);
      if (to < from && parser->fault == NULL) parser->fault = "Invalid range end";
      if (parser->fault != NULL) break;
    }
    add_folded(set, from, to, fold);
  }
  parser->at += parser->at < parser->end;
  if (inverted) invert(set);
  normalize(set);
  return set;
}

static bool extended(const struct parser *parser) { return (parser->flags & REGEX_EXTENDED) != 0; }

/* What stands at `*at` is the operator `c`: plain in extended expressions, behind a backslash in basic ones. */
static bool is_operator(const struct parser *parser, char c) {
  if (extended(parser)) return parser->at < parser->end && *parser->at == c;
  return parser->at + 1 < parser->end && parser->at[0] == '\\' && parser->at[1] == c;
}

static void skip_operator(struct parser *parser) { parser->at += extended(parser) ? 1 : 2; }

static struct node *alternatives(struct parser *parser, bool inside);

static struct node *group(struct parser *parser) {
  int number = ++parser->groups;
  if (++parser->depth > DEEPEST) {
    parser->fault = "Regular expression too big";
    return make(NODE_EMPTY);
  }
  struct node *node = numbered(NODE_GROUP, number);
  node->left = alternatives(parser, true);
  parser->depth--;
  if (parser->fault == NULL && !is_operator(parser, ')')) parser->fault = extended(parser) ? "Unmatched ( or \\(" : "Unmatched ( or \\(";
  if (parser->fault == NULL) skip_operator(parser);
  return node;
}

static struct node *escape(struct parser *parser) {
  static const struct {
    char letter;
    enum assertion kind;
  } edges[] = {{'b', WORD_EDGE}, {'B', NO_WORD_EDGE}, {'<', WORD_BEGIN}, {'>', WORD_END}, {'`', TEXT_BEGIN}, {'\'', TEXT_END}};
  if (parser->at + 1 >= parser->end) {
    parser->fault = "Trailing backslash";
    return make(NODE_EMPTY);
  }
  char letter = parser->at[1];
  parser->at += 2;
  for (size_t index = 0; index < sizeof edges / sizeof *edges; index++) {
    if (edges[index].letter == letter) return numbered(NODE_ASSERT, edges[index].kind);
  }
  if (letter != 0 && strchr("wWsS", letter) != NULL) return class_node(letter);
  if (letter >= '1' && letter <= '9') {
    if (letter - '0' > parser->groups) parser->fault = "Invalid back reference";
    parser->has_back = true;
    return numbered(NODE_BACK, letter - '0');
  }
  if (letter == 'n') return character_node(parser, '\n');
  if (letter == 't') return character_node(parser, '\t');
  parser->at--;
  return character_node(parser, next_character(parser));
}

/* In basic expressions ^ and $ are special at the begin and at the end of an expression only. */
static bool is_begin_anchor(const struct parser *parser, bool first) { return *parser->at == '^' && (extended(parser) || first); }

static bool is_end_anchor(const struct parser *parser) {
  if (*parser->at != '$') return false;
  const char *next = parser->at + 1;
  if (extended(parser) || next == parser->end) return true;
  return next + 1 < parser->end && *next == '\\' && (next[1] == ')' || next[1] == '|');
}

static struct node *atom(struct parser *parser, bool first) {
  bool lines = (parser->flags & REGEX_MULTILINE) != 0;
  if (is_operator(parser, '(')) {
    skip_operator(parser);
    return group(parser);
  }
  if (is_begin_anchor(parser, first)) {
    parser->at++;
    return numbered(NODE_ASSERT, lines ? LINE_BEGIN : TEXT_BEGIN);
  }
  if (is_end_anchor(parser)) {
    parser->at++;
    return numbered(NODE_ASSERT, lines ? LINE_END : TEXT_END);
  }
  if (*parser->at == '\\') return escape(parser);
  if (*parser->at == '[') {
    parser->at++;
    return bracket(parser);
  }
  if (*parser->at == '.') {
    parser->at++;
    struct node *any = make(NODE_SET);
    add_range(any, 0, MOST);
    return any;
  }
  int character;
  size_t length = utf8_decode(parser->at, (size_t)(parser->end - parser->at), &character);
  parser->at += length;
  return character < 0 ? numbered(NODE_BYTE, (unsigned char)parser->at[-1]) : character_node(parser, character);
}

static int interval_number(const char **at, const char *end) {
  int value = -1;
  for (; *at < end && isdigit((unsigned char)**at); (*at)++) {
    value = (value < 0 ? 0 : value) * 10 + **at - '0';
    if (value > MOST_REPEATS) value = MOST_REPEATS + 1;
  }
  return value;
}

/* {m}, {m,}, {,n}, {m,n}. @returns false when it is none, which is plain text in extended expressions */
static bool interval(struct parser *parser, int *min, int *max) {
  const char *at = parser->at + (extended(parser) ? 1 : 2);
  *min = interval_number(&at, parser->end);
  *max = *min;
  bool comma = at < parser->end && *at == ',';
  if (comma) {
    at++;
    *max = interval_number(&at, parser->end);
  }
  bool closed = extended(parser) ? at < parser->end && *at == '}' : at + 1 < parser->end && at[0] == '\\' && at[1] == '}';
  if (!closed || (!comma && *min < 0)) {
    if (!extended(parser)) parser->fault = at >= parser->end ? "Unmatched \\{" : "Invalid content of \\{\\}";
    return false;
  }
  if (*min < 0) *min = 0;
  if (*max >= 0 && *max < *min) parser->fault = "Invalid content of \\{\\}";
  if (*min > MOST_REPEATS || *max > MOST_REPEATS) parser->fault = "Regular expression too big";
  parser->at = at + (extended(parser) ? 1 : 2);
  return parser->fault == NULL;
}

static bool repetition(struct parser *parser, int *min, int *max) {
  if (parser->at >= parser->end) return false;
  *min = 0;
  *max = -1;
  if (*parser->at == '*') {
    parser->at++;
    return true;
  }
  if (is_operator(parser, '+') || is_operator(parser, '?')) {
    bool plus = is_operator(parser, '+');
    *min = plus;
    *max = plus ? -1 : 1;
    skip_operator(parser);
    return true;
  }
  return is_operator(parser, '{') && interval(parser, min, max);
}

static bool at_end(const struct parser *parser, bool inside) {
  return parser->at >= parser->end || parser->fault != NULL || is_operator(parser, '|') || (inside && is_operator(parser, ')'));
}

static struct node *sequence(struct parser *parser, bool inside) {
  struct node *whole = NULL;
  for (bool first = true; !at_end(parser, inside);) {
    int min, max;
    bool literal_star = first && *parser->at == '*';
    /* An operator that repeats nothing is plain text at the begin, as `*` is. */
    bool plain = literal_star || (first && extended(parser) && strchr("+?{", *parser->at) != NULL && *parser->at != 0);
    struct node *node;
    if (plain) node = character_node(parser, (unsigned char)*parser->at++);
    else node = atom(parser, first);
    bool anchor = node->type == NODE_ASSERT && (node->number == TEXT_BEGIN || node->number == LINE_BEGIN);
    while (parser->fault == NULL && !(anchor && !extended(parser)) && repetition(parser, &min, &max)) {
      struct node *repeat = pair(NODE_REPEAT, node, NULL);
      repeat->min = min;
      repeat->max = max;
      node = repeat;
    }
    whole = whole == NULL ? node : pair(NODE_CAT, whole, node);
    first = anchor && !extended(parser);
  }
  return whole == NULL ? make(NODE_EMPTY) : whole;
}

static struct node *alternatives(struct parser *parser, bool inside) {
  struct node *whole = sequence(parser, inside);
  while (parser->fault == NULL && is_operator(parser, '|')) {
    skip_operator(parser);
    whole = pair(NODE_ALT, whole, sequence(parser, inside));
  }
  return whole;
}

static struct node *literal(struct parser *parser) {
  struct node *whole = NULL;
  while (parser->at < parser->end) {
    int character;
    parser->at += utf8_decode(parser->at, (size_t)(parser->end - parser->at), &character);
    struct node *node = character < 0 ? numbered(NODE_BYTE, (unsigned char)parser->at[-1]) : character_node(parser, character);
    whole = whole == NULL ? node : pair(NODE_CAT, whole, node);
  }
  return whole == NULL ? make(NODE_EMPTY) : whole;
}

static struct node *surround(struct node *node, enum assertion before, enum assertion after) {
  return pair(NODE_CAT, pair(NODE_CAT, numbered(NODE_ASSERT, before), node), numbered(NODE_ASSERT, after));
}

const char *regex_parse(const char *pattern, size_t length, int flags, struct parsed *parsed) {
  struct parser parser = {.flags = flags};
  struct node *whole = NULL;
  const char *end = pattern + length;
  for (const char *at = pattern; parser.fault == NULL;) {
    const char *newline = flags & REGEX_ALTERNATIVES ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    parser.at = at;
    parser.end = newline == NULL ? end : newline;
    struct node *one = flags & REGEX_LITERAL ? literal(&parser) : alternatives(&parser, false);
    if (parser.fault == NULL && parser.at < parser.end) parser.fault = "Unmatched ) or \\)";
    whole = whole == NULL ? one : pair(NODE_ALT, whole, one);
    if (newline == NULL) break;
    at = newline + 1;
  }
  if (flags & REGEX_LINE) whole = surround(whole, TEXT_BEGIN, TEXT_END);
  else if (flags & REGEX_WORD) whole = surround(whole, NO_WORD_BEFORE, NO_WORD_AFTER);
  *parsed = (struct parsed){.root = whole, .groups = parser.groups, .has_back = parser.has_back};
  return parser.fault;
}
