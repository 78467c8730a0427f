// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A network front end without xenstore, a good one and bad ones.  Each
 * device is connected by the script that runs this (tiny-net.sh); the bad ones
 * are judged there, too: what is expected of them is in their tests' names.  In the
 * end what comes to device 0 is sent back, until a datagram says to stop.
 */
#include "netfront.h"

enum device { GOOD, WRONG, RX_REVOKED, INDEX, CROSSES, NOISE, NR_DEVICES };

#define FIRST_REF	8
#define PORT_ECHO	7777
#define PORT_STOP	7778
#define PATIENCE_NS	(20 * SECOND_NS)

static struct netfront front[NR_DEVICES];
static u8 frame[FRAME_MAX];
static u64 seed = 12345;

static u32 rnd(u32 below)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (u32)(seed >> 33) % below;
}

static u16 be16(u16 v) { return v << 8 | v >> 8; }

/* An Ethernet frame that nobody takes, in the page that the next request will be about. */
static void plain_page(struct netfront *f)
{
	u8 *p = f->tx_page[f->tx_prod % BUFS];

	memset(p, 0, 64);
	memset(p, 0xff, 6);
	p[6] = 2;
	p[12] = 0x88;
	p[13] = 0xb5;	/* for experiments */
}

TEST(open, "devices are offered, and connected")
{
	u32 i;

	grant_init();
	for (i = 0; i < NR_DEVICES; i++)
		netfront_open(&front[i], i, FIRST_REF + i * FRONT_REFS);
	for (i = 0; i < BUFS; i++)
		grants[rx_ref(&front[RX_REVOKED], i)].flags = 0;
	note("ready");
	for (i = 0; i < NR_DEVICES; i++)
		netfront_wait(&front[i]);
}

static s16 send_wrong(struct netfront *f, u32 gref, u16 offset, u16 size)
{
	u16 id;

	plain_page(f);
	id = tx_put(f, gref, offset, size, 0)->id;
	tx_push(f);
	EXPECT(tx_all(f, PATIENCE_NS));
	return f->tx_status[id];
}

static s16 send_plain(struct netfront *f)
{
	return send_wrong(f, tx_ref(f, f->tx_prod % BUFS), 0, 64);
}

TEST(wrong, "packets that are wrong have an error each, and the ring goes on")
{
	struct netfront *f = &front[WRONG];
	struct xen_netif_extra_info *x;
	u16 id;

	EXPECT_EQ(send_plain(f), XEN_NETIF_RSP_OKAY);
	EXPECT_EQ(send_wrong(f, tx_ref(f, f->tx_prod % BUFS), 0, 13), XEN_NETIF_RSP_ERROR);
	EXPECT_EQ(send_wrong(f, 511, 0, 64), XEN_NETIF_RSP_ERROR);
	EXPECT_EQ(send_wrong(f, 0x7fffffff, 0, 64), XEN_NETIF_RSP_ERROR);
	EXPECT_EQ(send_plain(f), XEN_NETIF_RSP_OKAY);

	/* The pieces are more than the whole. */
	plain_page(f);
	id = tx_put(f, tx_ref(f, f->tx_prod % BUFS), 0, 100, XEN_NETTXF_more_data)->id;
	tx_put(f, tx_ref(f, f->tx_prod % BUFS), 0, 200, 0);
	tx_push(f);
	EXPECT(tx_all(f, PATIENCE_NS));
	EXPECT_EQ(f->tx_status[id], XEN_NETIF_RSP_ERROR);
	EXPECT_EQ(f->tx_status[(id + 1) % RING], XEN_NETIF_RSP_ERROR);

	/* Segments of a kind that there is not; of what is not TCP: dropped, quietly. */
	plain_page(f);
	id = tx_put(f, tx_ref(f, f->tx_prod % BUFS), 0, 64, XEN_NETTXF_extra_info)->id;
	x = tx_put_extra(f, XEN_NETIF_EXTRA_TYPE_GSO, false);
	x->u.gso.type = 9;
	x->u.gso.size = 20;
	tx_push(f);
	EXPECT(tx_all(f, PATIENCE_NS));
	EXPECT_EQ(f->tx_status[id], XEN_NETIF_RSP_ERROR);
	plain_page(f);
	tx_put(f, tx_ref(f, f->tx_prod % BUFS), 0, 64, XEN_NETTXF_extra_info);
	x = tx_put_extra(f, XEN_NETIF_EXTRA_TYPE_GSO, false);
	x->u.gso.type = XEN_NETIF_GSO_TYPE_TCPV4;
	x->u.gso.size = 20;
	tx_push(f);
	EXPECT(tx_all(f, PATIENCE_NS));
	EXPECT_EQ(f->nr_null, 2);

	/* Not granted any more, and granted to somebody else. */
	grants[tx_ref(f, f->tx_prod % BUFS)].flags = 0;
	EXPECT_EQ(send_plain(f), XEN_NETIF_RSP_ERROR);
	grants[tx_ref(f, f->tx_prod % BUFS)].domid = 7;
	EXPECT_EQ(send_plain(f), XEN_NETIF_RSP_ERROR);
	EXPECT_EQ(send_plain(f), XEN_NETIF_RSP_OKAY);
}

