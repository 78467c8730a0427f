/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * limit.h: so much in a second, and no more.
 *
 * A limit is a moment: when all that was let through is paid for.  Who comes later
 * than LIMIT_BURST_NS before it may go at once.  Knows no kernel; the caller
 * locks.  selftests/unit/blk_ring.c tries it.
 */
#ifndef LODGE_BACKEND_LIMIT_H
#define LODGE_BACKEND_LIMIT_H

#define LIMIT_BURST_NS	100000000ULL	/* what was not used for so long may be used at once */

/**
 * struct limit - of one thing
 * @rate: of it in a second; 0: no limit
 * @paid_ns: when what was let through is paid for
 */
struct limit {
	u64 rate;
	u64 paid_ns;
};

/**
 * limit_wait_ns() - how long to wait before anything goes through
 * @l: the limit
 * @now_ns: a clock that does not go back
 *
 * Return: 0: it may go now.
 */
static inline u64 limit_wait_ns(const struct limit *l, u64 now_ns)
{
	if (!l->rate || l->paid_ns <= now_ns)
		return 0;
	return l->paid_ns - now_ns;
}

/**
 * limit_take() - something goes through
 * @l: the limit; limit_wait_ns() was 0
 * @amount: below 2^32
 * @now_ns: a clock that does not go back
 *
 * However much it is, it goes; the next has to wait for it.
 */
static inline void limit_take(struct limit *l, u64 amount, u64 now_ns)
{
	if (!l->rate)
		return;
	if (l->paid_ns + LIMIT_BURST_NS < now_ns)
		l->paid_ns = now_ns - LIMIT_BURST_NS;
	l->paid_ns += amount * 1000000000ULL / l->rate;
}

#endif
