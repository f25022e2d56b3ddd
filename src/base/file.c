#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *read_all(int fd, struct buf *out)
{
    ssize_t got;
    char block[8192];
    while ((got = read(fd, block, sizeof block)) > 0)
        if (buf_add(out, block, (size_t)got))
            return "it is too long";
    return got < 0 ? strerror(errno) : NULL;
}

const char *file_read(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat stat;
    if (fd < 0)
        return strerror(errno);
    bool regular = fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode);
    const char *why = regular ? read_all(fd, out) : "it is no regular file";
    (void)close(fd);
    return why;
}
