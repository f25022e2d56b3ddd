/* What the system says of processes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes of a process that are in memory. */
struct process_memory {
    int64_t resident; /* all of them */
    int64_t shared;   /* those of files, and of others too */
};

/* Reads it for a process (0: this one).  False, and zeros, when the system does not tell. */
bool process_memory(pid_t pid, struct process_memory *out);
