// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_ring.c: the unit tests of kmod/backend/net_ring.c: packets by the book,
 * each kind of wrong one, and rings of noise, some of which change while they
 * are read.
 */
#include <pthread.h>
#include <string.h>
#include "../../kmod/backend/net_ring.h"
#include "ktap.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static struct xen_netif_tx_request ring[NET_RING_SIZE];
static u32 prod;

static struct xen_netif_tx_request *put(u32 ref, u16 offset, u16 size, u16 flags)
{
	struct xen_netif_tx_request *r = &ring[prod % NET_RING_SIZE];

	*r = (struct xen_netif_tx_request){ .gref = ref, .offset = offset, .size = size,
					    .flags = flags, .id = prod };
	prod++;
	return r;
}

static struct xen_netif_extra_info *put_extra(u8 type, bool more)
{
	struct xen_netif_extra_info *x = (void *)&ring[prod++ % NET_RING_SIZE];

	memset(x, 0, sizeof(*x));
	x->type = type;
	x->flags = more ? XEN_NETIF_EXTRA_FLAG_MORE : 0;
	return x;
}

static void put_gso(u8 type, u16 size, bool more)
{
	struct xen_netif_extra_info *x = put_extra(XEN_NETIF_EXTRA_TYPE_GSO, more);

	x->u.gso.type = type;
	x->u.gso.size = size;
}

static enum net_verdict take(u32 from, struct net_tx_packet *p, u32 *cons)
{
	*cons = from;
	memset(p, 0xee, sizeof(*p));
	return net_tx_take(ring, prod, cons, p);
}

/* What each packet must be, whatever the ring held. */
static void check_invariants(enum net_verdict v, const struct net_tx_packet *p, u32 used)
{
	u32 sum = 0;
	unsigned int i;

	if (v == NET_BROKEN || v == NET_EMPTY)
		return;
	expect(used == p->nr_frags + p->nr_extras, "%u entries, %u pieces, %u extras", used,
	       p->nr_frags, p->nr_extras);
	expect(p->nr_frags >= 1 && p->nr_frags <= NET_FRAGS_SANE, "%u pieces", p->nr_frags);
	expect(!p->why == (v == NET_PACKET), "verdict %d, %s", v, p->why ? p->why : "nothing");
	if (v == NET_DROP || p->mcast)
		return;
	expect(p->nr_frags <= NET_FRAGS_MAX, "%u pieces", p->nr_frags);
	expect(p->len >= NET_HEADER_MIN && p->len <= XEN_NETIF_MAX_TX_SIZE, "%u bytes", p->len);
	for (i = 0; i < p->nr_frags; i++) {
		expect(p->frag[i].size, "piece %u is empty", i);
		expect(p->frag[i].offset + p->frag[i].size <= NET_PAGE, "piece %u: %u + %u", i,
		       p->frag[i].offset, p->frag[i].size);
		sum += p->frag[i].size;
	}
	expect(sum == p->len, "pieces %u, packet %u", sum, p->len);
	expect(!p->gso_type || (p->gso_size >= NET_GSO_MIN && p->gso_size < p->len),
	       "segments of %u in %u", p->gso_size, p->len);
}

