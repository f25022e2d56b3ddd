#include "base/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static struct {
    int fd;
    char path[PATH_MAX]; /* "": it is no file that has a name */
} files[] = {{.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

enum { FILES = sizeof files / sizeof *files };

/* A file that was deleted has a name too, but nobody is there. */
static bool is_there(const char *path, const struct stat *file)
{
    struct stat found;
    return S_ISREG(file->st_mode) && stat(path, &found) == 0 && found.st_dev == file->st_dev &&
           found.st_ino == file->st_ino;
}

void log_files_remember(void)
{
    for (int i = 0; i < FILES; i++) {
        char link[32];
        struct stat file = {0};
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", files[i].fd);
        ssize_t len = readlink(link, files[i].path, sizeof files[i].path - 1);
        files[i].path[len > 0 ? len : 0] = '\0';
        (void)fstat(files[i].fd, &file);
        if (!is_there(files[i].path, &file))
            files[i].path[0] = '\0';
    }
}

/* NULL; or why `path` cannot take the place of `fd`.  Several processes write to it, each at its
 * end; who may read the old one may read the new one. */
static const char *reopen(int fd, const char *path)
{
    static const int how = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    struct stat file = {0};
    (void)fstat(fd, &file);
    int again = open(path, how, file.st_mode & 0666);
    if (again < 0)
        return strerror(errno);
    bool well = fstat(again, &file) == 0 && S_ISREG(file.st_mode) && dup2(again, fd) == fd;
    (void)close(again);
    return well ? NULL : "it is no regular file";
}

void log_files_reopen(void)
{
    log_flush();
    for (int i = 0; i < FILES; i++) {
        const char *path = files[i].path;
        const char *why = *path ? reopen(files[i].fd, path) : NULL;
        if (why)
            log_event(LOG_ERROR, "log_not_reopened", "%s: %s", path, why);
    }
}
