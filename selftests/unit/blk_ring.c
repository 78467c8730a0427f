// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk_ring.c: the unit tests of kmod/backend/blk_ring.c and limit.h.
 *
 * A guest fills rings with whatever it likes, and changes them while they are
 * read: what is let through must be within the device, the pages and the ring.
 */
#include <stddef.h>
#include <stdlib.h>
#include "ktap.h"
#include "blk_ring_abi.h"
#include "../../kmod/backend/blk_ring.h"
#include "../../kmod/backend/limit.h"

#define PAGES_MAX	16

static u8 memory[PAGES_MAX * 4096] __attribute__((aligned(4096)));
static struct blk_abi_ring *const shared = (void *)memory;

static void put(struct blk_abi_request req)
{
	u32 size = blk_ring_size(1);

	shared->slot[shared->req_prod++ & (size - 1)].req = req;
}

static void layout(void)
{
	expect(sizeof(struct blk_abi_request) == 112, "%zu", sizeof(struct blk_abi_request));
	expect(sizeof(struct blk_abi_response) == 16, "%zu", sizeof(struct blk_abi_response));
	expect(offsetof(struct blk_abi_request, indirect.ref) == 28, "indirect");
	expect(offsetof(struct blk_abi_request, sector) == 16, "sector");
	expect(blk_ring_size(1) == 32 && blk_ring_size(2) == 64 && blk_ring_size(16) == 512,
	       "%u %u %u", blk_ring_size(1), blk_ring_size(2), blk_ring_size(16));
}

static void in_turn(void)
{
	struct blk_abi_request a;
	struct blk_ring r;
	u32 i;

	memset(memory, 0, sizeof(memory));
	shared->req_prod = shared->rsp_prod = 0xfffffff0u;	/* round the corner */
	blk_ring_attach(&r, memory, 1);
	for (i = 0; i < 1000; i++) {
		shared->rsp_event = r.rsp + 1;
		put((struct blk_abi_request){ .op = BLK_OP_READ, .id = i });
		expect(!blk_ring_idle(&r), "%u: there is one", i);
		expect(blk_ring_take(&r, &a) == 1 && a.id == i, "%u: is taken", i);
		expect(blk_ring_take(&r, &a) == 0, "%u: is the only one", i);
		expect(blk_ring_idle(&r) && shared->req_event == r.cons + 1, "%u: asks", i);
		blk_ring_respond(&r, a.id, a.op, BLK_OKAY);
		expect(blk_ring_push(&r), "%u: is told", i);
		expect(shared->slot[(r.rsp - 1) & 31].rsp.id == i, "%u: is answered", i);
		expect(shared->rsp_prod == shared->req_prod, "%u: is counted", i);
	}
	put((struct blk_abi_request){ .op = BLK_OP_READ });
	shared->rsp_event = r.rsp + 5;
	blk_ring_take(&r, &a);
	blk_ring_respond(&r, 0, 0, BLK_OKAY);
	expect(!blk_ring_push(&r), "nobody asked to be told");
}

static void too_far(void)
{
	struct blk_abi_request a;
	struct blk_ring r;
	u32 i;

	memset(memory, 0, sizeof(memory));
	blk_ring_attach(&r, memory, 1);
	shared->req_prod = 33;
	expect(blk_ring_take(&r, &a) == -1, "33 requests in 32 slots");
	shared->req_prod = -1;
	expect(blk_ring_take(&r, &a) == -1, "an index behind ours");
	shared->req_prod = 32;
	for (i = 0; i < 32; i++)
		expect(blk_ring_take(&r, &a) == 1, "slot %u", i);
	shared->req_prod = 33;
	expect(blk_ring_take(&r, &a) == -1, "a slot whose request has no response");
	blk_ring_respond(&r, 0, 0, BLK_OKAY);
	expect(blk_ring_take(&r, &a) == 1, "now it is free");
}

static int judge(struct blk_abi_request a, struct blk_limits l)
{
	struct blk_request req;

	return blk_decode(&a, &req) ?: blk_judge(&req, req.seg, &l);
}

