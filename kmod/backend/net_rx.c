// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Network back end, packets that the guest gets
 *
 * The interface queues a packet (net_dev.c); the queue's thread copies it into
 * pages that the guest has granted for it, with no page table changed.  A packet
 * takes one entry of the ring for each page, and one more with the size of its
 * segments.  A guest that gives no room for NET_RX_WAIT_NS loses what waits; when
 * all its queues are so, the interface loses its carrier, until there is room.
 */
#include <linux/nospec.h>

#include "net.h"

#define RX_BUDGET	64	/* packets, before others have their turn */

/* A packet on its way into the ring. */
struct rx_packet {
	struct sk_buff *skb;
	unsigned int offset;	/* copied so far */
	u16 flags;		/* of the first entry */
	bool first;
};

static u8 gso_type(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6 ? XEN_NETIF_GSO_TYPE_TCPV6 :
							   XEN_NETIF_GSO_TYPE_TCPV4;
}

/* Copy what fits into the page that a request grants. */
static s16 fill_page(struct net_queue *q, const struct xen_netif_rx_request *req,
		     struct rx_packet *p, unsigned int n)
{
	struct grant_pin pin;
	s16 status = n;

	if (backend_pin(&q->nb->be, req->gref, false, &pin))
		return XEN_NETIF_RSP_ERROR;
	if (skb_copy_bits(p->skb, p->offset, page_address(backend_pinned_page(&pin)), n))
		status = XEN_NETIF_RSP_ERROR;
	grant_unpin(&pin);
	return status;
}

/* One entry: the request out, once; its response into the same place. */
static bool put_page_entry(struct net_queue *q, struct rx_packet *p)
{
	union xen_netif_rx_sring_entry *e = &q->rx->ring[q->rx_cons % NET_RING_SIZE];
	unsigned int n = min_t(unsigned int, p->skb->len - p->offset, NET_PAGE);
	const struct xen_netif_rx_request req = {
		.id = READ_ONCE(e->req.id),
		.gref = READ_ONCE(e->req.gref),
	};
	struct xen_netif_rx_response rsp = { .id = req.id };

	rsp.status = fill_page(q, &req, p, n);
	p->offset += n;
	if (p->first)
		rsp.flags = p->flags;
	if (p->offset < p->skb->len)
		rsp.flags |= XEN_NETRXF_more_data;
	p->first = false;
	e->rsp = rsp;
	q->rx_cons++;
	return rsp.status >= 0;
}

/* What stands in the entry after the first; that one's page is not used. */
static void put_gso_entry(struct net_queue *q, const struct sk_buff *skb)
{
	union xen_netif_rx_sring_entry *e = &q->rx->ring[q->rx_cons % NET_RING_SIZE];
	const struct xen_netif_extra_info extra = {
		.type = XEN_NETIF_EXTRA_TYPE_GSO,
		.u.gso = { .type = gso_type(skb), .size = skb_shinfo(skb)->gso_size },
	};

	BUILD_BUG_ON(sizeof(extra) != sizeof(*e));
	memcpy(e, &extra, sizeof(*e));
	q->rx_cons++;
}

static void put_packet(struct net_queue *q, struct sk_buff *skb)
{
	struct rx_packet p = { .skb = skb, .first = true };
	bool ok;

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		p.flags = XEN_NETRXF_csum_blank | XEN_NETRXF_data_validated;
	else if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		p.flags = XEN_NETRXF_data_validated;
	if (skb_is_gso(skb))
		p.flags |= XEN_NETRXF_extra_info;
	ok = put_page_entry(q, &p);
	if (skb_is_gso(skb))
		put_gso_entry(q, skb);
	while (p.offset < skb->len)
		ok &= put_page_entry(q, &p);
	if (ok) {
		q->counts.rx_packets++;
		q->counts.rx_bytes += skb->len;
	} else {
		q->counts.rx_dropped++;
	}
}

