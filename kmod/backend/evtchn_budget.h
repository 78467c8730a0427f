/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * evtchn_budget.h: how many events of a port may wake user space.
 *
 * Knows no kernel; selftests/unit/events.c tries it.
 */
#ifndef LODGE_EVTCHN_BUDGET_H
#define LODGE_EVTCHN_BUDGET_H

#define BUDGET_BURST	1024U		/* events at once */
#define BUDGET_NS	125000ULL	/* then one in this time */

/**
 * struct event_budget - of one port
 * @left: events it may have now
 * @at_ns: when that was right
 */
struct event_budget {
	unsigned int left;
	u64 at_ns;
};

static inline void event_budget_init(struct event_budget *b, u64 now_ns)
{
	b->left = BUDGET_BURST;
	b->at_ns = now_ns;
}

/**
 * event_budget_take() - is there budget for one more event?
 * @b: the port's
 * @now_ns: a clock that does not go back
 *
 * Return: true if so; it is spent.
 */
static inline bool event_budget_take(struct event_budget *b, u64 now_ns)
{
	u64 earned = (now_ns - b->at_ns) / BUDGET_NS;

	if (earned >= BUDGET_BURST - b->left) {
		b->left = BUDGET_BURST;
		b->at_ns = now_ns;
	} else {
		b->left += earned;
		b->at_ns += earned * BUDGET_NS;
	}
	if (!b->left)
		return false;
	b->left--;
	return true;
}

#endif