static void rules(void)
{
	const struct blk_limits rw = { .sectors = 1000, .align = 1, .discard = true };
	const struct blk_limits ro = { .sectors = 1000, .align = 1, .readonly = true };
	const struct blk_limits big = { .sectors = 1000, .align = 8 };
	struct blk_abi_request a = { .nr_segs = 1, .sector = 992, .seg = { { .last = 7 } } };
	struct blk_abi_request d = { .op = BLK_OP_DISCARD, .sector = 900, .nr_sectors = 100 };
	struct blk_request req;

	expect(judge(a, rw) == BLK_OKAY, "up to the end");
	expect(judge(a, big) == BLK_OKAY, "a whole block");
	a.sector = 993;
	expect(judge(a, rw) == BLK_ERROR, "one beyond");
	a.sector = ~0ull - 3;
	expect(judge(a, rw) == BLK_ERROR, "an overflow");
	a.sector = 4;
	expect(judge(a, rw) == BLK_OKAY && judge(a, big) == BLK_ERROR, "half a block");
	a.seg[0].last = 8;
	expect(judge(a, rw) == BLK_ERROR, "beyond the page");
	a.seg[0] = (struct blk_abi_segment){ .first = 3, .last = 2 };
	expect(judge(a, rw) == BLK_ERROR, "ends before it begins");
	a.seg[0] = (struct blk_abi_segment){ .last = 7 };
	a.op = BLK_OP_WRITE;
	expect(judge(a, rw) == BLK_OKAY && judge(a, ro) == BLK_ERROR, "read-only");
	a.nr_segs = 0;
	expect(judge(a, rw) == BLK_ERROR, "nothing to write");
	a.op = BLK_OP_FLUSH;
	a.sector = ~0ull;
	expect(judge(a, rw) == BLK_OKAY && judge(a, ro) == BLK_OKAY, "a flush is not anywhere");
	a.nr_segs = 12;
	expect(judge(a, rw) == BLK_ERROR, "12 segments");
	expect(judge(d, rw) == BLK_OKAY && judge(d, ro) == BLK_NOT_SUPPORTED, "discard");
	d.nr_sectors = 101;
	expect(judge(d, rw) == BLK_ERROR, "discard beyond");
	d.nr_sectors = ~0ull;
	expect(judge(d, rw) == BLK_ERROR, "discard with an overflow");
	d.flags = BLK_DISCARD_SECURE;
	expect(judge(d, rw) == BLK_NOT_SUPPORTED, "secure erase");
	a.op = 4;
	expect(judge(a, rw) == BLK_NOT_SUPPORTED, "operation 4");
	a.op = BLK_OP_INDIRECT;
	a.indirect_op = BLK_OP_INDIRECT;
	a.handle = 1;
	expect(judge(a, rw) == BLK_ERROR, "indirect of indirect");
	a.indirect_op = BLK_OP_READ;
	a.handle = BLK_INDIRECT_SEGS + 1;
	expect(judge(a, rw) == BLK_ERROR, "too many indirect ones");
	blk_decode(&a, &req);
	expect(req.abi_op == BLK_OP_READ, "the answer to an indirect read is to a read");
}

/* What a judged request would do is recounted from its segments. */
static void check_judged(const struct blk_request *req, const struct blk_abi_segment *seg,
			 const struct blk_limits *l)
{
	u64 sum = 0;
	u32 i;

	expect(req->nr_segs <= (req->indirect ? BLK_INDIRECT_SEGS : BLK_DIRECT_SEGS), "segments");
	for (i = 0; req->op != BLK_OP_DISCARD && i < req->nr_segs; i++) {
		expect(seg[i].first <= seg[i].last && seg[i].last < 8, "segment");
		sum += seg[i].last - seg[i].first + 1;
	}
	if (req->op != BLK_OP_DISCARD)
		expect(sum == req->nr_sectors && sum % l->align == 0, "sum");
	else
		expect(l->discard && (!req->secure || l->secure), "discard");
	if (req->nr_sectors) {
		expect(req->sector < l->sectors, "begin");
		expect(l->sectors - req->sector >= req->nr_sectors, "end");
		expect(!l->readonly || req->op == BLK_OP_READ, "read-only");
	}
	expect(req->op <= BLK_OP_FLUSH || req->op == BLK_OP_DISCARD, "operation %u", req->op);
}

