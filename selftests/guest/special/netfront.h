/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: A network front end for tiny guests: rings, buffers, packets.
 *
 * There is no xenstore: netfront_open() prints what a front end would write there,
 * and netfront_wait() waits until domain 0 has bound the port.  Grant references:
 * a front end has FRONT_REFS of its own, from @ref on.
 */
#ifndef NETFRONT_H
#define NETFRONT_H

#include "event_wait.h"
#include "grant.h"
#include <xen/interface/io/netif.h>

#define RING		256u
#define BUFS		32u		/* receive buffers; and pages to send from */
#define FRONT_REFS	(2 + 2 * BUFS)
#define FRAME_MAX	(20 * PAGE)

struct netfront {
	u32 ref, port;
	struct xen_netif_tx_sring *tx;
	struct xen_netif_rx_sring *rx;
	u32 tx_prod, tx_cons;		/* requests made, responses seen */
	u32 rx_prod, rx_cons;
	u8 *tx_page[BUFS], *rx_page[BUFS];
	u32 tx_busy;			/* pages in requests without a response, as bits */
	s16 tx_status[RING];		/* by id: the last response */
	u32 nr_ok, nr_error, nr_null;
};

/* What a packet came with, or shall be sent with. */
struct frame_info {
	u32 len;
	u16 flags;			/* as in the first rx response */
	struct xen_netif_extra_info gso;
	bool bad;
};

static inline u32 tx_ref(const struct netfront *f, u32 i) { return f->ref + 2 + i; }
static inline u32 rx_ref(const struct netfront *f, u32 i) { return f->ref + 2 + BUFS + i; }

static inline void mb_(void) { asm volatile("mfence" : : : "memory"); }

static inline void netfront_kick(struct netfront *f) { EXPECT_EQ(send_port(f->port), 0); }

/* A receive buffer for domain 0; its place in the ring is its number. */
static inline void rx_post(struct netfront *f)
{
	struct xen_netif_rx_request *r = &f->rx->ring[f->rx_prod % RING].req;

	r->id = f->rx_prod % BUFS;
	r->gref = rx_ref(f, f->rx_prod % BUFS);
	f->rx_prod++;
}

static inline void rx_push(struct netfront *f)
{
	barrier_();
	f->rx->req_prod = f->rx_prod;
	mb_();
	netfront_kick(f);
}

static inline void netfront_open(struct netfront *f, u32 handle, u32 ref)
{
	u32 i;

	memset(f, 0, sizeof(*f));
	f->ref = ref;
	f->tx = page_alloc();
	f->rx = page_alloc();
	memset(f->tx, 0, PAGE);
	memset(f->rx, 0, PAGE);
	f->tx->req_event = f->tx->rsp_event = f->rx->req_event = f->rx->rsp_event = 1;
	grant(ref, 0, va_to_mfn(f->tx), 0);
	grant(ref + 1, 0, va_to_mfn(f->rx), 0);
	for (i = 0; i < BUFS; i++) {
		f->tx_page[i] = page_alloc();
		f->rx_page[i] = page_alloc();
		grant(tx_ref(f, i), 0, va_to_mfn(f->tx_page[i]), GTF_readonly);
		grant(rx_ref(f, i), 0, va_to_mfn(f->rx_page[i]), 0);
	}
	for (i = 0; i < BUFS; i++)
		rx_post(f);
	f->rx->req_prod = f->rx_prod;
	REQUIRE(alloc_unbound(DOMID_SELF, 0, &f->port) == 0);
	note("vif %u %u:%u:%u", handle, ref, ref + 1, f->port);
}

static inline bool netfront_bound(const struct netfront *f)
{
	return port_status(f->port) == EVTCHNSTAT_interdomain;
}

static inline void netfront_wait(const struct netfront *f)
{
	u64 end = system_time_ns() + LONG_NS;

	while (!netfront_bound(f)) {
		REQUIRE(system_time_ns() < end);
		hc2(sched_op, SCHEDOP_yield, 0);
	}
}

/* Wait for an event, at most so long. */
static inline void netfront_sleep(struct netfront *f, u64 ns)
{
	struct sched_poll p = { .timeout = system_time_ns() + ns, .nr_ports = 1 };

	set_xen_guest_handle(p.ports, &f->port);
	hc2(sched_op, SCHEDOP_poll, &p);
	clear(f->port);
}

/* ---- sending ---- */

static inline struct xen_netif_tx_request *tx_put(struct netfront *f, u32 gref, u16 offset,
						  u16 size, u16 flags)
{
	struct xen_netif_tx_request *r = &f->tx->ring[f->tx_prod % RING].req;

	*r = (struct xen_netif_tx_request){ .gref = gref, .offset = offset, .size = size,
					    .flags = flags, .id = f->tx_prod % RING };
	f->tx_status[r->id] = 77;
	f->tx_prod++;
	return r;
}

