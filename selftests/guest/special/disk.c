// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A front end of the block back end, without xenstore
 *
 * Says "disk: port P ref R", and waits until somebody in domain 0 has connected
 * that.  role=test tries every operation and every way to be wrong, and verifies
 * what it reads; role=storm reads and writes for ever; both end as enemies do if
 * role=hostile.  sectors=N is the size, ro=1 and discard=1 are what the disk can.
 */
#include "grant.h"
#include "events.h"
#include <xen/interface/io/blkif.h>

#define RING_REF	8
#define LIST_REF	9		/* segments of indirect requests */
#define READONLY_REF	10		/* a page that domain 0 may only read */
#define DATA_REF	16
#define NR_DATA		64
#define SLOTS		32
#define PATIENCE_MS	60000
#define PAGE_SECTORS	8

static struct blkif_sring *ring;
static u8 *data[NR_DATA];
static struct blkif_request_segment *list;
static u32 port, req_prod, rsp_cons;
static u64 sectors;
static s16 status_of[SLOTS];		/* by id */
static bool done[SLOTS];
static u32 bad_responses;

static struct blkif_request *slot(void)
{
	struct blkif_request *req = &ring->ring[req_prod & (SLOTS - 1)].req;

	memset(req, 0, sizeof(*req));
	return req;
}

static void push(u32 n)
{
	req_prod += n;
	barrier_();
	*(volatile u32 *)&ring->req_prod = req_prod;
	barrier_();
	send_port(port);
}

/* Take what is answered. */
static void take(void)
{
	while (*(volatile u32 *)&ring->rsp_prod != rsp_cons) {
		struct blkif_response *rsp;

		barrier_();
		rsp = &ring->ring[rsp_cons++ & (SLOTS - 1)].rsp;
		if (rsp->id >= SLOTS || done[rsp->id]) {
			bad_responses++;
			continue;
		}
		status_of[rsp->id] = rsp->status;
		done[rsp->id] = true;
	}
	*(volatile u32 *)&ring->rsp_event = rsp_cons + 1;
	asm volatile("mfence" : : : "memory");
}

static bool is_done(u32 id)
{
	take();
	return done[id];
}

static int wait(u32 id)
{
	WAIT_FOR(is_done(id), PATIENCE_MS);
	return status_of[id];
}

/* One that has its segments in the ring; they are pages from @page on. */
static void direct(u32 id, u32 op, u64 sector, u32 page, u32 nr, u32 first, u32 last)
{
	struct blkif_request *req = slot();
	u32 i;

	done[id] = false;
	req->operation = op;
	req->u.rw.id = id;
	req->u.rw.nr_segments = nr;
	req->u.rw.sector_number = sector;
	for (i = 0; i < nr && i < 11; i++) {
		req->u.rw.seg[i].gref = DATA_REF + (page + i) % NR_DATA;
		req->u.rw.seg[i].first_sect = first;
		req->u.rw.seg[i].last_sect = last;
	}
	push(1);
}

static int rw(u32 op, u64 sector, u32 page, u32 nr)
{
	direct(0, op, sector, page, nr, 0, 7);
	return wait(0);
}

static int indirect(u32 op, u64 sector, u32 page, u32 nr, u32 ref)
{
	struct blkif_request *req = slot();
	u32 i;

	for (i = 0; i < nr && i < PAGE / sizeof(*list); i++)
		list[i] = (struct blkif_request_segment){
			.gref = DATA_REF + (page + i) % NR_DATA, .last_sect = 7,
		};
	done[0] = false;
	req->operation = BLKIF_OP_INDIRECT;
	req->u.indirect.indirect_op = op;
	req->u.indirect.nr_segments = nr;
	req->u.indirect.id = 0;
	req->u.indirect.sector_number = sector;
	req->u.indirect.indirect_grefs[0] = ref;
	push(1);
	return wait(0);
}

