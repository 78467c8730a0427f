// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Network back end, packets that the guest sends
 *
 * net_ring.c takes a packet's requests off the ring; here it becomes an skb of
 * domain 0's.  Its headers are copied, so that nobody is told one thing and sent
 * another.  What follows them is the guest's own pages (net_flight.c), unless it
 * is little, or so much is under way already that somebody must be sitting on
 * it: then it is copied, and the guest goes on whatever becomes of the packets.
 *
 * What the guest says of checksums and segments is compared with the headers.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

#include "net.h"

#define TX_BUDGET	64	/* packets, before others have their turn */
#define HEADERS		256u	/* bytes that are copied always */
#define COPY_MAX	2048u	/* shorter packets are copied: a pin is dearer */
#define FLIGHT_MAX	128	/* pieces under way, then packets are copied */

/* ---- responses ---- */

static void respond(struct net_queue *q, u16 id, s16 status)
{
	struct xen_netif_tx_response *rsp = &q->tx->ring[q->tx_rsp % NET_RING_SIZE].rsp;

	WRITE_ONCE(rsp->id, id);
	WRITE_ONCE(rsp->status, status);
	q->tx_rsp++;
}

static void respond_extras(struct net_queue *q, const struct net_tx_packet *p)
{
	unsigned int i;

	for (i = 0; i < p->nr_extras; i++)
		respond(q, 0, XEN_NETIF_RSP_NULL);
}

static void respond_all(struct net_queue *q, const struct net_tx_packet *p, s16 status)
{
	unsigned int i;

	for (i = 0; i < p->nr_frags; i++)
		respond(q, p->frag[i].id, status);
	respond_extras(q, p);
}

static void publish(struct net_queue *q)
{
	struct xen_netif_tx_sring *ring = q->tx;
	const u32 old = q->tx_told;

	if (q->tx_rsp == old)
		return;
	q->tx_told = q->tx_rsp;
	virt_wmb();	/* responses before the index */
	WRITE_ONCE(ring->rsp_prod, q->tx_told);
	virt_mb();	/* the index before we look who wants to know */
	if (q->tx_told - READ_ONCE(ring->rsp_event) < q->tx_told - old)
		backend_notify(&q->port[0]);
}

/**
 * net_tx_finish() - packets whose pages nobody needs any more
 * @q: the queue
 *
 * Context: the queue's thread.
 * Return: false: there is nothing more to do.
 */
bool net_tx_finish(struct net_queue *q)
{
	struct net_cargo *cargo, *next;
	unsigned int i;

	if (llist_empty(&q->flight->done))
		return false;
	llist_for_each_entry_safe(cargo, next, llist_del_all(&q->flight->done), node) {
		for (i = 0; i < cargo->nr; i++)
			respond(q, cargo->piece[i].id, XEN_NETIF_RSP_OKAY);
		net_cargo_free(cargo);
	}
	publish(q);
	return false;
}

/* ---- data ---- */

static int copy_frag(struct net_queue *q, struct sk_buff *skb, unsigned int at,
		     const struct net_tx_frag *f)
{
	struct grant_pin pin;
	int ret = backend_pin(&q->nb->be, f->ref, true, &pin);

	if (ret)
		return ret;
	ret = skb_store_bits(skb, at, page_address(backend_pinned_page(&pin)) + f->offset,
			     f->size);
	grant_unpin(&pin);
	return ret;
}

static struct sk_buff *copied(struct net_queue *q, const struct net_tx_packet *p)
{
	unsigned int i, at = 0, linear = min(p->len, COPY_MAX);
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(NET_SKB_PAD + NET_IP_ALIGN + linear, p->len - linear,
				   PAGE_ALLOC_COSTLY_ORDER, &err, GFP_KERNEL | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN);
	skb_put(skb, linear);
	skb->data_len = p->len - linear;
	skb->len += skb->data_len;
	for (i = 0; i < p->nr_frags; i++) {
		if (copy_frag(q, skb, at, &p->frag[i])) {
			kfree_skb(skb);
			return NULL;
		}
		at += p->frag[i].size;
	}
	return skb;
}

static struct net_cargo *pin_all(struct net_queue *q, const struct net_tx_packet *p)
{
	struct net_cargo *cargo = net_cargo_alloc(q->flight, p->nr_frags);

