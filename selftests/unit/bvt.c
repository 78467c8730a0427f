// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt.c: the unit tests of sched/bvt.c.
 */
#include "bvt_model.h"

static const struct ktap_test tests[] = {
	{ "conversions agree with 128-bit arithmetic and saturate", test_arithmetic },
	{ "many small charges equal one large", test_carry },
	{ "virtual time wraps unnoticed, also during a long sleep", test_wrap },
	{ "who wakes gets max(A, SVT)", test_wake_rule },
	{ "C holds between runners, not against one that woke", test_allowance },
	{ "a time slice is exact", test_slice_exact },
	{ "W borrows, and is paid back", test_warp },
	{ "L ends a stretch of warp, U keeps the next away", test_warp_limit },
	{ "a nap does not renew L, U of sleep does", test_warp_sleep },
	{ "turning warp off and on does not renew L", test_warp_toggle },
	{ "a yield gives way once and loses no more than its lead", test_yield },
	{ "a dispatch is charged the unit", test_unit },
	{ "parameters change at any moment", test_set_params },
	{ "a migration keeps the lead", test_migrate },
	{ "the queue's order is that of a sorted list", test_queue_order },
	{ "random calls keep the invariants", test_random_calls },
	{ "spinners get weights 1:2:4:8", test_shares },
	{ "a sleeper gets what it asks for within its share", test_shares_sleeper },
	{ "no pattern of sleeps takes more than its share", test_shares_storm },
	{ "A_i - A_j stays within the bound", test_bound },
	{ "A_i - A_j stays within the bound, warped", test_bound_warp },
	{ "nobody waits longer than the bound allows", test_starvation },
	{ "domains get their shares across pCPUs", test_smp_shares },
	{ "domains get their shares, whatever they are", test_smp_random },
	{ "the same seed gives the same run", test_repeatable },
};

KTAP_MAIN(tests)