static int discard(u64 sector, u64 nr, u32 flag)
{
	struct blkif_request *req = slot();

	done[0] = false;
	req->operation = BLKIF_OP_DISCARD;
	req->u.discard.flag = flag;
	req->u.discard.id = 0;
	req->u.discard.sector_number = sector;
	req->u.discard.nr_sectors = nr;
	push(1);
	return wait(0);
}

/* What sector @sector has after the write @salt. */
static u64 pattern(u64 sector, u64 salt, u32 word)
{
	return (sector * 64 + word + 1) * 0x9e3779b97f4a7c15UL ^ salt << 48;
}

static void fill(u32 page, u32 nr, u64 sector, u64 salt)
{
	u32 i, w;

	for (i = 0; i < nr * PAGE_SECTORS; i++)
		for (w = 0; w < 64; w++)
			((u64 *)data[(page + i / 8) % NR_DATA])[i % 8 * 64 + w] =
				pattern(sector + i, salt, w);
}

static u32 wrong(u32 page, u32 nr, u64 sector, u64 salt)
{
	u32 i, w, n = 0;

	for (i = 0; i < nr * PAGE_SECTORS; i++)
		for (w = 0; w < 64; w++)
			n += ((volatile u64 *)data[(page + i / 8) % NR_DATA])[i % 8 * 64 + w] !=
			     pattern(sector + i, salt, w);
	return n;
}

static void clear_data(void)
{
	u32 i;

	for (i = 0; i < NR_DATA; i++)
		memset(data[i], 0xee, PAGE);
}

static void need_rw(void)
{
	if (cmdline_number("ro", 0))
		test_skip("read-only");
}

/* ---- tests ---- */

TEST(begin, "a ring is offered, and connected")
{
	u32 i;

	sectors = cmdline_number("sectors", 0);
	REQUIRE(sectors >= 4096);
	grant_init();
	ring = page_alloc();
	list = page_alloc();
	memset(ring, 0, PAGE);
	ring->req_event = ring->rsp_event = 1;
	grant(RING_REF, 0, va_to_mfn(ring), 0);
	grant(LIST_REF, 0, va_to_mfn(list), 0);
	for (i = 0; i < NR_DATA; i++) {
		data[i] = page_alloc();
		grant(DATA_REF + i, 0, va_to_mfn(data[i]), 0);
	}
	grant(READONLY_REF, 0, va_to_mfn(data[0]), GTF_readonly);
	REQUIRE(alloc_unbound(DOMID_SELF, 0, &port) == 0);
	direct(0, BLKIF_OP_READ, 0, 0, 1, 0, 7);
	print("disk: port %u ref %u\n", port, RING_REF);
	EXPECT_EQ(wait(0), BLKIF_RSP_OKAY);
}

static __noreturn_ void storm(void)
{
	u64 seed = 1;
	u32 id;

	print("disk: storm\n");
	for (;;) {
		for (id = 0; id < SLOTS; id++)
			direct(id, id % 3 ? BLKIF_OP_WRITE : BLKIF_OP_READ,
			       (seed = seed * 6364136223846793005UL + 1, seed >> 40) %
			       (sectors - 88), id, 1 + id % 11, 0, 7);
		for (id = 0; id < SLOTS; id++)
			wait(id);
	}
}