static void good(void)
{
	struct net_tx_packet p;
	u32 cons, from;

	prod = 0xfffffff0;	/* indices go round */
	from = prod;
	expect(take(from, &p, &cons) == NET_EMPTY && cons == from, "empty");

	put(7, 100, 60, XEN_NETTXF_csum_blank | XEN_NETTXF_data_validated);
	expect(take(from, &p, &cons) == NET_PACKET && cons == prod, "one piece");
	expect(p.len == 60 && p.nr_frags == 1 && p.nr_extras == 0 && p.csum_blank && p.validated &&
	       !p.gso_type && !p.mcast, "one piece: %u bytes", p.len);
	expect(p.frag[0].ref == 7 && p.frag[0].offset == 100 && p.frag[0].size == 60 &&
	       p.frag[0].id == 0xfff0, "its piece");
	check_invariants(NET_PACKET, &p, prod - from);

	from = prod;
	put(1, 0, 6000, XEN_NETTXF_more_data | XEN_NETTXF_extra_info);
	put_gso(XEN_NETIF_GSO_TYPE_TCPV6, 1448, true);
	put_extra(XEN_NETIF_EXTRA_TYPE_HASH, false);
	put(2, 96, 4000, XEN_NETTXF_more_data);
	put(3, 4095, 1, 0);
	put(4, 0, 64, 0);
	expect(take(from, &p, &cons) == NET_PACKET && cons == prod - 1, "three pieces, two extras");
	expect(p.frag[0].size == 1999 && p.nr_extras == 2 && p.nr_frags == 3 &&
	       p.gso_type == XEN_NETIF_GSO_TYPE_TCPV6 && p.gso_size == 1448, "what they say");
	check_invariants(NET_PACKET, &p, cons - from);
	from = cons;
	expect(take(from, &p, &cons) == NET_PACKET && p.len == 64 && !p.gso_type, "the next one");

	from = prod;
	put(0, 0, 0, XEN_NETTXF_extra_info);
	memcpy(put_extra(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, false)->u.mcast.addr, "\1\0\x5e\1\2\3", 6);
	expect(take(from, &p, &cons) == NET_PACKET && p.mcast == XEN_NETIF_EXTRA_TYPE_MCAST_ADD &&
	       !memcmp(p.mcast_addr, "\1\0\x5e\1\2\3", 6) && p.nr_frags == 1 && p.nr_extras == 1,
	       "an address");
}

static void most(void)
{
	struct net_tx_packet p;
	enum net_verdict v;
	u32 cons, from;
	unsigned int n, i;

	for (n = 1; n <= NET_FRAGS_SANE + 2; n++) {
		from = prod;
		for (i = 0; i < n; i++)
			put(i, 0, i ? 100 : 100 * n, i < n - 1 ? XEN_NETTXF_more_data : 0);
		v = take(from, &p, &cons);
		if (n <= NET_FRAGS_MAX)
			expect(v == NET_PACKET, "%u pieces: %d", n, v);
		else if (n <= NET_FRAGS_SANE)
			expect(v == NET_DROP && p.nr_frags == n, "%u pieces: %d", n, v);
		else
			expect(v == NET_BROKEN, "%u pieces: %d", n, v);
		check_invariants(v, &p, cons - from);
	}
	from = prod;
	put(0, 0, 0xffff, XEN_NETTXF_more_data);
	for (i = 0; i < 15; i++)
		put(i, 0, 4096, XEN_NETTXF_more_data);
	put(9, 1, 4095, 0);
	expect(take(from, &p, &cons) == NET_DROP, "64 KiB less 1, without room for the first piece");
	from = prod;
	put(0, 0, 0xffff, XEN_NETTXF_more_data);
	for (i = 0; i < 14; i++)
		put(i, 0, 4096, XEN_NETTXF_more_data);
	put(9, 1, 4095, 0);
	expect(take(from, &p, &cons) == NET_PACKET && p.frag[0].size == 4096, "64 KiB less 1");
}