TEST(mcast, "addresses are added and deleted, and others refused")
{
	struct netfront *f = &front[WRONG];
	struct xen_netif_extra_info *x;
	u32 i;
	u16 id;

	for (i = 0; i < 66; i++) {
		id = tx_put(f, 0, 0, 0, XEN_NETTXF_extra_info)->id;
		x = tx_put_extra(f, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, false);
		x->u.mcast.addr[0] = 1;
		x->u.mcast.addr[5] = i;
		tx_push(f);
		REQUIRE(tx_all(f, PATIENCE_NS));
		EXPECT_EQ(f->tx_status[id], i < 64 ? XEN_NETIF_RSP_OKAY : XEN_NETIF_RSP_ERROR);
	}
	id = tx_put(f, 0, 0, 0, XEN_NETTXF_extra_info)->id;
	x = tx_put_extra(f, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, false);
	x->u.mcast.addr[0] = 2;	/* no group's */
	tx_push(f);
	REQUIRE(tx_all(f, PATIENCE_NS));
	EXPECT_EQ(f->tx_status[id], XEN_NETIF_RSP_ERROR);
}

TEST(storm, "twenty thousand events for nothing, then a packet")
{
	struct netfront *f = &front[WRONG];
	u32 i;

	for (i = 0; i < 20000; i++)
		send_port(f->port);
	EXPECT_EQ(send_plain(f), XEN_NETIF_RSP_OKAY);
}

TEST(index, "a producer index beyond the ring shuts it")
{
	struct netfront *f = &front[INDEX];

	EXPECT_EQ(send_plain(f), XEN_NETIF_RSP_OKAY);
	f->tx_prod += RING + 1;
	tx_push(f);
	netfront_sleep(f, SECOND_NS / 2);
	tx_collect(f);
	EXPECT(f->tx_cons != f->tx_prod);
}

TEST(crosses, "a piece that crosses the end of its page shuts the ring")
{
	struct netfront *f = &front[CROSSES];

	EXPECT_EQ(send_plain(f), XEN_NETIF_RSP_OKAY);
	plain_page(f);
	tx_put(f, tx_ref(f, f->tx_prod % BUFS), 4000, 97, 0);
	tx_push(f);
	EXPECT(!tx_all(f, SECOND_NS / 2));
}