/* Room for so many entries?  If not, the guest will tell when there is more. */
static bool have_room(struct net_queue *q, unsigned int need)
{
	struct xen_netif_rx_sring *ring = q->rx;
	const char *why;
	u32 prod;

	prod = READ_ONCE(ring->req_prod);
	if (prod - q->rx_cons < need) {
		WRITE_ONCE(ring->req_event, prod + 1);
		virt_mb();	/* either it sees that, or we its new requests */
		prod = READ_ONCE(ring->req_prod);
	}
	why = net_ring_bad(prod, q->rx_cons, q->rx_cons);
	if (why) {
		net_break(q->nb, "Receive ring %u: %s.", q->index, why);
		return false;
	}
	virt_rmb();	/* the index before what it covers */
	return prod - q->rx_cons >= need;
}

static void publish(struct net_queue *q)
{
	struct xen_netif_rx_sring *ring = q->rx;
	const u32 old = q->rx_told;

	if (q->rx_cons == old)
		return;
	q->rx_told = q->rx_cons;
	virt_wmb();	/* responses before the index */
	WRITE_ONCE(ring->rsp_prod, q->rx_told);
	virt_mb();	/* the index before we look who wants to know */
	if (q->rx_told - READ_ONCE(ring->rsp_event) < q->rx_told - old)
		backend_notify(&q->port[!!q->port[1].port]);
}

static void set_stalled(struct net_queue *q, bool stalled)
{
	struct net_backend *nb = q->nb;

	if (q->stalled == stalled)
		return;
	q->stalled = stalled;
	q->counts.stalls += stalled;
	if (stalled) {
		if (atomic_inc_return(&nb->stalled) == nb->nr_queues)
			netif_carrier_off(nb->dev);
	} else if (atomic_dec_return(&nb->stalled) == nb->nr_queues - 1) {
		netif_carrier_on(nb->dev);
	}
}

static struct sk_buff *take(struct net_queue *q)
{
	struct sk_buff *skb;

	spin_lock_bh(&q->packets.lock);
	skb = __skb_dequeue(&q->packets);
	if (skb)
		q->bytes -= skb->len;
	spin_unlock_bh(&q->packets.lock);
	return skb;
}

/* Packets that have waited too long go.  Returns when the next one will. */
static u64 drop_old(struct net_queue *q, u64 now_ns)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&q->packets)) && net_waiting(skb)->until_ns <= now_ns) {
		set_stalled(q, true);
		kfree_skb(take(q));
		q->counts.rx_dropped++;
	}
	return skb ? net_waiting(skb)->until_ns : U64_MAX;
}

static void let_send(struct net_queue *q)
{
	struct netdev_queue *txq = netdev_get_tx_queue(q->nb->dev, q->index);

	if (netif_tx_queue_stopped(txq) && READ_ONCE(q->bytes) < NET_RX_QUEUE_BYTES / 2)
		netif_tx_wake_queue(txq);
}

/**
 * net_rx_work() - packets into the guest, as many as there is room for
 * @q: the queue
 * @now_ns: CLOCK_MONOTONIC
 * @wake_ns: in and out: look again then at the latest
 *
 * Context: the queue's thread.
 * Return: there is more to do at once.
 */
bool net_rx_work(struct net_queue *q, u64 now_ns, u64 *wake_ns)
{
	unsigned int budget = RX_BUDGET;
	struct sk_buff *skb;

	if (q->stalled && have_room(q, 1))
		set_stalled(q, false);
	/* Only this thread takes packets: the first one stays it. */
	while (budget && (skb = skb_peek(&q->packets))) {
		if (!have_room(q, net_rx_entries(skb->len, skb_is_gso(skb))))
			break;
		put_packet(q, skb);
		consume_skb(take(q));
		budget--;
	}
	publish(q);
	if (skb_peek(&q->packets) && budget)
		*wake_ns = min(*wake_ns, drop_old(q, now_ns));
	let_send(q);
	return !budget;
}
