// Reads lines and answers each, as a program at a terminal or in a pipeline does; waits with poll(2).
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) printf("argument %s\n", argv[i]);
  for (char **entry = environ; *entry != NULL; entry++) printf("variable %s\n", *entry);
  printf("terminal %d %d\n", isatty(0), isatty(1));
  fflush(stdout);
  struct pollfd input = {.fd = 0, .events = POLLIN};
  printf("nothing yet: %d\n", poll(&input, 1, 10));
  fflush(stdout);
  char line[256];
  while (poll(&input, 1, -1) == 1 && fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "exit ", 5) == 0) exit(atoi(line + 5));
    if (strcmp(line, "abort") == 0) abort();
    if (strcmp(line, "loop") == 0) for (volatile int i = 0;; i++);
    printf("you said %s\n", line);
    fflush(stdout);
    fprintf(stderr, "%zu bytes\n", strlen(line));
  }
  puts("end");
  return 0;
}