	if (!cargo)
		return NULL;
	for (; cargo->nr < p->nr_frags; cargo->nr++) {
		const struct net_tx_frag *f = &p->frag[cargo->nr];

		if (backend_pin(&q->nb->be, f->ref, true, &cargo->piece[cargo->nr].pin)) {
			net_cargo_free(cargo);
			return NULL;
		}
		cargo->piece[cargo->nr].id = f->id;
	}
	return cargo;
}

/* The first bytes into the skb itself, the rest as references to pages. */
static void load(struct sk_buff *skb, const struct net_tx_packet *p, struct net_cargo *cargo)
{
	unsigned int i, n, left = HEADERS, nr = 0;

	for (i = 0; i < p->nr_frags; i++) {
		const struct net_tx_frag *f = &p->frag[i];
		struct page *page = backend_pinned_page(&cargo->piece[i].pin);

		n = min_t(unsigned int, left, f->size);
		if (n)
			skb_put_data(skb, page_address(page) + f->offset, n);
		left -= n;
		if (n == f->size)
			continue;
		get_page(page);
		skb_fill_page_desc(skb, nr++, page, f->offset + n, f->size - n);
		skb->data_len += f->size - n;
		skb->truesize += PAGE_SIZE;
	}
	skb->len += skb->data_len;
	skb->pfmemalloc = false;	/* a guest's memory is not the host's reserve */
}

static struct sk_buff *carried(struct net_queue *q, const struct net_tx_packet *p)
{
	struct net_cargo *cargo;
	struct sk_buff *skb;

	skb = alloc_skb(NET_SKB_PAD + NET_IP_ALIGN + HEADERS, GFP_KERNEL | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN);
	cargo = pin_all(q, p);
	if (!cargo) {
		kfree_skb(skb);
		return NULL;
	}
	load(skb, p, cargo);
	net_cargo_board(cargo, skb);
	return skb;
}

static bool may_carry(const struct net_queue *q, const struct net_tx_packet *p)
{
	return p->len > COPY_MAX && p->nr_frags <= MAX_SKB_FRAGS &&
	       atomic_read(&q->flight->nr) + p->nr_frags <= FLIGHT_MAX;
}

/* ---- metadata ---- */

/* Is it TCP over the IP that its segments are said to be, with all its headers? */
static bool gso_fits(const struct sk_buff *skb, u8 type)
{
	const bool v6 = type == XEN_NETIF_GSO_TYPE_TCPV6;
	unsigned int end;

	if (skb->protocol != (v6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP)))
		return false;
	if (skb->ip_summed != CHECKSUM_PARTIAL || !skb_transport_header_was_set(skb) ||
	    skb->csum_offset != offsetof(struct tcphdr, check))
		return false;
	end = skb_transport_offset(skb) + sizeof(struct tcphdr);
	if (end > skb_headlen(skb) || tcp_hdrlen(skb) < sizeof(struct tcphdr))
		return false;
	return skb_transport_offset(skb) + tcp_hdrlen(skb) < skb->len;
}

static bool set_gso(struct sk_buff *skb, const struct net_tx_packet *p)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int headers;

	if (!gso_fits(skb, p->gso_type))
		return false;
	headers = skb_transport_offset(skb) + tcp_hdrlen(skb);
	info->gso_size = p->gso_size;
	info->gso_type = (p->gso_type == XEN_NETIF_GSO_TYPE_TCPV6 ? SKB_GSO_TCPV6 :
								    SKB_GSO_TCPV4) | SKB_GSO_DODGY;
	info->gso_segs = DIV_ROUND_UP(skb->len - headers, p->gso_size);
	return true;
}

/* From bytes to a packet of domain 0's network; false: it is no good. */
static bool describe(struct net_queue *q, struct sk_buff *skb, const struct net_tx_packet *p)
{
	const bool gso = p->gso_type != XEN_NETIF_GSO_TYPE_NONE;

	if (p->csum_blank || gso)
		skb->ip_summed = CHECKSUM_PARTIAL;
	else if (p->validated)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->dev = q->nb->dev;
	skb->protocol = eth_type_trans(skb, skb->dev);
	skb_reset_network_header(skb);
	/* Segments have each a checksum of their own, whatever the flag says. */
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_setup(skb, gso && !p->csum_blank))
		return false;
	skb_probe_transport_header(skb);
	if (gso && !set_gso(skb, p))
		return false;
	skb_record_rx_queue(skb, q->index);
	return true;
}

