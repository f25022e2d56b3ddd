#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/net.h"

static int connect_tcp(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void a_port_in_use_is_refused_with_a_sentence(void **state)
{
    (void)state;
    int first = -1, second = -1, port = 0;
    char why[256] = "";
    assert_int_equal(net_bind(&first, "localhost", &port, why), LS_OK);
    assert_int_equal(net_bind(&second, "127.0.0.1", &port, why), LS_SYSTEM);
    assert_non_null(strstr(why, "Address already in use"));
    port = 70000;
    assert_int_equal(net_bind(&second, "127.0.0.1", &port, why), LS_SYSTEM);
    assert_non_null(strstr(why, "65535"));
    port = 0;
    assert_int_equal(net_bind(&second, "no.such.host.invalid", &port, why), LS_SYSTEM);
    assert_non_null(strstr(why, "no.such.host.invalid"));
    close(first);
}

static void ipv6_is_served_where_there_is_any(void **state)
{
    (void)state;
    int fd = -1, port = 0;
    char why[256] = "";
    if (net_bind(&fd, "::", &port, why) != LS_OK)
        return;                     /* a machine without IPv6 */
    int client = connect_tcp(port); /* and IPv4 with it */
    close(client);
    close(fd);
}

static void only_stale_socket_files_are_replaced(void **state)
{
    (void)state;
    char path[64], host[80], why[256] = "";
    int first = -1, second = -1, port = 0;
    snprintf(path, sizeof path, "/tmp/net_test.%d.bind", (int)getpid());
    snprintf(host, sizeof host, "unix:%s", path);
    assert_int_equal(net_bind(&first, host, &port, why), LS_OK);
    assert_int_equal(net_bind(&second, host, &port, why), LS_SYSTEM);
    assert_non_null(strstr(why, "another process serves it"));
    close(first);
    assert_int_equal(net_bind(&second, host, &port, why), LS_OK); /* nobody serves it any more */
    close(second);
    unlink(path);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(net_bind(&second, host, &port, why), LS_SYSTEM);
    assert_non_null(strstr(why, "no socket"));
    assert_int_equal(access(path, F_OK), 0);
    close(file);
    unlink(path);
    char longest[200] = "unix:/";
    memset(longest + 6, 'x', 150);
    assert_int_equal(net_bind(&second, longest, &port, why), LS_SYSTEM);
    assert_non_null(strstr(why, "107 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_in_use_is_refused_with_a_sentence),
        cmocka_unit_test(ipv6_is_served_where_there_is_any),
        cmocka_unit_test(only_stale_socket_files_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
