/* Where a route's playground is. */
#pragma once

#define PLAYGROUND_PATH "/playground/"

enum { PLAYGROUND_LEN = sizeof PLAYGROUND_PATH - 1 };
