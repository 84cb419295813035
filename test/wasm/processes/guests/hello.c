#include <stdio.h>
#include <string.h>

/* Greets, and says what it has got. */
int main(int argc, char **argv) {
  printf("hello");
  for (int i = 1; i < argc; i++) printf(" %s", argv[i]);
  printf("\n");
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    fprintf(stderr, "%zu bytes\n", strlen(line));
    printf("you said %s", line);
    fflush(stdout);
  }
  return argc - 1;
}
