/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Waiting for events in every way that a guest has, chosen at random, so that
 * masking, unmasking, blocking and polling meet a send at every moment.  A wake-up
 * that is lost shows as a poll that times out, or as a guest that hangs.
 */
#ifndef EVENT_WAIT_H
#define EVENT_WAIT_H

#include "events.h"

#define WAIT_PORTS	4
#define SECOND_NS	1000000000UL
#define LONG_NS		(40 * SECOND_NS)	/* the sender may be slow, but not so slow */

/* Who waits: WAIT_PORTS ports; sets of them are masks of their indices. */
struct waiter {
	u32 *port;
	u64 seed;
	u32 late;		/* polls that timed out */
};

static inline u32 chance(struct waiter *w, u32 below)
{
	w->seed = w->seed * 6364136223846793005UL + 1442695040888963407UL;
	return (w->seed >> 33) % below;
}

/*
 * With a full barrier: a sender that finds its selector bit set has set the
 * port's bit before, and we shall look at that after this.
 */
static inline bool take_event(struct regs *r)
{
	u64 none = 0;

	VCPU_INFO->evtchn_upcall_pending = 0;
	asm volatile("xchg %0, %1" : "+r" (none), "+m" (VCPU_INFO->evtchn_pending_sel)
		     : : "memory");
	return true;
}

/* The ports of @set that are pending; they are taken. */
static inline u32 take_pending(struct waiter *w, u32 set)
{
	u32 i, got = 0;

	for (i = 0; i < WAIT_PORTS; i++) {
		if (!(set & 1 << i) || !pending(w->port[i]))
			continue;
		clear(w->port[i]);
		got |= 1 << i;
	}
	return got;
}

/* Like a kernel's idle loop: look with events off, then block, which turns them on. */
static inline void wait_block(void)
{
	hc2(sched_op, SCHEDOP_block, 0);
	events_mask();
}

static inline void wait_poll(struct waiter *w, u32 set)
{
	struct sched_poll p = { .timeout = system_time_ns() + LONG_NS };
	u32 ports[WAIT_PORTS], i;
	u64 start = system_time_ns();

	for (i = 0; i < WAIT_PORTS; i++)
		if (set & 1 << i)
			ports[p.nr_ports++] = w->port[i];
	set_xen_guest_handle(p.ports, ports);
	hc2(sched_op, SCHEDOP_poll, &p);
	/* Signed: on Xen with unsynchronised TSCs the clock may step back. */
	w->late += (s64)(system_time_ns() - start) >= (s64)LONG_NS;
}

/* Mask, let something happen, and unmask through the hypervisor. */
static inline void wait_unmask(struct waiter *w, u32 set)
{
	u32 i, n = chance(w, 40);

	for (i = 0; i < WAIT_PORTS; i++)
		if (set & 1 << i)
			mask(w->port[i]);
	for (i = 0; i < n; i++)
		barrier_();
	for (i = 0; i < WAIT_PORTS; i++)
		if (set & 1 << i)
			unmask_port(w->port[i]);
	wait_block();
}

/* The same without it: clear the mask, then look whether there is something. */
static inline void wait_unmask_self(struct waiter *w, u32 set)
{
	u32 i;

	for (i = 0; i < WAIT_PORTS; i++)
		if (set & 1 << i)
			mask(w->port[i]);
	for (i = 0; i < WAIT_PORTS; i++)
		if (set & 1 << i)
			unmask_bit(w->port[i]);
	for (i = 0; i < WAIT_PORTS; i++)
		if (set & 1 << i && pending(w->port[i]))
			return;
	wait_block();
}

/* Wait for one of the ports at least, whichever way. */
static inline u32 wait_any(struct waiter *w, u32 set)
{
	u32 got;

	while (!(got = take_pending(w, set))) {
		switch (chance(w, 5)) {
		case 0:
			wait_poll(w, set);
			break;
		case 1:
			wait_unmask(w, set);
			break;
		case 2:
			wait_unmask_self(w, set);
			break;
		case 3:
			hc2(sched_op, SCHEDOP_yield, 0);
			break;
		default:
			wait_block();
		}
	}
	return got;
}

#endif
