/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blk_ring.h: rings of block devices, as memory that a guest can change at any
 * moment, and requests as they are after the copy (blk_ring.c).
 *
 * Knows no kernel: selftests/unit/blk_ring.c runs it.  Whoever includes it has
 * u8..u64, READ_ONCE(), WRITE_ONCE(), smp_mb(), smp_rmb(), smp_wmb().
 */
#ifndef LODGE_BLK_RING_H
#define LODGE_BLK_RING_H

#define BLK_DIRECT_SEGS		11	/* of a request in the ring itself */
#define BLK_INDIRECT_SEGS	256	/* of one that names a page of them: at most 1 MiB */
#define BLK_SECTOR_SHIFT	9	/* the ABI's sector, whatever the device's is */
#define BLK_PAGE_SECTORS	8

/* The ABI (xen/interface/io/blkif.h, x86_64); blk.c checks that they agree. */
enum {
	BLK_OP_READ,
	BLK_OP_WRITE,
	BLK_OP_BARRIER,
	BLK_OP_FLUSH,
	BLK_OP_DISCARD = 5,
	BLK_OP_INDIRECT,
};

#define BLK_DISCARD_SECURE	1
#define BLK_OKAY		0
#define BLK_ERROR		(-1)
#define BLK_NOT_SUPPORTED	(-2)

struct blk_abi_segment {
	u32 ref;
	u8 first, last;			/* sectors of the page, both included */
	u16 pad;
};

struct blk_abi_request {
	u8 op;
	union {
		u8 nr_segs;		/* read, write, barrier, flush */
		u8 flags;		/* discard */
		u8 indirect_op;
	};
	u16 handle;			/* indirect: the number of segments */
	u32 pad;
	u64 id;
	u64 sector;
	union {
		struct blk_abi_segment seg[BLK_DIRECT_SEGS];
		u64 nr_sectors;		/* discard */
		struct {
			u16 handle, pad;
			u32 ref[8];
		} indirect;
	};
};

struct blk_abi_response {
	u64 id;
	u8 op;
	u8 pad;
	s16 status;
	u32 pad2;
};

struct blk_abi_ring {
	u32 req_prod, req_event, rsp_prod, rsp_event;
	u8 pad[48];
	union {
		struct blk_abi_request req;
		struct blk_abi_response rsp;
	} slot[];
};

/**
 * struct blk_ring - our side of a ring
 * @shared: the guest's to write at any moment
 * @size: slots, a power of 2
 * @cons: requests taken
 * @rsp: responses given; cons - rsp is what is under way, never more than size
 * @pushed: of them, what the guest has been shown
 */
struct blk_ring {
	struct blk_abi_ring *shared;
	u32 size;
	u32 cons, rsp, pushed;
};

/**
 * struct blk_limits - what a device can, when a request is judged
 * @sectors: its size
 * @align: its logical blocks have so many sectors, a power of 2
 * @readonly: it is not written
 * @discard: it has discard
 * @secure: it has secure erase
 */
struct blk_limits {
	u64 sectors;
	u32 align;
	bool readonly, discard, secure;
};

/**
 * struct blk_request - one request, copied and judged
 * @id: the guest's
 * @abi_op: as the response repeats it; of an indirect one what it does, as Linux wants it
 * @op: BLK_OP_READ to BLK_OP_DISCARD; after blk_decode() not BLK_OP_INDIRECT
 * @secure: of a discard
 * @nr_segs: below, or what the page @indirect_ref names has
 * @indirect: the segments are in that page
 * @indirect_ref: any value
 * @sector: begins here
 * @nr_sectors: and has so many; of an indirect one after blk_judge()
 * @seg: a copy; of an indirect one unused
 */
struct blk_request {
	u64 id;
	u8 abi_op, op;
	bool secure, indirect;
	u32 nr_segs;
	u32 indirect_ref;
	u64 sector, nr_sectors;
	struct blk_abi_segment seg[BLK_DIRECT_SEGS];
};

static inline u32 blk_ring_size(u32 pages)
{
	u32 slots = (pages * 4096 - sizeof(struct blk_abi_ring)) / sizeof(struct blk_abi_request);
	u32 size = 1;

	while (size * 2 <= slots)
		size *= 2;
	return size;
}

void blk_ring_attach(struct blk_ring *r, void *shared, u32 pages);
int blk_ring_take(struct blk_ring *r, struct blk_abi_request *copy);
bool blk_ring_idle(struct blk_ring *r);
void blk_ring_respond(struct blk_ring *r, u64 id, u8 op, s16 status);
bool blk_ring_push(struct blk_ring *r);
int blk_decode(const struct blk_abi_request *a, struct blk_request *req);
int blk_judge(struct blk_request *req, const struct blk_abi_segment *seg,
	      const struct blk_limits *l);

#endif
