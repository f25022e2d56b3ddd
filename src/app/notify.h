/* What a service manager is told: systemd's notification protocol (sd_notify(3)). */
#pragma once

#include <stdint.h>

/* Sends a state ("READY=1") to the socket that NOTIFY_SOCKET names; without one nothing is done. */
void notify_manager(const char *state);

/* Milliseconds between two WATCHDOG=1 that the manager wants, half of its patience; 0: it does not
 * watch this process. */
int64_t notify_watchdog_ms(void);
