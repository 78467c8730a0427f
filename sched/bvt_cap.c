// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt_cap.c: no weight counts for more than a pCPU.
 */
#include "bvt.h"

/**
 * DOC: bvt_cap
 *
 * The one rule of balance.c that looks at domains, not at queues.  Called by spread.c
 * and the unit tests with numbers that may be a moment old.  Knows no kernel.
 */

/**
 * bvt_cap_load() - the load that nothing runnable should count as more than
 * @groups: the weights and numbers of runnable entities
 * @nr: of groups
 * @nr_cpus: pCPUs that they share
 *
 * One entity cannot use more than one pCPU.  If it counted as more, its queue
 * would lag for ever, and no move would help.  So those weights are cut to what
 * one pCPU is worth, given the others (Chandra et al., Surplus Fair Scheduling,
 * OSDI 2000, section 2.1).
 *
 * Return: the cap, 1..BVT_LOAD_MAX.
 */
u32 bvt_cap_load(const struct bvt_share *groups, unsigned int nr, unsigned int nr_cpus)
{
	u64 cap = BVT_LOAD_MAX, last = cap + 1, least = cap, load, rest;
	unsigned int i, left, nr_cut = 0;

	/* Each turn cuts more of them off, until it cuts none. */
	while (cap < last) {
		rest = 0;
		left = nr_cpus;
		nr_cut = 0;
		for (i = 0; i < nr; i++) {
			if (!groups[i].runnable)
				continue;
			load = (u64)groups[i].weight * BVT_LOAD_ONE / groups[i].runnable;
			if (load < least)
				least = load;
			if (load > cap) {
				left -= groups[i].runnable < left ? groups[i].runnable : left;
				nr_cut++;
			} else {
				rest += load * groups[i].runnable;
			}
		}
		if (!left || !rest)
			break;
		last = cap;
		if (rest / left < cap)
			cap = rest / left;
	}
	/* One that wakes before this is looked at again is not to be cut for nothing. */
	if (!nr_cut)
		return BVT_LOAD_MAX;
	if (cap < least)
		cap = least;	/* a pCPU for each */
	return cap ? (u32)cap : 1;
}
