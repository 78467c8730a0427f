/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * evtchn.h: private to evtchn.c (channels and delivery) and evtchn_op.c (the
 * hypercall).
 */
#ifndef LODGE_EVTCHN_H
#define LODGE_EVTCHN_H

#include "hypercall.h"

#define EVTCHNS_PER_BUCKET	128
#define NR_EVTCHN_BUCKETS	(NR_EVTCHNS / EVTCHNS_PER_BUCKET)

enum evtchn_state {
	EVTCHN_FREE,
	EVTCHN_RESERVED,	/* port 0 */
	EVTCHN_UNBOUND,		/* waits for domain remote_id */
	EVTCHN_INTERDOMAIN,
	EVTCHN_VIRQ,
	EVTCHN_IPI,
	EVTCHN_HOST,		/* the other end is in the kernel */
};

/* The kernel's end of an EVTCHN_HOST channel. */
struct evtchn_host {
	evtchn_notify_fn fn;
	void *data;
};

struct evtchn {
	u8 state;
	u8 vcpu;			/* that is notified */
	domid_t remote_id;		/* UNBOUND: who may bind */
	union {
		u32 remote_port;	/* INTERDOMAIN */
		u32 virq;		/* VIRQ */
	};
	union {
		struct domain *remote;	/* INTERDOMAIN; valid while it is that */
		struct evtchn_host *host;
	};
};

/**
 * struct evtchn_table - all channels of a domain
 * @used: ports that are not free
 * @bucket: ports in groups, allocated when first needed, freed with the table
 */
struct evtchn_table {
	DECLARE_BITMAP(used, NR_EVTCHNS);
	struct evtchn *bucket[NR_EVTCHN_BUCKETS];
};

struct evtchn *evtchn_get(struct domain *d, u32 port);
int evtchn_alloc(struct domain *d);
void evtchn_set_pending(struct domain *d, const struct evtchn *chn, u32 port);
int evtchn_send(struct domain *d, u32 port);
int evtchn_unmask(struct domain *d, u32 port);
int evtchn_close(struct domain *d, u32 port, bool by_reset);
bool virq_is_global(unsigned int virq);

#endif
