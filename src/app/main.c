#include <fcntl.h>
#include <unistd.h>

#include "app/cli.h"
#include "base/json_pool.h"

/* Where one of the three standard files is closed, what is opened next would take its number, and
 * log lines would go there.  For reading only, so that writing to it still fails. */
static void hold_standard_files(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
}

int main(int argc, char **argv)
{
    hold_standard_files();
    json_pool_use();
    return cli_main(argc, argv);
}