TEST(direct_rw, "what is written is read: 11 pages, then pieces of pages")
{
	const char *role = cmdline_value("role");
	u32 i, n = 0;

	if (role && role[0] == 's')
		storm();
	need_rw();
	fill(0, 11, 100, 1);
	EXPECT_EQ(rw(BLKIF_OP_WRITE, 100, 0, 11), BLKIF_RSP_OKAY);
	clear_data();
	EXPECT_EQ(rw(BLKIF_OP_READ, 100, 0, 11), BLKIF_RSP_OKAY);
	EXPECT_EQ(wrong(0, 11, 100, 1), 0);
	/* sectors 2 to 4 of a page go to 200, and come back to the same place */
	fill(0, 1, 198, 2);
	direct(0, BLKIF_OP_WRITE, 200, 0, 1, 2, 4);
	EXPECT_EQ(wait(0), BLKIF_RSP_OKAY);
	clear_data();
	direct(0, BLKIF_OP_READ, 200, 0, 1, 2, 4);
	EXPECT_EQ(wait(0), BLKIF_RSP_OKAY);
	for (i = 0; i < 512; i++)
		n += ((volatile u64 *)data[0])[i] != (i / 64 >= 2 && i / 64 <= 4 ?
			pattern(198 + i / 64, 2, i % 64) : 0xeeeeeeeeeeeeeeeeUL);
	EXPECT_EQ(n, 0);
}

TEST(indirect_rw, "64 pages in one request")
{
	need_rw();
	fill(0, NR_DATA, 1000, 3);
	EXPECT_EQ(indirect(BLKIF_OP_WRITE, 1000, 0, NR_DATA, LIST_REF), BLKIF_RSP_OKAY);
	EXPECT_EQ(rw(BLKIF_OP_FLUSH_DISKCACHE, 0, 0, 0), BLKIF_RSP_OKAY);
	clear_data();
	EXPECT_EQ(indirect(BLKIF_OP_READ, 1000, 0, NR_DATA, LIST_REF), BLKIF_RSP_OKAY);
	EXPECT_EQ(wrong(0, NR_DATA, 1000, 3), 0);
}

TEST(deep, "32 requests at once, many times")
{
	u32 round, id, n = 0;

	need_rw();
	for (round = 0; round < 8; round++) {
		fill(0, SLOTS, 2000, round);
		for (id = 0; id < SLOTS; id++)
			direct(id, BLKIF_OP_WRITE, 2000 + id * 8, id, 1, 0, 7);
		for (id = 0; id < SLOTS; id++)
			n += wait(id) != BLKIF_RSP_OKAY;
		clear_data();
		for (id = 0; id < SLOTS; id++)
			direct(id, BLKIF_OP_READ, 2000 + id * 8, id, 1, 0, 7);
		for (id = 0; id < SLOTS; id++)
			n += wait(id) != BLKIF_RSP_OKAY;
		n += wrong(0, SLOTS, 2000, round);
	}
	EXPECT_EQ(n, 0);
}

TEST(barriers, "flush and barrier, with data and without, among writes")
{
	u32 id, n = 0;

	need_rw();
	fill(0, SLOTS, 3000, 4);
	for (id = 0; id < SLOTS; id++)
		direct(id, id % 8 == 7 ? BLKIF_OP_WRITE_BARRIER :
		       id % 8 == 3 ? BLKIF_OP_FLUSH_DISKCACHE : BLKIF_OP_WRITE,
		       3000 + id * 8, id, 1, 0, 7);
	for (id = 0; id < SLOTS; id++)
		n += wait(id) != BLKIF_RSP_OKAY;
	EXPECT_EQ(n, 0);
	EXPECT_EQ(rw(BLKIF_OP_WRITE_BARRIER, 0, 0, 0), BLKIF_RSP_OKAY);
	clear_data();
	EXPECT_EQ(indirect(BLKIF_OP_READ, 3000, 0, SLOTS, LIST_REF), BLKIF_RSP_OKAY);
	EXPECT_EQ(wrong(0, SLOTS, 3000, 4), 0);
}

