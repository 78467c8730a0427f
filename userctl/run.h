/* SPDX-License-Identifier: GPL-2.0-only */
/* DOC: Other programs: found in PATH, never by way of a shell */
#ifndef LODGE_RUN_H
#define LODGE_RUN_H

#include <stddef.h>

#define RUN_MISSING	127	/* there is no such program */

int run_program(char *const argv[], const char *input, char *said, size_t size);

#endif
