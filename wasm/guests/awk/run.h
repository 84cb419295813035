/* What the interpreter of awk and its functions share. */

#ifndef AWK_RUN_H
#define AWK_RUN_H

#include "awk.h"

struct value evaluate(const struct node *node);
struct string *evaluate_string(const struct node *node);
double evaluate_number(const struct node *node);
/* The array that a node names, which is made where there is none. */
struct array *array_of(const struct node *node);
void assign(const struct node *target, struct value value);
/* The expression that a node is, or that its text says; the latter stays valid until the next one. */
struct regex *regex_of(const struct node *node);
struct value call_builtin(const struct node *node);

#endif
