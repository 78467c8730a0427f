/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * console.h: what console.c (the guest's side) and console_user.c (readers and
 * writers) share.
 *
 * The ring is guest memory.  Its indices are read once and bounded by the size
 * of the ring; our own indices are kept here and only ever written there.  We
 * hold a reference and a WRITABLE type reference on the frame, so it stays
 * this domain's and cannot become a page table while we write to it.
 *
 * Locks: @lock guards all but @write_lock's business; it is a plain spinlock
 * taken in process and slice context, never in interrupts, and nothing else
 * is taken under it.  @write_lock makes a writer's input and its event one
 * step for console_stop(): no event is sent after that.
 */
#ifndef LODGE_CONSOLE_H
#define LODGE_CONSOLE_H

#include <linux/minmax.h>
#include <xen/interface/io/console.h>

#include "../lodge.h"

#define CONSOLE_LOG_PAGES	32U
#define CONSOLE_LOG_SIZE	(CONSOLE_LOG_PAGES * PAGE_SIZE)

/**
 * struct console - a domain's console
 * @lock: see above
 * @log: output, at most the last CONSOLE_LOG_SIZE bytes; byte number n is at
 *	n % CONSOLE_LOG_SIZE, in pages that are allocated as they are needed
 * @nr_log_pages: of them, at least 1; does not shrink
 * @written: bytes of output ever; positions of readers count like this
 * @lost: bytes before this one are lost, even if the log is shorter
 * @ring: host address of the guest's page; NULL before connect and after stop
 * @mfn: its frame
 * @port: the guest's event channel
 * @out_cons: our index into ring->out
 * @in_prod: our index into ring->in
 * @stopped: nothing will be written any more
 * @write_lock: see above
 * @wait: readers for output, writers for room
 */
struct console {
	spinlock_t lock;
	char *log[CONSOLE_LOG_PAGES];
	unsigned int nr_log_pages;
	u64 written;
	u64 lost;
	struct xencons_interface *ring;
	u64 mfn;
	u32 port;
	XENCONS_RING_IDX out_cons;
	XENCONS_RING_IDX in_prod;
	bool stopped;
	struct mutex write_lock;
	wait_queue_head_t wait;
};

/* c->lock held. The first byte that the log still has. */
static inline u64 console_log_oldest(const struct console *c)
{
	u64 oldest = c->written > CONSOLE_LOG_SIZE ? c->written - CONSOLE_LOG_SIZE : 0;

	return max(oldest, c->lost);
}

/* Where byte number @n of the output is, and how many bytes follow it there, its own included. */
static inline char *console_log_at(const struct console *c, u64 n, size_t *len)
{
	*len = PAGE_SIZE - n % PAGE_SIZE;
	return c->log[n / PAGE_SIZE % CONSOLE_LOG_PAGES] + n % PAGE_SIZE;
}

#endif
