/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h: devices of guests that domain 0's kernel serves (device.c), and
 * what their back ends share: pins, rings, ports.
 *
 * A struct backend belongs to its domain and lives until domain 0 removes it or
 * the domain ends.  Programs only say what is to happen (netlink_backend.c), and
 * may die at any moment.
 */
#ifndef LODGE_BACKEND_DEVICE_H
#define LODGE_BACKEND_DEVICE_H

#include <linux/file.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../../hypercall/grant.h"
#include "../lodge.h"
#include "../uapi/lodge_netlink.h"

struct backend;
struct netlink_ext_ack;
struct sk_buff;

/**
 * struct backend_args - what domain 0 asks for when it makes or changes one
 * @file: vbd: a reference that create() may keep (get_file()); NULL: none was given
 * @mac: vif: 6 bytes; NULL: none was given
 * @ifname: vif; NULL: none was given
 * @flags: vbd: LODGE_VBD_READ_ONLY, CDROM, NO_DISCARD
 * @queues_max: 0: not given
 * @resized: vbd, set() alone
 * @extack: for a sentence, where create() or set() refuses
 */
struct backend_args {
	struct file *file;
	const u8 *mac;
	const char *ifname;
	u32 flags;
	u32 queues_max;
	bool resized;
	struct netlink_ext_ack *extack;
};

/**
 * struct backend_queue_args - a queue as the front end described it; any values
 * @nr_refs: vbd: how many @ref there are, 1 to LODGE_BACKEND_RING_PAGES_MAX;
 *	vif: 2, tx and rx
 * @ref: grants of the pages of the ring
 * @evtchn: ports of the guest; [1] is rx if it is split, else [0] again
 * @split: there are two
 */
struct backend_queue_args {
	u32 nr_refs;
	u32 ref[LODGE_BACKEND_RING_PAGES_MAX];
	u32 evtchn[2];
	bool split;
};

/**
 * struct backend_connect_args - a front end
 * @protocol: vbd: LODGE_VBD_PROTOCOL_*
 * @features: vif: LODGE_VIF_*
 * @nr_queues: 1 to backend.queues_max
 * @queue: that many
 * @extack: for a sentence, where connect() refuses
 */
struct backend_connect_args {
	u32 protocol;
	u32 features;
	u32 nr_queues;
	struct backend_queue_args *queue;
	struct netlink_ext_ack *extack;
};

/**
 * struct backend_ops - a kind of device; all are called with backend.lock held, sleepable
 * @type: enum lodge_backend_type
 * @name: "vbd"
 * @size: bytes of its object, which begins with a struct backend; zeroed
 * @create: be->limit_* are set; sets be->queues_max; 0 or an errno and nothing is left
 * @remove: undo create(); it is not connected
 * @connect: begin to serve; be->state is CONNECTED already, so that queues may
 *	call backend_fail(); 0 or an errno and nothing is left
 * @disconnect: finish what has begun, take nothing more; when it returns nothing
 *	of the guest's is pinned and no port is bound.  After a backend_fail(), too
 * @set: be->limit_* have changed, or args->resized; 0 or an errno
 * @fill: attributes and counters of its own, by netlink_put_backend_stat();
 *	0 or -EMSGSIZE
 */
struct backend_ops {
	u32 type;
	const char *name;
	size_t size;
	int (*create)(struct backend *be, const struct backend_args *args);
	void (*remove)(struct backend *be);
	int (*connect)(struct backend *be, const struct backend_connect_args *args);
	void (*disconnect)(struct backend *be);
	int (*set)(struct backend *be, const struct backend_args *args);
	int (*fill)(struct backend *be, struct sk_buff *skb);
};

/**
 * struct backend - one device of a guest
 * @ref: of its memory
 * @link: in domain.backends
 * @serial: of all that there ever were; for dumps
 * @domain: a reference
 * @ops: its kind
 * @handle: the device's number
 * @lock: one command at a time
 * @removed: nothing but memory is left; under lock
 * @queues_max: set by create()
 * @limit_iops: requests a second, 0: no limit; under lock
 * @limit_bps: bytes a second, 0: no limit; under lock
 * @state_lock: state and reason; IRQ-safe, a leaf
 * @state: enum lodge_backend_state; written under both, or from CONNECTED to FAILED
 * @reason: why it has failed
 * @event_work: tells that
 */
struct backend {
	struct kref ref;
	struct list_head link;
	u64 serial;
	struct domain *domain;
	const struct backend_ops *ops;
	u32 handle;
	struct mutex lock;
	bool removed;
	u32 queues_max;
	u64 limit_iops, limit_bps;
	spinlock_t state_lock;
	u32 state;
	char reason[LODGE_REASON_MAX];
	struct work_struct event_work;
};

extern const struct backend_ops blk_backend_ops;	/* blk.c */
extern const struct backend_ops net_backend_ops;	/* net.c */

/* ---- device.c, for netlink_backend.c ---- */
struct backend *backend_create(struct domain *d, u32 type, u32 handle, u64 iops, u64 bps,
			       const struct backend_args *args);
struct backend *backend_find(struct domain *d, u32 type, u32 handle);
struct backend *backend_next(struct domain *d, u64 serial);
void backend_put(struct backend *be);
int backend_connect(struct backend *be, const struct backend_connect_args *args);
int backend_disconnect(struct backend *be);
int backend_remove(struct backend *be);
int backend_set(struct backend *be, const u64 *iops, const u64 *bps,
		const struct backend_args *args);
u32 backend_get_state(struct backend *be, char *reason);

/* ---- device.c, for the back ends themselves ---- */
__printf(2, 3) void backend_fail(struct backend *be, const char *fmt, ...);

/* ---- backend/share.c: what a front end shares ---- */

/* A granted page: backend_pin(), grant_unpin(), backend_pinned_page(). */
int backend_pin(struct backend *be, u32 ref, bool readonly, struct grant_pin *pin);
static inline struct page *backend_pinned_page(const struct grant_pin *pin)
{
	return pfn_to_page(pin->mfn);
}

/**
 * struct backend_ring - a ring of a front end, mapped
 * @addr: where, page-aligned; NULL: not mapped
 * @nr: pages
 * @pin: of each
 */
struct backend_ring {
	void *addr;
	u32 nr;
	struct grant_pin pin[LODGE_BACKEND_RING_PAGES_MAX];
};

int backend_map_ring(struct backend *be, const u32 *refs, u32 nr, struct backend_ring *ring);
void backend_unmap_ring(struct backend_ring *ring);

/**
 * struct backend_port - domain 0's end of a front end's event channel
 * @sink: inside evtchn_dom0.c's table
 * @event: called with IRQs off and event channel locks held, as in struct
 *	evtchn_sink: no more than a wake_up()
 * @port: 0: not bound
 */
struct backend_port {
	struct evtchn_sink sink;
	void (*event)(struct backend_port *port);
	u32 port;
};

int backend_bind_port(struct backend *be, u32 evtchn, void (*event)(struct backend_port *port),
		      struct backend_port *port);
void backend_close_port(struct backend_port *port);
static inline void backend_notify(struct backend_port *port)	/* any context but the sink's */
{
	evtchn_dom0_send(port->port);
}

#endif
