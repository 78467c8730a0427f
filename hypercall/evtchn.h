/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * evtchn.h: private to evtchn.c (delivery), evtchn_bind.c (binding, closing),
 * evtchn_op.c (the hypercall), evtchn_host.c and evtchn_dom0.c (the host's ends).
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

/* Who closes a port, and so which ones stay. */
enum evtchn_closer {
	EVTCHN_BY_OWNER,	/* any; EVTCHNOP_close, the domain's end, domain 0 */
	EVTCHN_BY_RESET,	/* not EVTCHN_HOST */
	EVTCHN_BY_RESUME,	/* not built_in */
};

/* The kernel's end of an EVTCHN_HOST channel. */
struct evtchn_host {
	evtchn_notify_fn fn;
	void *data;
};

struct evtchn {
	u8 state : 4;
	u8 built_in : 1;		/* made by domain 0: kept over a resume */
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
 * struct evtchn_dom0 - what only domain 0's table has
 * @sink: who takes the events of a port; set and cleared with its channel
 * @virq_port: as vcpu.virq_port
 */
struct evtchn_dom0 {
	struct evtchn_sink *sink[NR_EVTCHNS];
	u32 virq_port[NR_VIRQS];
};

/**
 * struct evtchn_table - all channels of a domain
 * @used: ports that are not free
 * @bucket: ports in groups, allocated when first needed, freed with the table
 * @going: no port is given out any more
 * @resetting: one vCPU is in EVTCHNOP_reset
 * @dom0: NULL except in domain 0's
 */
struct evtchn_table {
	DECLARE_BITMAP(used, NR_EVTCHNS);
	struct evtchn *bucket[NR_EVTCHN_BUCKETS];
	bool going;
	bool resetting;
	struct evtchn_dom0 *dom0;
};

/* ---- evtchn.c ---- */
struct evtchn *evtchn_get(struct domain *d, u32 port);
void evtchn_set_pending(struct domain *d, const struct evtchn *chn, u32 port);
int evtchn_send(struct domain *d, u32 port);
int evtchn_unmask(struct domain *d, u32 port);

/* ---- evtchn_bind.c ---- */
int evtchn_alloc(struct domain *d, struct evtchn_sink *sink);
int evtchn_bind_unbound(struct domain *d, domid_t remote_id, struct evtchn_sink *sink);
int evtchn_bind_interdomain(struct domain *d, struct domain *remote, u32 remote_port,
			    struct evtchn_sink *sink);
int evtchn_bind_virq(struct domain *d, unsigned int virq, unsigned int vcpu,
		     struct evtchn_sink *sink);
int evtchn_bind_ipi(struct domain *d, unsigned int vcpu);
int evtchn_bind_vcpu(struct domain *d, u32 port, unsigned int vcpu);
int evtchn_close(struct domain *d, u32 port, enum evtchn_closer by);
u32 *evtchn_virq_port(struct domain *d, unsigned int virq, unsigned int vcpu);

/* ---- evtchn_host.c, evtchn_dom0.c ---- */
bool virq_is_global(unsigned int virq);
struct domain *evtchn_find_domain(domid_t id);
extern struct domain *domain0;

#endif
