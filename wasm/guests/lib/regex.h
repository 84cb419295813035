/* Regular expressions of POSIX with GNU's extensions, over bytes that are taken for UTF-8. Searching takes time in proportion to the text
 * unless the expression has back-references, which nobody knows how to match in such a time. */

#ifndef REGEX_OURS_H
#define REGEX_OURS_H

#include <stdbool.h>
#include <stddef.h>

#define REGEX_EXTENDED 1
#define REGEX_FOLD 2      /* upper and lower case are the same */
#define REGEX_MULTILINE 4 /* ^ and $ match at newlines inside as well */
#define REGEX_LITERAL 8   /* no character is special */
#define REGEX_LINE 16     /* matches whole texts only */
#define REGEX_WORD 32     /* matches whole words only */
#define REGEX_ALTERNATIVES 64 /* newlines separate expressions, of which one is to match */

struct regex;

struct regex_span {
  ptrdiff_t begin, end; /* -1 for a group that has no part in the match */
};

/* @returns null with words in `error` for what is no regular expression */
struct regex *regex_compile(const char *pattern, size_t length, int flags, const char **error);
void regex_free(struct regex *regex);
size_t regex_groups(const struct regex *regex);

/* The leftmost match that begins at `from` or later, the longest of those; ^ matches at the begin of the text, not at `from`.
 * Without room for spans it only says whether there is one, which is faster. */
bool regex_search(struct regex *regex, const char *text, size_t length, size_t from, struct regex_span *spans, size_t count);

/* A piece of text that every match contains; its length is 0 when none is known. Valid as long as the expression. */
const char *regex_needle(const struct regex *regex, size_t *length);
/* Whether the needle is all that there is to match. */
bool regex_is_needle(const struct regex *regex);

/* Where `needle` is first in `text`, null when it is not. As memmem(3), but with the widest steps that the machine has. */
const char *find_bytes(const char *text, size_t length, const char *needle, size_t needle_length);

/* One character of UTF-8. @returns its bytes; 1 with a value of -1 where there is none */
size_t utf8_decode(const char *text, size_t length, int *character);
size_t utf8_encode(int character, char *out);

#endif