TEST(discards, "discard")
{
	u64 zero = 0;
	u32 i;

	if (!cmdline_number("discard", 0)) {
		EXPECT_EQ(discard(0, 8, 0), BLKIF_RSP_EOPNOTSUPP);
		return;
	}
	fill(0, 8, 512, 5);
	EXPECT_EQ(rw(BLKIF_OP_WRITE, 512, 0, 8), BLKIF_RSP_OKAY);
	EXPECT_EQ(discard(512, 64, 0), BLKIF_RSP_OKAY);
	EXPECT_EQ(rw(BLKIF_OP_READ, 512, 0, 8), BLKIF_RSP_OKAY);
	for (i = 0; i < 512; i++)
		zero |= ((volatile u64 *)data[3])[i];
	EXPECT_EQ(zero, 0);
	EXPECT_EQ(discard(sectors - 8, 16, 0), BLKIF_RSP_ERROR);
	EXPECT_EQ(discard(8, -8UL, 0), BLKIF_RSP_ERROR);
	EXPECT_EQ(discard(0, 8, BLKIF_DISCARD_SECURE), BLKIF_RSP_EOPNOTSUPP);
}

TEST(readonly, "a read-only disk is not written")
{
	if (!cmdline_number("ro", 0))
		test_skip("it is not");
	EXPECT_EQ(rw(BLKIF_OP_WRITE, 0, 0, 1), BLKIF_RSP_ERROR);
	EXPECT_EQ(rw(BLKIF_OP_WRITE_BARRIER, 0, 0, 1), BLKIF_RSP_ERROR);
	EXPECT_EQ(indirect(BLKIF_OP_WRITE, 0, 0, 2, LIST_REF), BLKIF_RSP_ERROR);
	EXPECT_EQ(rw(BLKIF_OP_READ, 0, 0, 1), BLKIF_RSP_OKAY);
}

TEST(overflow, "beyond the end of the disk, and around it (XSA-432)")
{
	EXPECT_EQ(rw(BLKIF_OP_READ, sectors - 8, 0, 1), BLKIF_RSP_OKAY);
	EXPECT_EQ(rw(BLKIF_OP_READ, sectors - 7, 0, 1), BLKIF_RSP_ERROR);
	EXPECT_EQ(rw(BLKIF_OP_READ, sectors, 0, 1), BLKIF_RSP_ERROR);
	EXPECT_EQ(rw(BLKIF_OP_READ, -8UL, 0, 2), BLKIF_RSP_ERROR);
	EXPECT_EQ(rw(BLKIF_OP_WRITE, 1UL << 63, 0, 1), BLKIF_RSP_ERROR);
	EXPECT_EQ(indirect(BLKIF_OP_READ, sectors - 8, 0, 2, LIST_REF), BLKIF_RSP_ERROR);
}

TEST(segments, "segments that are none")
{
	direct(0, BLKIF_OP_READ, 0, 0, 1, 0, 8);
	EXPECT_EQ(wait(0), BLKIF_RSP_ERROR);
	direct(0, BLKIF_OP_READ, 0, 0, 1, 5, 4);
	EXPECT_EQ(wait(0), BLKIF_RSP_ERROR);
	direct(0, BLKIF_OP_READ, 0, 0, 1, 0, 255);
	EXPECT_EQ(wait(0), BLKIF_RSP_ERROR);
	EXPECT_EQ(rw(BLKIF_OP_READ, 0, 0, 0), BLKIF_RSP_ERROR);
	EXPECT_EQ(rw(BLKIF_OP_READ, 0, 0, 12), BLKIF_RSP_ERROR);
	EXPECT_EQ(rw(BLKIF_OP_READ, 0, 0, 255), BLKIF_RSP_ERROR);
	EXPECT_EQ(indirect(BLKIF_OP_READ, 0, 0, 0, LIST_REF), BLKIF_RSP_ERROR);
	EXPECT_EQ(indirect(BLKIF_OP_READ, 0, 0, 257, LIST_REF), BLKIF_RSP_ERROR);
	EXPECT_EQ(indirect(BLKIF_OP_READ, 0, 0, 65535, LIST_REF), BLKIF_RSP_ERROR);
	EXPECT_EQ(indirect(BLKIF_OP_INDIRECT, 0, 0, 1, LIST_REF), BLKIF_RSP_ERROR);
	EXPECT_EQ(indirect(BLKIF_OP_WRITE_BARRIER, 0, 0, 1, LIST_REF), BLKIF_RSP_ERROR);
	EXPECT_EQ(rw(4, 0, 0, 1), BLKIF_RSP_EOPNOTSUPP);
	EXPECT_EQ(rw(255, 0, 0, 1), BLKIF_RSP_EOPNOTSUPP);
}

