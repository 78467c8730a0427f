/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * evtchn_dev.h: private to evtchn_dev.c (the files) and evtchn_queue.c (their
 * events).
 *
 * Locks: @lock, a mutex, for binding, unbinding and whatever takes from the
 * queue; @queue_lock for the queue and the state of ports, inside the event
 * channel locks of domain 0 or of the sender.
 */
#ifndef LODGE_EVTCHN_DEV_H
#define LODGE_EVTCHN_DEV_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "../lodge.h"
#include "evtchn_budget.h"

struct evtchn_file {
	struct mutex lock;
	struct xarray ports;		/* struct user_port by number; lock */
	bool restricted;		/* lock */
	domid_t only_domid;		/* if restricted; lock */

	spinlock_t queue_lock;
	struct list_head queue;		/* ports to read, oldest first */
	struct list_head waiting;	/* ports without budget */
	struct hrtimer timer;		/* for those */
	wait_queue_head_t wait;
	struct fasync_struct *fasync;
};

/* Under queue_lock, but for what never changes. */
struct user_port {
	struct evtchn_sink sink;
	struct evtchn_file *file;
	u32 port;
	bool masked;			/* until written back */
	bool again;			/* an event came while it was */
	struct list_head link;		/* in queue or waiting, or empty */
	struct event_budget budget;
};

void queue_init(struct evtchn_file *f);
void queue_exit(struct evtchn_file *f);
struct user_port *queue_port_new(struct evtchn_file *f);
void queue_port_free(struct evtchn_file *f, struct user_port *p);
void queue_write_back(struct evtchn_file *f, struct user_port *p);
unsigned int queue_peek(struct evtchn_file *f, u32 *ports, unsigned int max);
void queue_drop(struct evtchn_file *f, unsigned int n);
void queue_reset(struct evtchn_file *f);

static inline bool queue_has_events(struct evtchn_file *f)
{
	return !list_empty_careful(&f->queue);
}

#endif
