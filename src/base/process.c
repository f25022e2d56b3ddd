#include "base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

void process_keep_private(void)
{
#ifndef __SANITIZE_ADDRESS__ /* whose search for leaks reads it from another process */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

void process_open_many(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void process_ignore(int signum)
{
    struct sigaction action;
    if (sigaction(signum, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        sigaction(signum, &action, NULL);
    }
}
