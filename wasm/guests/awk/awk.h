/* awk (POSIX): what its parser, its values and its interpreter share. */

#ifndef AWK_H
#define AWK_H

#include "regex.h"
#include "tool.h"

/* Values. Strings are counted, so that copying one is cheap. */

struct string {
  int uses;
  size_t length;
  char bytes[];
};

#define IS_NUMBER 1
#define IS_STRING 2
#define LOOKS_NUMERIC 4 /* input: a number where it looks like one */

struct value {
  int flags; /* 0: never set */
  double number;
  struct string *string;
};

struct entry {
  struct entry *next;
  struct string *key;
  struct value value;
};

struct array {
  struct entry **buckets;
  size_t room, count;
};

struct string *string_make(const char *bytes, size_t length);
void string_free(struct string *string);
struct value number_value(double number);
/* Takes the string over. */
struct value string_value(struct string *string);
struct value input_value(const char *bytes, size_t length);
struct value value_copy(struct value value);
void value_free(struct value *value);
double to_number(const struct value *value);
/* The caller frees it. `format` is CONVFMT or OFMT. */
struct string *to_string(const struct value *value, const char *format);
bool is_true(const struct value *value);
bool is_numeric(const struct value *value);

struct entry *array_find(struct array *array, const struct string *key, bool make);
bool array_remove(struct array *array, const struct string *key);
void array_clear(struct array *array);

/* Programs. */

enum node_kind {
  N_NUMBER, N_STRING, N_REGEX, N_VARIABLE, N_LOCAL, N_FIELD, N_INDEX, N_ASSIGN, N_CONDITION, N_OR, N_AND, N_IN, N_MATCH, N_NO_MATCH, N_COMPARE,
  N_CONCAT, N_BINARY, N_NOT, N_MINUS, N_PLUS, N_BEFORE, N_AFTER, N_CALL, N_BUILTIN, N_GETLINE, N_GROUP,
  N_BLOCK, N_EXPRESSION, N_PRINT, N_PRINTF, N_IF, N_WHILE, N_DO, N_FOR, N_FOR_IN, N_BREAK, N_CONTINUE, N_NEXT, N_NEXTFILE, N_EXIT, N_RETURN, N_DELETE
};

struct node {
  enum node_kind kind;
  int operation;          /* an operator, a builtin, a redirection */
  int number;             /* of a variable, a local, a function */
  double value;
  struct string *text;
  struct regex *regex;
  struct node *a, *b, *c, *d;
  struct node *next;      /* in a list */
};

struct function {
  char *name;
  int parameters;
  struct node *body;
  bool defined;
};

struct rule {
  char kind; /* B, E, or 0 */
  struct node *pattern, *last; /* of a range */
  struct node *body; /* null: prints the record */
  bool active;
};

struct variable {
  char *name;
  struct value value;
  struct array *array;
};

struct awk_program {
  struct rule *rules;
  size_t rule_count;
  struct function *functions;
  int function_count;
  struct variable *variables;
  int variable_count;
};

extern struct awk_program awk;

enum special { V_NF, V_NR, V_FNR, V_FS, V_OFS, V_ORS, V_RS, V_FILENAME, V_SUBSEP, V_RSTART, V_RLENGTH, V_CONVFMT, V_OFMT, V_ENVIRON, V_ARGC, V_ARGV, V_SPECIALS };

enum builtin { B_LENGTH, B_SUBSTR, B_INDEX, B_SPLIT, B_SUB, B_GSUB, B_MATCH, B_SPRINTF, B_SIN, B_COS, B_ATAN2, B_EXP, B_LOG, B_SQRT, B_INT, B_RAND, B_SRAND, B_TOLOWER, B_TOUPPER, B_SYSTEM, B_CLOSE, B_FFLUSH };

void awk_parse(const char *text);
int awk_variable(const char *name);
/* Runs all of it. @returns the exit code */
int awk_run(void);
/* `\n` and the like in text of assignments and of strings. */
struct string *awk_unescape(const char *bytes, size_t length);
void awk_assign(const char *name, const char *text);

#endif