/* ---- packets ---- */

static void refuse(struct net_queue *q, const struct net_tx_packet *p)
{
	q->counts.tx_dropped++;
	respond_all(q, p, XEN_NETIF_RSP_ERROR);
}

static void send_one(struct net_queue *q, const struct net_tx_packet *p)
{
	const bool carry = may_carry(q, p);
	struct sk_buff *skb = carry ? carried(q, p) : copied(q, p);

	if (!skb) {
		refuse(q, p);
		return;
	}
	/* A packet of pages is answered when they are free (net_tx_finish()). */
	if (carry)
		respond_extras(q, p);
	else
		respond_all(q, p, XEN_NETIF_RSP_OKAY);
	if (!describe(q, skb, p)) {
		q->counts.tx_dropped++;
		kfree_skb(skb);
		return;
	}
	q->counts.tx_packets++;
	q->counts.tx_bytes += p->len;
	q->counts.tx_zerocopy += carry;
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
}

static void change_mcast(struct net_queue *q, const struct net_tx_packet *p)
{
	const bool add = p->mcast == XEN_NETIF_EXTRA_TYPE_MCAST_ADD;
	bool ok = net_mcast_change(q->nb, p->mcast_addr, add);

	respond_all(q, p, ok ? XEN_NETIF_RSP_OKAY : XEN_NETIF_RSP_ERROR);
}

/* May a packet be sent now?  If not, when? */
static bool within_limit(struct net_queue *q, u64 now_ns, u64 *wake_ns)
{
	struct net_backend *nb = q->nb;
	u64 wait_ns;

	spin_lock(&nb->limit_lock);
	wait_ns = max(limit_wait_ns(&nb->bytes_limit, now_ns),
		      limit_wait_ns(&nb->packets_limit, now_ns));
	spin_unlock(&nb->limit_lock);
	if (wait_ns)
		*wake_ns = min(*wake_ns, now_ns + wait_ns);
	return !wait_ns;
}

static void charge(struct net_queue *q, u64 now_ns, u32 len)
{
	spin_lock(&q->nb->limit_lock);
	limit_take(&q->nb->bytes_limit, len, now_ns);
	limit_take(&q->nb->packets_limit, 1, now_ns);
	spin_unlock(&q->nb->limit_lock);
}

/* Requests that wait, at most a ring's; false: the ring is shut. */
static bool look(struct net_queue *q, u32 *prod)
{
	struct xen_netif_tx_sring *ring = q->tx;
	const char *why;

	*prod = READ_ONCE(ring->req_prod);
	if (*prod == q->tx_cons) {
		WRITE_ONCE(ring->req_event, q->tx_cons + 1);
		virt_mb();	/* either it sees that, or we its new requests */
		*prod = READ_ONCE(ring->req_prod);
	}
	why = net_ring_bad(*prod, q->tx_cons, q->tx_rsp);
	if (why)
		net_break(q->nb, "Transmit ring %u: %s.", q->index, why);
	virt_rmb();	/* the index before what it covers */
	return !why;
}

/**
 * net_tx_work() - packets out of the guest
 * @q: the queue
 * @now_ns: CLOCK_MONOTONIC
 * @wake_ns: in and out: look again then at the latest
 *
 * Context: the queue's thread.
 * Return: there is more to do at once.
 */
bool net_tx_work(struct net_queue *q, u64 now_ns, u64 *wake_ns)
{
	unsigned int budget = TX_BUDGET;
	struct net_tx_packet p;
	u32 prod;

	while (budget && look(q, &prod) && prod != q->tx_cons &&
	       within_limit(q, now_ns, wake_ns)) {
		switch (net_tx_take(&q->tx->ring[0].req, prod, &q->tx_cons, &p)) {
		case NET_PACKET:
			charge(q, now_ns, p.len);
			if (p.mcast)
				change_mcast(q, &p);
			else
				send_one(q, &p);
			break;
		case NET_DROP:
			refuse(q, &p);
			break;
		case NET_EMPTY:
			break;
		case NET_BROKEN:
			net_break(q->nb, "Transmit ring %u: %s.", q->index, p.why);
			publish(q);
			return false;
		}
		budget--;
	}
	publish(q);
	return !budget;
}