/* One wrong packet each: put by @make, judged so. */
static void m_short(void) { put(1, 0, 13, 0); }
static void m_none(void) { put(1, 0, 0, 0); }
static void m_crosses(void) { put(1, 4090, 64, 0); }
static void m_far(void) { put(1, 0xffff, 64, 0); }
static void m_crosses2(void) { put(1, 0, 200, XEN_NETTXF_more_data); put(2, 4000, 97, 0); }
static void m_lies(void) { put(1, 0, 100, XEN_NETTXF_more_data); put(2, 0, 101, 0); }
static void m_lies_low(void) { put(1, 0, 9000, XEN_NETTXF_more_data); put(2, 0, 10, 0); }
static void m_equal(void) { put(1, 0, 100, XEN_NETTXF_more_data); put(2, 0, 100, 0); }
static void m_empty2(void) { put(1, 0, 100, XEN_NETTXF_more_data); put(2, 0, 0, 0); }
static void m_missing(void) { put(1, 0, 100, XEN_NETTXF_more_data); }
static void m_no_extra(void) { put(1, 0, 100, XEN_NETTXF_extra_info); }
static void m_extra(u8 type, bool more) { put(1, 0, 100, XEN_NETTXF_extra_info); put_extra(type, more); }
static void m_extra0(void) { m_extra(0, false); }
static void m_extra6(void) { m_extra(XEN_NETIF_EXTRA_TYPE_MAX, false); }
static void m_more(void) { m_extra(XEN_NETIF_EXTRA_TYPE_HASH, true); }
static void m_twice(void)
{
	m_extra(XEN_NETIF_EXTRA_TYPE_HASH, true);
	put_extra(XEN_NETIF_EXTRA_TYPE_HASH, false);
}
static void m_both(void)
{
	m_extra(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, true);
	put_extra(XEN_NETIF_EXTRA_TYPE_MCAST_DEL, false);
}
static void m_gso(u8 type, u16 size)
{
	put(1, 0, 100, XEN_NETTXF_extra_info);
	put_gso(type, size, false);
}
static void m_gso0(void) { m_gso(0, 1000); }
static void m_gso3(void) { m_gso(3, 1000); }
static void m_gso_none(void) { m_gso(1, 0); }
static void m_gso_small(void) { m_gso(1, NET_GSO_MIN - 1); }
static void m_gso_large(void) { m_gso(1, 100); }
static void m_extra_late(void)
{
	put(1, 0, 200, XEN_NETTXF_more_data);
	put(2, 0, 100, XEN_NETTXF_extra_info);
	put_gso(1, 90, false);
}
static void m_mcast_data(void)
{
	put(1, 0, 200, XEN_NETTXF_more_data | XEN_NETTXF_extra_info);
	put_extra(XEN_NETIF_EXTRA_TYPE_MCAST_DEL, false);
	put(2, 0, 100, 0);
}

static void wrong(void)
{
	static const struct {
		const char *name;
		void (*make)(void);
		enum net_verdict v;
	} cases[] = {
		{ "short", m_short, NET_DROP },
		{ "no bytes", m_none, NET_DROP },
		{ "crosses the page", m_crosses, NET_BROKEN },
		{ "offset outside", m_far, NET_BROKEN },
		{ "second crosses", m_crosses2, NET_BROKEN },
		{ "size less than pieces", m_lies, NET_DROP },
		{ "size more than a page and pieces", m_lies_low, NET_BROKEN },
		{ "nothing for the first", m_equal, NET_DROP },
		{ "empty second", m_empty2, NET_DROP },
		{ "second missing", m_missing, NET_BROKEN },
		{ "extra missing", m_no_extra, NET_BROKEN },
		{ "extra of kind 0", m_extra0, NET_BROKEN },
		{ "extra of kind 6", m_extra6, NET_BROKEN },
		{ "second extra missing", m_more, NET_BROKEN },
		{ "one extra twice", m_twice, NET_BROKEN },
		{ "add and delete", m_both, NET_BROKEN },
		{ "gso kind 0", m_gso0, NET_DROP },
		{ "gso kind 3", m_gso3, NET_DROP },
		{ "gso size 0", m_gso_none, NET_DROP },
		{ "gso size small", m_gso_small, NET_DROP },
		{ "gso size of the packet", m_gso_large, NET_DROP },
		{ "extra in the middle", m_extra_late, NET_BROKEN },
		{ "an address with data", m_mcast_data, NET_DROP },
	};
	struct net_tx_packet p;
	enum net_verdict v;
	unsigned int i;
	u32 cons, from;

	for (i = 0; i < LEN(cases); i++) {
		from = prod;
		cases[i].make();
		v = take(from, &p, &cons);
		expect(v == cases[i].v, "%s: verdict %d", cases[i].name, v);
		expect(p.why, "%s: no reason", cases[i].name);
		expect(v == NET_BROKEN || cons == prod, "%s: %u left", cases[i].name, prod - cons);
		check_invariants(v, &p, cons - from);
	}
}

