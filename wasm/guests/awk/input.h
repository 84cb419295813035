/* What the interpreter of awk asks of its input and output. */

#ifndef AWK_INPUT_H
#define AWK_INPUT_H

#include "awk.h"

struct string *special_string(enum special which);
void set_special(enum special which, struct value value);

void set_record(const char *bytes, size_t length);
/* Splits the record, if that has not been done, so that NF is right. */
void need_fields(void);
/* NF was set. */
void field_count_set(void);
struct value get_field(double number);
void set_field(double number, struct value value);
void split_text(const struct string *text, const struct string *separator, struct regex *regex, void (*each)(void *context, const char *bytes, size_t length), void *context);

/* The next record of the files of ARGV; 0 at their end. `*status` becomes 2 for a file that cannot be read. */
int read_main(struct text *record, int *status);
void skip_file(void);
/* 1, 0 at the end, -1 for what cannot be read. */
int read_from(const char *name, bool command, struct text *record);
FILE *output_stream(const char *name, int kind);
void flush_all(void);
int close_named(const char *name);
void close_all(void);
int run_shell(const char *command);

#endif
