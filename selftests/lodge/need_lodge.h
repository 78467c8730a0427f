/* SPDX-License-Identifier: GPL-2.0-only */
/* DOC: included by test programs that have nothing to test without the module. */
#ifndef NEED_LODGE_H
#define NEED_LODGE_H

#include <stdio.h>
#include <unistd.h>

#define KSFT_SKIP_STATUS 4

/* Before main(): the harness goes on after a SKIP in a fixture's setup. */
static void __attribute__((constructor)) need_lodge(void)
{
	if (!access("/dev/lodge", F_OK))
		return;
	dprintf(1, "1..0 # SKIP no /dev/lodge: the module is not loaded\n");
	_exit(KSFT_SKIP_STATUS);
}

#endif
