// SPDX-License-Identifier: GPL-2.0-only
/*
 * timer.c: what comes next, and random numbers.
 */
#include "sim.h"

/**
 * DOC: simulator-timers
 *
 * Called by everything in the simulator.  Timers of one moment fire in the order in
 * which they were set, and random numbers follow from the seed alone.
 */

/* ---- random numbers: splitmix64 ---- */

u64 sim_random(struct sim *s)
{
	u64 z = (s->random += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* 0 <= x < 1 */
double sim_random_unit(struct sim *s)
{
	return (double)(sim_random(s) >> 11) / (double)(1ULL << 53);
}

/* ---- timers: a binary heap from index 1 ---- */

static bool timer_before(const struct timer *a, const struct timer *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->seq < b->seq;
}

static void heap_put(struct sim *s, unsigned int pos, struct timer *t)
{
	s->heap[pos] = t;
	t->pos = pos;
}

static void heap_settle(struct sim *s, struct timer *t, unsigned int pos)
{
	unsigned int child;

	for (; pos > 1 && timer_before(t, s->heap[pos / 2]); pos /= 2)
		heap_put(s, pos, s->heap[pos / 2]);
	for (; (child = 2 * pos) <= s->heap_len; pos = child) {
		if (child < s->heap_len && timer_before(s->heap[child + 1], s->heap[child]))
			child++;
		if (!timer_before(s->heap[child], t))
			break;
		heap_put(s, pos, s->heap[child]);
	}
	heap_put(s, pos, t);
}

void timer_cancel(struct sim *s, struct timer *t)
{
	unsigned int pos = t->pos;
	struct timer *last;

	if (!pos)
		return;
	t->pos = 0;
	last = s->heap[s->heap_len--];
	if (last != t)
		heap_settle(s, last, pos);
}

/* NEVER_NS: not at all */
void timer_set(struct sim *s, struct timer *t, u64 at_ns)
{
	timer_cancel(s, t);
	if (at_ns == NEVER_NS)
		return;
	t->at_ns = at_ns < s->now_ns ? s->now_ns : at_ns;
	t->seq = s->heap_seq++;
	heap_settle(s, t, ++s->heap_len);
}