static void indices(void)
{
	u32 a, n;

	for (a = 0xfffffe00; a != 0x200; a += 16) {
		for (n = 0; n <= NET_RING_SIZE; n++)
			expect(!net_ring_bad(a + n, a, a), "%u more at %x", n, a);
		expect(net_ring_bad(a + NET_RING_SIZE + 1, a, a), "one too many at %x", a);
		expect(net_ring_bad(a - 1, a, a), "backwards at %x", a);
		expect(!net_ring_bad(a + 100, a, a - 156), "all outstanding at %x", a);
		expect(net_ring_bad(a + 101, a, a - 156), "over the unanswered at %x", a);
	}
	for (n = 1; n < 70000; n++)
		expect(net_rx_entries(n, false) * NET_PAGE >= n &&
		       (net_rx_entries(n, false) - 1) * NET_PAGE < n &&
		       net_rx_entries(n, true) == net_rx_entries(n, false) + 1, "%u bytes", n);
}

/* Noise that is near to packets, so that it gets far. */
static void scribble(struct xen_netif_tx_request *r)
{
	static const u16 sizes[] = { 0, 1, 14, 64, 1514, 4096, 9000, 0xffff };

	r->gref = ktap_random_log();
	r->offset = ktap_random_below(3) ? ktap_random_below(64) : ktap_random_log();
	r->size = ktap_random_below(2) ? sizes[ktap_random_below(LEN(sizes))] : ktap_random_log();
	r->id = ktap_random();
	r->flags = ktap_random_below(16);
	if (!ktap_random_below(3)) {
		struct xen_netif_extra_info *x = (void *)r;

		x->type = ktap_random_below(7);
		x->flags = !ktap_random_below(4);
		x->u.gso.type = ktap_random_below(4);
		x->u.gso.size = ktap_random_log();
	}
}

static void noise(void)
{
	unsigned int round, i, seen[4] = { 0 };
	struct net_tx_packet p;
	enum net_verdict v;
	u32 cons, from, steps;

	for (round = 0; round < 20000; round++) {
		for (i = 0; i < NET_RING_SIZE; i++)
			scribble(&ring[i]);
		cons = ktap_random_log();
		prod = cons + ktap_random_below(NET_RING_SIZE + 1);
		for (steps = 0; steps <= NET_RING_SIZE; steps++) {
			from = cons;
			v = net_tx_take(ring, prod, &cons, &p);
			seen[v]++;
			expect(cons - from <= prod - from, "beyond the end: %u", cons - from);
			check_invariants(v, &p, cons - from);
			if (v == NET_EMPTY || v == NET_BROKEN)
				break;
			expect(cons != from, "no way made");
		}
	}
	for (i = 0; i < LEN(seen); i++)
		expect(seen[i] > 20, "verdict %u only %u times", i, seen[i]);
}

static volatile bool stop;

static void *scribbler(void *seed)
{
	u64 x = *(u64 *)seed | 1;
	volatile u32 *word = (void *)ring;

	while (!stop) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		word[(x >> 33) % (sizeof(ring) / 4)] ^= 1u << (x >> 59);
	}
	return NULL;
}

/* The guest changes entries while they are read: what is taken is consistent. */
static void changing(void)
{
	u64 seed = ktap_random();
	unsigned int round, i, packets = 0;
	struct net_tx_packet p;
	enum net_verdict v;
	pthread_t thread;
	u32 cons, from;

	for (i = 0; i < NET_RING_SIZE; i++)
		ring[i] = (struct xen_netif_tx_request){ .size = 64 * (i % 3 + 1),
			.flags = i % 3 < 2 ? XEN_NETTXF_more_data : 0 };
	stop = false;
	if (!expect(!pthread_create(&thread, NULL, scribbler, &seed), "no thread"))
		return;
	for (round = 0; round < 3000; round++) {
		cons = round;
		prod = cons + NET_RING_SIZE;
		from = cons;
		v = net_tx_take(ring, prod, &cons, &p);
		check_invariants(v, &p, cons - from);
		packets += v == NET_PACKET;
	}
	stop = true;
	pthread_join(thread, NULL);
	expect(packets, "no packet at all");
}

static const struct ktap_test tests[] = {
	{ "packets by the book", good },
	{ "as many pieces as may be, and more", most },
	{ "each kind of wrong packet", wrong },
	{ "indices and sizes", indices },
	{ "rings of noise", noise },
	{ "a ring that changes while it is read", changing },
};
KTAP_MAIN(tests)