/* Whatever comes of it, the ring may be shut at any moment. */
TEST(noise, "requests of noise that is near to packets")
{
	static const u16 sizes[] = { 0, 14, 64, 300, 1514, 3000, 4000 };
	struct netfront *f = &front[NOISE];
	u32 round, i, n;
	bool first;

	for (round = 0; round < 300; round++) {
		n = rnd(20) + 1;
		first = true;
		for (i = 0; i < n; i++) {
			u32 size = sizes[rnd(ARRAY_LEN(sizes))];
			struct xen_netif_tx_request *r;

			r = tx_put(f, rnd(16) ? tx_ref(f, rnd(BUFS)) : 300, rnd(64), size,
				   i == n - 1 ? rnd(4) : first || !rnd(500) ? rnd(16) : rnd(8));
			first = !(r->flags & XEN_NETTXF_more_data);
			if (r->flags & XEN_NETTXF_extra_info) {
				struct xen_netif_extra_info *x;

				x = tx_put_extra(f, rnd(64) ? XEN_NETIF_EXTRA_TYPE_GSO : rnd(7),
						 !rnd(64));
				x->u.gso.type = rnd(4);
				x->u.gso.size = rnd(3000);
			}
		}
		for (i = 0; i < 500; i++)	/* headers above all */
			f->tx_page[rnd(BUFS)][rnd(80)] = rnd(256);
		for (i = 0; i < BUFS; i++)
			memcpy(f->tx_page[i] + 12, rnd(2) ? "\x08\0\x45" : "\x86\xdd\x60", 3);
		tx_push(f);
		if (!tx_all(f, SECOND_NS / 2))
			break;
	}
	note("noise: %u rounds, %u right, %u wrong", round, f->nr_ok, f->nr_error);
}

/* ---- echo ---- */

static void swap_bytes(u8 *a, u8 *b, u32 n)
{
	u8 t;

	for (; n; n--, a++, b++) {
		t = *a;
		*a = *b;
		*b = t;
	}
}

static u16 at16(const u8 *p) { return be16(*(const u16 *)p); }

/* Make an answer of a request in place; false: there is none. */
static bool answer(u8 *p, bool *stop)
{
	static const u8 mac[6] = { 2, 0, 0, 0, 0, 2 };
	u8 *ip = p + 14, *l4 = ip + 20;

	memcpy(p, p + 6, 6);
	memcpy(p + 6, mac, 6);
	if (at16(p + 12) == 0x0806 && at16(ip + 6) == 1) {
		ip[7] = 2;
		swap_bytes(ip + 14, ip + 24, 4);
		memcpy(ip + 18, ip + 8, 6);
		memcpy(ip + 8, mac, 6);
		return true;
	}
	if (at16(p + 12) != 0x0800 || ip[0] != 0x45 || (ip[9] != 17 && ip[9] != 1))
		return false;
	swap_bytes(ip + 12, ip + 16, 4);
	if (at16(ip + 6) & 0x1fff)
		return true;	/* a later fragment */
	if (ip[9] == 1) {
		u32 sum = at16(l4 + 2) + 0x0800;

		l4[0] = 0;	/* echo reply; its checksum grows by what the type lost */
		*(u16 *)(l4 + 2) = be16(sum + (sum >> 16));
		return true;
	}
	*stop = at16(l4 + 2) == PORT_STOP;
	swap_bytes(l4, l4 + 2, 2);
	return at16(l4) == PORT_ECHO;
}

TEST(echo, "what comes is sent back")
{
	static const u32 pieces[] = { PAGE, 2000, 600, 100 };
	struct netfront *f = &front[GOOD];
	u64 end = system_time_ns() + 150 * SECOND_NS;
	struct frame_info info;
	bool stop = false;
	u32 nr = 0, bad = 0, piece;

	note("echo");
	while (!stop && system_time_ns() < end) {
		if (!rx_frame(f, frame, &info)) {
			tx_collect(f);
			netfront_sleep(f, SECOND_NS);
			continue;
		}
		bad += info.bad;
		if (!answer(frame, &stop) || info.bad)
			continue;
		piece = pieces[nr++ % ARRAY_LEN(pieces)];
		if (info.len > 18 * piece)
			piece = PAGE;
		tx_frame(f, frame, &info, piece);
	}
	EXPECT(stop);
	EXPECT(tx_all(f, PATIENCE_NS));
	EXPECT_EQ(bad, 0);
	EXPECT_EQ(f->nr_error, 0);
	note("echo: %u frames", nr);
}
