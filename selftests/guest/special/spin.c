// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A guest that wants all the CPU it can get
 *
 * It never blocks.  Each second of its system time it says how often it went
 * round its loop by then: "spin N".  crowd.sh boots a hundred of them.
 */
#include "guest.h"

#define SECOND_NS	1000000000UL

TEST(spin, "spins for ever")
{
	u64 next = 0, rounds;

	for (rounds = 0; ; rounds++) {
		if (system_time_ns() < next)
			continue;
		print("spin %lu\n", rounds);
		next = system_time_ns() + SECOND_NS;
	}
}
