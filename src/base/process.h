/* What the system says of processes, and what it may not end them for. */
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

/* Keeps what is in memory from core files, and from other processes of the same user; for good. */
void process_keep_private(void);

/* Lets the process have as many open files as the system allows it, and not the 1024 that a shell
 * starts it with: each connection is one. */
void process_open_many(void);

/* Makes what the signal tells of an error of the call that caused it (SIGPIPE, SIGXFSZ), instead of
 * the end of the process, unless the program has a handler of its own. */
void process_ignore(int signum);
