/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Event channels for tiny guests: the operations as functions, and the bits
 * of a port.
 */
#ifndef GUEST_EVENTS_H
#define GUEST_EVENTS_H

#include "guest.h"

#define MAX_PORTS	4096u	/* two-level ABI: 64 * 64 */

static inline long op(unsigned int cmd, void *arg) { return hc2(event_channel_op, cmd, arg); }

static inline long alloc_unbound(domid_t dom, domid_t remote, u32 *port)
{
	struct evtchn_alloc_unbound a = { .dom = dom, .remote_dom = remote };
	long ret = op(EVTCHNOP_alloc_unbound, &a);

	*port = a.port;
	return ret;
}

static inline long bind_interdomain(domid_t remote, u32 rport, u32 *port)
{
	struct evtchn_bind_interdomain b = { .remote_dom = remote, .remote_port = rport };
	long ret = op(EVTCHNOP_bind_interdomain, &b);

	*port = b.local_port;
	return ret;
}

static inline long bind_virq(u32 virq, u32 vcpu, u32 *port)
{
	struct evtchn_bind_virq b = { .virq = virq, .vcpu = vcpu };
	long ret = op(EVTCHNOP_bind_virq, &b);

	*port = b.port;
	return ret;
}

static inline long bind_ipi(u32 vcpu, u32 *port)
{
	struct evtchn_bind_ipi b = { .vcpu = vcpu };
	long ret = op(EVTCHNOP_bind_ipi, &b);

	*port = b.port;
	return ret;
}

static inline long send_port(u32 port)
{
	struct evtchn_send s = { .port = port };

	return op(EVTCHNOP_send, &s);
}

static inline long close_port(u32 port)
{
	struct evtchn_close c = { .port = port };

	return op(EVTCHNOP_close, &c);
}

static inline long unmask_port(u32 port)
{
	struct evtchn_unmask u = { .port = port };

	return op(EVTCHNOP_unmask, &u);
}

static inline u32 port_status(u32 port)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

	REQUIRE(op(EVTCHNOP_status, &s) == 0);
	return s.status;
}

static inline bool pending(u32 port) { return bit_test(shared_info->evtchn_pending, port); }
static inline void mask(u32 port) { bit_set(shared_info->evtchn_mask, port); }
static inline void unmask_bit(u32 port) { bit_clear(shared_info->evtchn_mask, port); }
static inline void clear(u32 port) { bit_clear(shared_info->evtchn_pending, port); }

#endif
