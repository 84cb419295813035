#pragma once

// The MS_* flags that a mount keeps when it is mounted anew. In a user namespace the kernel refuses to take any of them away.
unsigned long kept_flags(const char *path);
