// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Network back end, what the rings say
 *
 * A guest shares its rings with us and may change them at any moment.  An entry
 * is copied out once, and only the copy is judged: net_tx_take() gathers all
 * entries of one packet, and what it returns is consistent, whatever the guest
 * writes meanwhile.  Called by net_tx.c and net_rx.c.  Must not touch anything
 * but the ring and its own result; is compiled and fuzzed in user space.
 *
 * Two kinds of wrong: a packet that is refused is answered with an error, and the
 * ring goes on (NET_DROP); when it is not clear where the next packet begins, or
 * what the guest could only do on purpose, the ring is shut (NET_BROKEN).
 */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/string.h>
#include <xen/interface/io/netif.h>
#endif
#include "net_ring.h"

/* An entry of the ring: a request, or what follows one. */
union entry {
	struct xen_netif_tx_request req;
	struct xen_netif_extra_info extra;
	u32 word[3];
};

/* The one place that reads an entry. */
static void copy_entry(const struct xen_netif_tx_request *entries, u32 index, union entry *e)
{
	const union entry *from = (const void *)&entries[index % NET_RING_SIZE];
	unsigned int i;

	_Static_assert(sizeof(*e) == 12, "an entry of the ABI");
	for (i = 0; i < 3; i++)
		e->word[i] = READ_ONCE(from->word[i]);
}

/**
 * net_ring_bad() - is what the front end says of a ring possible?
 * @prod: its request producer index, read once
 * @cons: how far we have come
 * @answered: how many responses we have written, at most @cons
 *
 * Context: any.
 * Return: NULL, or what is wrong.
 */
const char *net_ring_bad(u32 prod, u32 cons, u32 answered)
{
	if (prod - cons > NET_RING_SIZE)
		return "it claims more requests than the ring has";
	/* Its own earlier requests stand where it puts these. */
	if (prod - answered > NET_RING_SIZE)
		return "it overwrites requests that have no response yet";
	return NULL;
}

static enum net_verdict broken(struct net_tx_packet *p, const char *why)
{
	p->why = why;
	return NET_BROKEN;
}

static void drop(struct net_tx_packet *p, const char *why)
{
	if (!p->why)
		p->why = why;
}

static void take_gso(struct net_tx_packet *p, const struct xen_netif_extra_info *extra)
{
	p->gso_type = extra->u.gso.type;
	p->gso_size = extra->u.gso.size;
	if (p->gso_type != XEN_NETIF_GSO_TYPE_TCPV4 && p->gso_type != XEN_NETIF_GSO_TYPE_TCPV6)
		drop(p, "segments of an unknown kind");
	else if (p->gso_size < NET_GSO_MIN)
		drop(p, "segments of no size");
}

/* The metadata after the first request: one entry of a kind at most. */
static enum net_verdict take_extras(const struct xen_netif_tx_request *entries, u32 prod,
				    u32 *cons, struct net_tx_packet *p)
{
	unsigned int seen = 0;
	union entry e;

	do {
		if (*cons == prod)
			return broken(p, "metadata is announced, and missing");
		copy_entry(entries, (*cons)++, &e);
		p->nr_extras++;
		if (e.extra.type == XEN_NETIF_EXTRA_TYPE_NONE ||
		    e.extra.type >= XEN_NETIF_EXTRA_TYPE_MAX)
			return broken(p, "metadata of an unknown kind");
		if (seen & 1u << e.extra.type)
			return broken(p, "metadata of one kind twice");
		seen |= 1u << e.extra.type;
		if (e.extra.type == XEN_NETIF_EXTRA_TYPE_GSO)
			take_gso(p, &e.extra);
		if (e.extra.type == XEN_NETIF_EXTRA_TYPE_MCAST_ADD ||
		    e.extra.type == XEN_NETIF_EXTRA_TYPE_MCAST_DEL) {
			if (p->mcast)
				return broken(p, "an address to add and to delete");
			p->mcast = e.extra.type;
			memcpy(p->mcast_addr, e.extra.u.mcast.addr, sizeof(p->mcast_addr));
		}
	} while (e.extra.flags & XEN_NETIF_EXTRA_FLAG_MORE);
	return NET_PACKET;
}