static inline struct xen_netif_extra_info *tx_put_extra(struct netfront *f, u8 type, bool more)
{
	struct xen_netif_extra_info *x = (void *)&f->tx->ring[f->tx_prod++ % RING].req;

	memset(x, 0, sizeof(struct xen_netif_tx_request));
	x->type = type;
	x->flags = more ? XEN_NETIF_EXTRA_FLAG_MORE : 0;
	return x;
}

static inline void tx_push(struct netfront *f)
{
	barrier_();
	f->tx->req_prod = f->tx_prod;
	mb_();
	netfront_kick(f);
}

/* Responses that have come. */
static inline void tx_collect(struct netfront *f)
{
	struct xen_netif_tx_response *r;
	u32 prod;

again:
	prod = *(volatile u32 *)&f->tx->rsp_prod;
	barrier_();
	for (; f->tx_cons != prod; f->tx_cons++) {
		r = &f->tx->ring[f->tx_cons % RING].rsp;
		if (r->status == XEN_NETIF_RSP_NULL) {
			f->nr_null++;
			continue;
		}
		f->nr_ok += r->status == XEN_NETIF_RSP_OKAY;
		f->nr_error += r->status != XEN_NETIF_RSP_OKAY;
		f->tx_status[r->id % RING] = r->status;
		f->tx_busy &= ~(1u << (r->id % BUFS));
	}
	f->tx->rsp_event = prod + 1;
	mb_();
	if (*(volatile u32 *)&f->tx->rsp_prod != prod)
		goto again;
}

/* All requests have a response; false if that takes longer than @ns. */
static inline bool tx_all(struct netfront *f, u64 ns)
{
	u64 end = system_time_ns() + ns;

	for (tx_collect(f); f->tx_cons != f->tx_prod; tx_collect(f)) {
		if (system_time_ns() > end)
			return false;
		netfront_sleep(f, ns / 16 + 1);
	}
	return true;
}

/*
 * A packet, in pieces of at most @piece bytes, each in a page of its own.  Ids are
 * ring places, so page n belongs to those that are n modulo BUFS.
 */
static inline void tx_frame(struct netfront *f, const u8 *data, const struct frame_info *info,
			    u32 piece)
{
	const bool gso = info->flags & XEN_NETRXF_extra_info;
	u32 at = 0, n;
	u16 flags = 0;

	if (info->flags & XEN_NETRXF_csum_blank)
		flags = XEN_NETTXF_csum_blank | XEN_NETTXF_data_validated;
	else if (info->flags & XEN_NETRXF_data_validated)
		flags = XEN_NETTXF_data_validated;
	if (gso)
		flags |= XEN_NETTXF_extra_info;
	for (; at < info->len; at += n) {
		u32 i = f->tx_prod % BUFS;

		n = info->len - at < piece ? info->len - at : piece;
		while (f->tx_busy & 1u << i || f->tx_prod - f->tx_cons >= RING) {
			tx_collect(f);
			if (f->tx_busy & 1u << i)
				netfront_sleep(f, 1000000);
		}
		memcpy(f->tx_page[i], data + at, n);
		f->tx_busy |= 1u << i;
		tx_put(f, tx_ref(f, i), 0, at ? n : info->len,
		       flags | (at + n < info->len ? XEN_NETTXF_more_data : 0));
		flags = 0;
		if (!at && gso)
			memcpy(tx_put_extra(f, XEN_NETIF_EXTRA_TYPE_GSO, false), &info->gso,
			       sizeof(info->gso));
	}
	tx_push(f);
}

/* ---- receiving ---- */

/* The next packet, into @data (FRAME_MAX); false: there is none. */
static inline bool rx_frame(struct netfront *f, u8 *data, struct frame_info *info)
{
	u32 prod = *(volatile u32 *)&f->rx->rsp_prod, i;
	struct xen_netif_rx_response r;
	bool more = true, first = true;

	if (f->rx_cons == prod) {
		f->rx->rsp_event = prod + 1;
		mb_();
		prod = *(volatile u32 *)&f->rx->rsp_prod;
		if (f->rx_cons == prod)
			return false;
	}
	barrier_();
	memset(info, 0, sizeof(*info));
	while (more) {
		REQUIRE(f->rx_cons != prod);
		r = f->rx->ring[f->rx_cons % RING].rsp;
		i = f->rx_cons % BUFS;
		f->rx_cons++;
		EXPECT_EQ(r.id, i);
		if (first)
			info->flags = r.flags;
		more = r.flags & XEN_NETRXF_more_data;
		if (r.status < 0 || info->len + r.status > FRAME_MAX) {
			info->bad = true;
		} else {
			memcpy(data + info->len, f->rx_page[i] + r.offset, r.status);
			info->len += r.status;
		}
		rx_post(f);
		if (first && info->flags & XEN_NETRXF_extra_info) {
			memcpy(&info->gso, &f->rx->ring[f->rx_cons++ % RING],
			       sizeof(info->gso));
			rx_post(f);
		}
		first = false;
	}
	rx_push(f);
	return true;
}

#endif