static int with_ref(u32 op, u32 ref)
{
	struct blkif_request *req = slot();

	done[0] = false;
	req->operation = op;
	req->u.rw.nr_segments = 1;
	req->u.rw.seg[0].gref = ref;
	req->u.rw.seg[0].last_sect = 7;
	push(1);
	return wait(0);
}

TEST(grants_wrong, "grants that are none: out of range, unused, another's, read-only")
{
	u32 i, n = 0;

	EXPECT_EQ(with_ref(BLKIF_OP_READ, 0xffffffff), BLKIF_RSP_ERROR);
	EXPECT_EQ(with_ref(BLKIF_OP_READ, 300), BLKIF_RSP_ERROR);
	grant(301, 77, va_to_mfn(data[1]), 0);
	EXPECT_EQ(with_ref(BLKIF_OP_READ, 301), BLKIF_RSP_ERROR);
	grant(302, 0, 1, 0);
	EXPECT_EQ(with_ref(BLKIF_OP_READ, 302), BLKIF_RSP_ERROR);
	EXPECT_EQ(with_ref(BLKIF_OP_READ, READONLY_REF), BLKIF_RSP_ERROR);
	EXPECT_EQ(indirect(BLKIF_OP_READ, 0, 0, 4, 300), BLKIF_RSP_ERROR);
	/* One bad one among good ones; none of them stays in use. */
	grants[DATA_REF + 3].flags = 0;
	EXPECT_EQ(indirect(BLKIF_OP_READ, 0, 0, 8, LIST_REF), BLKIF_RSP_ERROR);
	grant(DATA_REF + 3, 0, va_to_mfn(data[3]), 0);
	for (i = 0; i < NR_DATA; i++)
		n += !!(grants[DATA_REF + i].flags & GTF_USED);
	EXPECT_EQ(n, 0);
	EXPECT(grants[RING_REF].flags & GTF_USED);
}

TEST(table, "a read into what is a page table is refused")
{
	u64 *page = page_alloc();

	memset(page, 0, PAGE);
	grant(303, 0, va_to_mfn(page), 0);
	page_ro(page);
	REQUIRE(mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(page)) == 0);
	EXPECT_EQ(with_ref(BLKIF_OP_READ, 303), BLKIF_RSP_ERROR);
	REQUIRE(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(page)) == 0);
	page_rw(page);
}

TEST(events_storm, "events that announce nothing (XSA-331)")
{
	u32 i;

	for (i = 0; i < 3000; i++)
		send_port(port);
	EXPECT_EQ(rw(BLKIF_OP_READ, 0, 0, 1), BLKIF_RSP_OKAY);
}

TEST(count, "each request had one answer")
{
	take();
	EXPECT_EQ(bad_responses, 0);
	EXPECT_EQ(rsp_cons, req_prod);
}

TEST(indices, "an index that lies shuts the ring")
{
	const char *role = cmdline_value("role");
	u64 end;

	if (!role || role[0] != 'h')
		test_skip("only with role=hostile");
	done[0] = false;
	push(1000);
	end = system_time_ns() + 500000000UL;
	while (system_time_ns() < end)
		hc2(sched_op, SCHEDOP_yield, 0);
	EXPECT(!is_done(0));
	EXPECT_EQ(ring->rsp_prod, rsp_cons);
}

TEST(stay, "stays there until it is destroyed")
{
	const char *role = cmdline_value("role");

	if (!role || role[0] != 'h')
		test_skip("only with role=hostile");
	print("disk: lied\n");
	for (;;)
		hc2(sched_op, SCHEDOP_block, NULL);
}