static const char *add_frag(struct net_tx_packet *p, const struct xen_netif_tx_request *req)
{
	struct net_tx_frag *f;

	if (p->nr_frags == NET_FRAGS_SANE)
		return "a packet of too many pieces";
	if ((u32)req->offset + req->size > NET_PAGE)
		return "a piece of a packet crosses the end of its page";
	f = &p->frag[p->nr_frags++];
	f->ref = req->gref;
	f->offset = req->offset;
	f->size = req->size;
	f->id = req->id;
	return NULL;
}

/*
 * The pieces.  The first request's size is that of the whole packet, so its own
 * piece is what the others leave.
 */
static enum net_verdict take_frags(const struct xen_netif_tx_request *entries, u32 prod,
				   u32 *cons, struct xen_netif_tx_request *first, bool more,
				   struct net_tx_packet *p)
{
	u32 total = first->size, others = 0;
	const char *why;
	union entry e;

	/* Its place; what it says of size is known at the end. */
	p->frag[0] = (struct net_tx_frag){ .ref = first->gref, .id = first->id };
	p->nr_frags = 1;
	while (more) {
		if (*cons == prod)
			return broken(p, "more of a packet is announced, and missing");
		copy_entry(entries, (*cons)++, &e);
		more = e.req.flags & XEN_NETTXF_more_data;
		if (e.req.flags & XEN_NETTXF_extra_info)
			return broken(p, "metadata in the middle of a packet");
		why = add_frag(p, &e.req);
		if (why)
			return broken(p, why);
		if (!e.req.size)
			drop(p, "a piece of no size");
		others += e.req.size;
	}
	p->len = total;
	if (others >= total) {
		drop(p, "the pieces are more than the packet");
		return NET_PACKET;
	}
	if (first->offset + (total - others) > NET_PAGE)
		return broken(p, "a piece of a packet crosses the end of its page");
	p->frag[0].offset = first->offset;
	p->frag[0].size = total - others;
	return NET_PACKET;
}

static void check_whole(struct net_tx_packet *p)
{
	if (p->nr_frags > NET_FRAGS_MAX)
		drop(p, "a packet of too many pieces");
	if (p->len < NET_HEADER_MIN)
		drop(p, "shorter than an Ethernet header");
	if (p->gso_type && p->gso_size >= p->len)
		drop(p, "segments larger than the packet");
}

/**
 * net_tx_take() - one packet off a ring of a guest that sends
 * @entries: the ring's entries, in the page shared with the guest
 * @prod: the guest's producer index, read once; net_ring_bad() found nothing
 * @cons: in and out: how far we have come
 * @p: out, but for NET_EMPTY: the packet.  For NET_DROP, and for NET_PACKET, all
 *	its entries are taken, and it says what responses they are owed
 *
 * Context: any; a barrier was between reading @prod and this.
 */
enum net_verdict net_tx_take(const struct xen_netif_tx_request *entries, u32 prod, u32 *cons,
			     struct net_tx_packet *p)
{
	enum net_verdict verdict;
	union entry first;

	if (*cons == prod)
		return NET_EMPTY;
	p->len = 0;
	p->nr_frags = 0;
	p->nr_extras = 0;
	p->gso_type = XEN_NETIF_GSO_TYPE_NONE;
	p->gso_size = 0;
	p->mcast = 0;
	p->why = NULL;
	copy_entry(entries, (*cons)++, &first);
	p->csum_blank = first.req.flags & XEN_NETTXF_csum_blank;
	p->validated = first.req.flags & XEN_NETTXF_data_validated;
	if (first.req.flags & XEN_NETTXF_extra_info) {
		verdict = take_extras(entries, prod, cons, p);
		if (verdict != NET_PACKET)
			return verdict;
	}
	verdict = take_frags(entries, prod, cons, &first.req,
			     first.req.flags & XEN_NETTXF_more_data, p);
	if (verdict != NET_PACKET)
		return verdict;
	if (!p->mcast)
		check_whole(p);
	else if (p->nr_frags > 1)
		drop(p, "a packet that is about an address");
	else
		p->why = NULL;	/* its request has no data */
	return p->why ? NET_DROP : NET_PACKET;
}

/**
 * net_rx_entries() - entries of its ring that a guest needs to get a packet
 * @len: bytes, at least 1
 * @gso: with one for its segments' size
 *
 * Context: any.
 */
unsigned int net_rx_entries(unsigned int len, bool gso)
{
	return (len + NET_PAGE - 1) / NET_PAGE + gso;
}
