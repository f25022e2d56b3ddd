#include "app/cli.h"
#include "base/json_pool.h"

int main(int argc, char **argv)
{
    json_pool_use();
    return cli_main(argc, argv);
}
