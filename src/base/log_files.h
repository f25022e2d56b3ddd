/* Log files that are moved away while they are written, as logrotate does: the files behind standard
 * output and standard error are opened again by the names that they had when the server began. */
#pragma once

/* Keeps the names of those of the two that are files. */
void log_files_remember(void);

/* Opens them again, in the place of the old ones; what cannot be opened stays, and the log says
 * why.  For each process of the server. */
void log_files_reopen(void);
