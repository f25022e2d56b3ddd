#include "base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool process_memory(pid_t pid, struct process_memory *out)
{
    char path[40] = "/proc/self/statm", text[256];
    if (pid > 0)
        (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    *out = (struct process_memory){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (len <= 0)
        return false;
    text[len] = '\0';
    char *at = text;
    (void)strtoll(at, &at, 10); /* all that is mapped */
    int64_t page = sysconf(_SC_PAGESIZE);
    out->resident = strtoll(at, &at, 10) * page;
    out->shared = strtoll(at, &at, 10) * page;
    return true;
}

void process_ignore(int signum)
{
    struct sigaction action;
    if (sigaction(signum, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        sigaction(signum, &action, NULL);
    }
}
