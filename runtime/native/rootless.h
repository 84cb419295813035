// The namespaces of an engine without root: other lives of the helper's program, chosen by its first word.
#pragma once

int hold_main(int argc, char **argv);
int enter_main(int argc, char **argv);
int follow_main(int argc, char **argv);
