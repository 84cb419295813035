// Expansions: POSIX 2.6.
#ifndef SH_EXPAND_H
#define SH_EXPAND_H

#include <stdbool.h>
#include <stdint.h>

#include "tree.h"

struct fields {
  int count, room;
  char **values; // in scratch
};
void fields_add(struct fields *fields, char *value);

enum {
  expand_fields = 1,  // split, and made to names of files
  expand_value = 2,   // of an assignment: tildes after colons
  expand_pattern = 4, // quoted characters are marked
};

// Bytes, and for each one whether it was quoted.
struct marked {
  struct text bytes, marks;
};

struct expansion {
  int flags;
  struct marked field;
  struct fields *fields;
  bool is_open;     // there is a field at hand, be it empty
  bool is_after_blank; // the field before ended with white space of IFS
  bool has_pattern;
  bool splits_plain; // plain characters of a word after - or + are split as values are
};

void expand_words(const struct word *word, struct fields *fields);
// One string, neither split nor a pattern; in scratch. NULL when it failed.
char *expand_string(const struct part *parts, int flags);
bool expand_marked(const struct part *parts, struct marked *marked);
void marked_free(struct marked *marked);

void expand_parts(struct expansion *expansion, const struct part *part);
void expand_parameter(struct expansion *expansion, const struct part *part);
void emit(struct expansion *expansion, const char *bytes, size_t size, bool is_quoted);
// What an expansion gave: split if it is not quoted.
void emit_value(struct expansion *expansion, const char *value, size_t size, bool is_quoted);
void end_field(struct expansion *expansion);
void ifs_changed(void);
// 0 for what separates nothing, 1 for white space, 2 for others.
int ifs_class(unsigned char byte);

bool evaluate(const char *expression, int64_t *result);

// Marks may be NULL: nothing is quoted.
struct pattern {
  const char *bytes, *marks;
  size_t size;
};
bool matches(struct pattern pattern, const char *text, size_t size);
bool has_wildcard(struct pattern pattern);
size_t character_size(const char *text, size_t size); // in bytes: 1 without a UTF-8 locale
void locale_changed(void);
// Names of files in order; false when there are none.
bool expand_path(struct pattern pattern, struct fields *fields);
char *home_of(const char *user); // NULL when there is no such user

// Runs it in a subshell and gathers what it writes.
void substitute(struct node *command, struct text *output);

#endif