static void scribble(u32 pages)
{
	u32 i, n = 1 + ktap_random_below(64);

	for (i = 0; i < n; i++) {
		u32 at = ktap_random_below(pages * 4096 / 8);

		((u64 *)memory)[at] = ktap_random_below(2) ? ktap_random_log() : ktap_random();
	}
	if (ktap_random_below(4))
		shared->req_prod = shared->rsp_prod + ktap_random_below(blk_ring_size(pages) + 2);
}

static void judge_random(const struct blk_abi_request *a, u32 *good)
{
	static const u32 aligns[] = { 1, 1, 8 };
	struct blk_abi_segment seg[BLK_INDIRECT_SEGS];
	struct blk_limits l = {
		.sectors = ktap_random_log(), .align = aligns[ktap_random_below(3)],
		.readonly = ktap_random_below(2), .discard = ktap_random_below(2),
		.secure = ktap_random_below(2),
	};
	struct blk_request req;
	u32 i;

	if (blk_decode(a, &req))
		return;
	for (i = 0; i < BLK_INDIRECT_SEGS; i++)
		seg[i] = (struct blk_abi_segment){ .first = ktap_random_below(4),
						   .last = 3 + ktap_random_below(5) };
	if (!ktap_random_below(4))
		seg[ktap_random_below(BLK_INDIRECT_SEGS)].last = ktap_random();
	if (blk_judge(&req, req.indirect ? seg : req.seg, &l))
		return;
	check_judged(&req, req.indirect ? seg : req.seg, &l);
	++*good;
}

static void fuzz(void)
{
	struct blk_abi_request a;
	u32 round, good = 0, dead = 0;
	struct blk_ring r;

	for (round = 0; round < 200000; round++) {
		u32 pages = 1u << ktap_random_below(5);
		int ret;

		scribble(pages);
		blk_ring_attach(&r, memory, pages);
		while ((ret = blk_ring_take(&r, &a)) > 0) {
			if (ktap_random_below(2))
				a.op = ktap_random_below(8);
			if (ktap_random_below(2))
				a.nr_segs = ktap_random_below(13);
			if (ktap_random_below(2))
				a.sector = ktap_random_below(100);
			judge_random(&a, &good);
			expect(r.cons - r.rsp <= r.size, "%u under way", r.cons - r.rsp);
			if (ktap_random_below(2)) {
				blk_ring_respond(&r, a.id, a.op, BLK_OKAY);
				blk_ring_push(&r);
			}
			if (!ktap_random_below(8))
				scribble(pages);
			if (!ktap_random_below(64))
				break;
		}
		dead += ret < 0;
	}
	printf("# %u requests let through, %u rings refused\n", good, dead);
	expect(good > 1000 && dead > 1000, "both happen: %u, %u", good, dead);
}

/* Over ten seconds a limit lets through what it says, whoever comes how late. */
static void limits(void)
{
	const u64 rates[] = { 1, 10, 100, 5000, 1000000, 12345678901ull };
	u32 i;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		u64 amount = rates[i] < 100 ? 1 : rates[i] / 100 + 1, now = 1ull << 60, end, sum = 0;
		struct limit l = { .rate = rates[i] };

		for (end = now + 10000000000ull; now < end;) {
			u64 wait = limit_wait_ns(&l, now);

			if (wait) {
				now += wait + ktap_random_below(4000000);
				continue;
			}
			limit_take(&l, amount, now);
			sum += amount;
		}
		expect(sum >= 10 * rates[i] * 99 / 100 && sum <= rates[i] * 102 / 10 + 2 * amount,
		       "rate %llu: %llu in 10 s", (unsigned long long)rates[i],
		       (unsigned long long)sum);
	}
	expect(!limit_wait_ns(&(struct limit){ .paid_ns = 5 }, 1), "no limit");
}

static const struct ktap_test tests[] = {
	{ "the layout is that of the ABI", layout },
	{ "requests and responses in turn, across the wrap of the indices", in_turn },
	{ "an index out of range shuts the ring", too_far },
	{ "the rules of a request, one by one", rules },
	{ "random rings that change all the time", fuzz },
	{ "a limit lets through what it says", limits },
};

KTAP_MAIN(tests)
