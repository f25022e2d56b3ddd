/* Calls that this code base does without: unbounded, locale-dependent or not thread-safe.
 * Included on the command line for every file of ours. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gmtime localtime ctime asctime atoi atol \
    atof
