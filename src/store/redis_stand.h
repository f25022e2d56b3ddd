/* For tests: a real Redis server on a Unix socket in a folder of its own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct redis_stand {
    pid_t pid; /* 0: it is not running */
    char folder[64], host[96];
};

static inline const char *redis_stand_path(const struct redis_stand *stand)
{
    return stand->host + strlen("unix:");
}

static inline bool redis_stand_answers(const struct redis_stand *stand)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", redis_stand_path(stand));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool well = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return well;
}

/* Starts the server, with a password unless it is NULL.  False: there is none to start. */
static inline bool redis_stand_start(struct redis_stand *stand, const char *password)
{
    if (!*stand->folder) {
        strcpy(stand->folder, "/tmp/langserved-redis-XXXXXX");
        assert_non_null(mkdtemp(stand->folder));
        snprintf(stand->host, sizeof stand->host, "unix:%s/socket", stand->folder);
    }
    unlink(redis_stand_path(stand));
    stand->pid = fork();
    if (stand->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* it ends with a test that fails */
        (void)freopen("/dev/null", "w", stdout);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket",
               redis_stand_path(stand), "--save", "", "--appendonly", "no", "--dir", stand->folder,
               password ? "--requirepass" : NULL, password, NULL);
        _exit(127);
    }
    for (int i = 0; i < 1000 && !redis_stand_answers(stand); i++) {
        if (waitpid(stand->pid, NULL, WNOHANG) == stand->pid) {
            stand->pid = 0;
            return false;
        }
        usleep(10000);
    }
    return true;
}

/* Ends the server as a crash would. */
static inline void redis_stand_kill(struct redis_stand *stand)
{
    if (stand->pid > 0) {
        kill(stand->pid, SIGKILL);
        waitpid(stand->pid, NULL, 0);
    }
    stand->pid = 0;
}

static inline void redis_stand_fini(struct redis_stand *stand)
{
    redis_stand_kill(stand);
    if (*stand->folder) {
        unlink(redis_stand_path(stand));
        rmdir(stand->folder);
    }
    *stand->folder = '\0';
}
