#include "prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "expand.h"
#include "parser.h"
#include "shell.h"
#include "variables.h"

static void add_host(struct text *shown, bool is_whole) {
  char name[256];
  size_t size = system_hostname(name, sizeof name);
  const char *dot = is_whole ? NULL : memchr(name, '.', size);
  text_add(shown, name, dot == NULL ? size : (size_t)(dot - name));
}

static void add_directory(struct text *shown, bool is_last) {
  const char *home = variable_or("HOME", ""), *path = shell.directory;
  size_t size = strlen(home);
  bool at_home = size > 1 && strncmp(path, home, size) == 0 && (path[size] == '/' || path[size] == '\0');
  const char *slash = strrchr(path, '/');
  if (at_home && (path[size] == '\0' || !is_last)) {
    text_put(shown, '~');
    text_string(shown, path + size);
  } else {
    text_string(shown, is_last && slash != NULL && slash[1] != '\0' ? slash + 1 : path);
  }
}

// The user's name in /etc/passwd, or the number.
static void add_user(struct text *shown) {
  const char *named = variable_get("USER");
  char line[512];
  if (named == NULL && (named = variable_get("LOGNAME")) == NULL) {
    FILE *file = fopen("/etc/passwd", "re");
    while (file != NULL && named == NULL && fgets(line, sizeof line, file) != NULL) {
      char *password = strchr(line, ':'), *id = password == NULL ? NULL : strchr(password + 1, ':');
      if (id == NULL || atoi(id + 1) != system_user()) continue;
      *password = '\0';
      named = line;
    }
    if (file != NULL) fclose(file);
  }
  if (named != NULL) text_string(shown, named);
  else text_number(shown, system_user());
}

static void add_time(struct text *shown, const char *format) {
  char text[64];
  time_t now = time(NULL);
  text_add(shown, text, strftime(text, sizeof text, format, localtime(&now)));
}

static void add_escape(struct text *shown, char letter) {
  switch (letter) {
    case 'u': add_user(shown); break;
    case 'h': add_host(shown, false); break;
    case 'H': add_host(shown, true); break;
    case 'w': add_directory(shown, false); break;
    case 'W': add_directory(shown, true); break;
    case '$': text_put(shown, system_user() == 0 ? '#' : '$'); break;
    case 'n': text_put(shown, '\n'); break;
    case 'r': text_put(shown, '\r'); break;
    case 'a': text_put(shown, '\a'); break;
    case 'e': text_put(shown, '\033'); break;
    case 't': add_time(shown, "%H:%M:%S"); break;
    case 'A': add_time(shown, "%H:%M"); break;
    case 'd': add_time(shown, "%a %b %e"); break;
    case 's': text_string(shown, "sh"); break;
    case '[':
    case ']': break; // widths are counted without them
    case '\\': text_put(shown, '\\'); break;
    default:
      text_put(shown, '\\');
      text_put(shown, letter);
  }
}

// Variables first: what a directory is called is not expanded.
static char *expand_variables(const char *prompt) {
  struct text text = {0};
  for (const char *at = prompt; *at != '\0'; at++) {
    if (*at == '\\') text_put(&text, '\\');
    if (*at == '\\' && (at[1] == '$' || at[1] == '`')) text_put(&text, '\\'), text_put(&text, '\\'), at++;
    text_put(&text, *at);
  }
  int status = shell.status;
  struct part *parts = parse_text(text_end(&text), &scratch);
  char *expanded = expand_string(parts, 0);
  shell.unwind = unwind_none;
  shell.status = status;
  text_free(&text);
  return expanded;
}

void prompt_text(const char *prompt, struct text *shown) {
  struct mark mark = region_mark(&scratch);
  const char *at = strpbrk(prompt, "$`") == NULL ? prompt : expand_variables(prompt);
  if (at == NULL) at = prompt;
  for (; *at != '\0'; at++) {
    if (*at != '\\' || at[1] == '\0') {
      text_put(shown, *at);
    } else if (at[1] >= '0' && at[1] <= '7') {
      char digits[4] = {0};
      size_t size = strspn(at + 1, "01234567");
      memcpy(digits, at + 1, size < 3 ? size : 3);
      text_put(shown, (char)strtol(digits, NULL, 8));
      at += strlen(digits);
    } else {
      add_escape(shown, *++at);
    }
  }
  text_end(shown);
  region_release(&scratch, mark);
}
