// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptvalidate: the unit tests of ptvalidate/'s core: entry checks, page types,
 * updates, pins, partial tables.
 */
#include "ptvalidate_world.h"

#define ENTRY(fn, name) { name, fn },
static const struct ktap_test tests[] = {
	LESSONS(ENTRY)
	GRANTED(ENTRY)
	{ "random operations are granted or refused as the plain rules say", test_random_results },
	{ "random operations, interleaved at random points, keep the invariants",
	  test_random_interleaved },
};

KTAP_MAIN(tests)
