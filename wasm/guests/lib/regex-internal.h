/* What the files of regular expressions share. */

#ifndef REGEX_INTERNAL_H
#define REGEX_INTERNAL_H

#include "regex.h"
#include <stdint.h>

/* The tree of an expression. */

enum node_type { NODE_EMPTY, NODE_SET, NODE_BYTE, NODE_CAT, NODE_ALT, NODE_REPEAT, NODE_GROUP, NODE_ASSERT, NODE_BACK };

enum assertion { TEXT_BEGIN, TEXT_END, LINE_BEGIN, LINE_END, WORD_EDGE, NO_WORD_EDGE, WORD_BEGIN, WORD_END, NO_WORD_BEFORE, NO_WORD_AFTER };

struct range {
  int from, to; /* code points */
};

struct node {
  enum node_type type;
  struct node *left, *right;
  int number;   /* of a group, a back-reference, an assertion, a byte */
  int min, max; /* of a repetition; -1 for no end */
  struct range *ranges;
  int range_count;
};

struct parsed {
  struct node *root;
  int groups;
  bool has_back;
};

/* @returns words for a fault, null when there is none */
const char *regex_parse(const char *pattern, size_t length, int flags, struct parsed *parsed);
void regex_free_tree(struct node *node);

/* The program that a tree becomes. */

enum operation { OP_SET, OP_SPLIT, OP_JUMP, OP_SAVE, OP_ASSERT, OP_BACK, OP_MARK, OP_CHECK, OP_MATCH };

struct instruction {
  enum operation operation;
  int x, y; /* next, other; slot, set, kind or number in y */
};

struct byteset {
  uint32_t bits[8];
};

#define IN_SET(set, byte) ((set)->bits[(byte) >> 5] >> ((byte)&31) & 1)

struct program {
  struct instruction *code;
  int length, room;
  struct byteset *sets;
  int set_count, set_room;
  int start, anywhere, slots, marks;
  bool has_assertions;
};

/* @returns false when it would be too big */
bool regex_program(const struct parsed *parsed, bool reversed, struct program *program);
void regex_free_program(struct program *program);
bool regex_is_word(int byte);

struct dfa;
struct dfa *dfa_make(const struct program *program);
void dfa_free(struct dfa *dfa);
/* Runs over text from `at` to `end`, or backwards from `end` to `at`, whose surroundings count for assertions. @returns where the last
 * match is found (its end, or its begin when backwards), with `first` the first one; -1 when there is none. `*looked` grows by the bytes
 * that were read. */
ptrdiff_t dfa_run(struct dfa *dfa, const char *text, size_t length, size_t at, bool anywhere, bool first, size_t *looked);
ptrdiff_t dfa_run_back(struct dfa *dfa, const char *text, size_t length, size_t at);

/* Groups of the match at `begin`, which ends at `end`; any end, as far as can be, when that is -1. @returns its end, -1 */
ptrdiff_t spans_match(const struct program *program, const char *text, size_t length, size_t begin, ptrdiff_t end, bool unordered, ptrdiff_t *slots);

bool regex_holds(enum assertion kind, int before, int after);

struct regex {
  struct program program, backward;
  struct dfa *forward_dfa, *backward_dfa;
  char *needle;
  size_t needle_length;
  bool is_needle, has_back, begins_at_start;
  int groups;
  bool first[256];
  int only_first; /* the one byte that matches begin with, -1 */
};

#endif
