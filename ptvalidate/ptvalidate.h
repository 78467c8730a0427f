/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: Page types
 *
 * Guests run on page tables that they write themselves, through us.  This is
 * what keeps that safe.  The invariants; pt_audit() checks all but the second:
 *
 * 1. A frame has one type at a time.  While anything writable maps it, or the
 *    module writes it for the guest, it is WRITABLE; while it is a page table
 *    it is L1, L2, L3 or L4; while it is part of a GDT or LDT it is SEGDESC.  Each
 *    such use holds one type reference and one general reference; a read-only
 *    mapping holds a general reference alone.
 * 2. The type changes only while nobody holds a type reference, and then only
 *    after every other pCPU has dropped what its TLB may still say.
 * 3. A *valid* table (type L1..L4, type references > 0) holds the references
 *    of all its present entries: an L1 entry a general reference on its frame,
 *    and a WRITABLE reference if it has RW; an Ln entry both references on a
 *    valid L(n-1) table.  Levels strictly descend, so no table maps itself.
 * 4. A present entry of a valid table names a frame that this domain owns, or,
 *    in an L1, one that another domain granted: such an entry holds nothing, the
 *    grant does (granted.c).  It has no bit that the rules of entry.c forbid,
 *    has U set and G clear.  L4 slots 256..271 are the module's and take no
 *    part in any of this.
 * 5. A *partial* table (type L2..L4, no type reference, 0 < nr_valid <= 512) is
 *    being validated or torn down by steps.  It holds the references of its
 *    entries below nr_valid.  No valid table, base pointer or TLB leads to
 *    it by a fresh walk.  It is on the undo list of some vCPU, which finishes
 *    the job before it enters the guest again, unless it is about to repeat
 *    the operation that left it so.
 * 6. A frame goes back to the host when its last general reference goes; the
 *    domain itself holds one until it gives the frame up.
 *
 * All of it is under the owner's mmu_lock, so a step (one L1 table, one entry
 * of a higher level) is atomic, and between steps any vCPU may look in.
 * Everybody who needs a partial table as the same type carries on where it
 * stands; who needs it as another type has it torn down first.
 *
 * entry.c, page_type.c, update.c and pin.c know no kernel: what they need of
 * the world is in env.h, which has a side for unit tests.
 */
#ifndef LODGE_PTVALIDATE_H
#define LODGE_PTVALIDATE_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <xen/interface/xen.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef u16 domid_t;
#endif

struct domain;
struct vcpu;

/* Page-table entries. */
#define PTE_P		(1ULL << 0)
#define PTE_RW		(1ULL << 1)
#define PTE_US		(1ULL << 2)
#define PTE_PWT		(1ULL << 3)
#define PTE_PCD		(1ULL << 4)
#define PTE_A		(1ULL << 5)
#define PTE_D		(1ULL << 6)
#define PTE_PSE		(1ULL << 7)	/* in an L1 entry: PAT */
#define PTE_G		(1ULL << 8)
#define PTE_AVAIL	(7ULL << 9)
#define PTE_AVAIL_HIGH	(0x7ffULL << 52)
#define PTE_NX		(1ULL << 63)
#define PTE_ADDR	0x000ffffffffff000ULL
#define PT_ENTRIES	512

static inline u64 pte_mfn(u64 entry)
{
	return (entry & PTE_ADDR) >> 12;
}

/* A table's type is its level. */
enum frame_type {
	FRAME_NONE = 0,
	FRAME_L1 = 1,
	FRAME_L2 = 2,
	FRAME_L3 = 3,
	FRAME_L4 = 4,
	FRAME_WRITABLE = 5,
	FRAME_SEGDESC = 6,
};

#define FRAME_PINNED	0x01	/* the guest pinned it: one of both references */
#define FRAME_ALLOC	0x02	/* the domain has not given it up: one general reference */

/**
 * struct frame - what is known of one machine frame; under the owner's mmu_lock
 * @owner: domain id, 0: none.  Read without the lock, to see whose lock to take
 * @nr_valid: entries below this hold their references; 512 if the table is valid
 * @refs: general references
 * @type_refs: type references; each comes with a general one
 * @type: enum frame_type; remembered when @type_refs is 0
 * @flags: FRAME_*
 * @dropped: the domain's flush clock when the last type reference went: if it has
 *	advanced since, no TLB knows the frame as what it was
 */
struct frame {
	domid_t owner;
	u16 nr_valid;
	u32 refs;
	u32 type_refs;
	u8 type;
	u8 flags;
	u16 dropped;
};

/*
 * Above this the next reference is refused, but for those of undo lists, one a vCPU:
 * a release cannot fail.  No guest of 8 TiB gets there by accident.
 */
#define FRAME_REFS_MAX	0xffffff00u

static inline bool frame_is_table(const struct frame *f)
{
	return f->type >= FRAME_L1 && f->type <= FRAME_L4;
}

static inline bool frame_is_partial(const struct frame *f)
{
	return f->nr_valid && !f->type_refs;
}

/**
 * struct pt_undo - the partial tables that a vCPU answers for
 * @mfn: each holds a general reference
 * @nr: entries in use
 * @resuming: an operation gave way half-way: its tables here are still wanted
 * @conflict: that operation is in the way of itself: tear them down first
 *
 * Room: an operation starts with at most PT_UNDO_CARRY, and adds what it validates
 * (L4, L3, L2) and one that is in its way, or one that it releases.  To tear down an
 * L4 takes room for two more, an L3 for one, and the lowest go first; so the worst
 * is an L4 and what is in its way, or that and an L3.
 */
#define PT_UNDO_MAX	8
#define PT_UNDO_CARRY	4
struct pt_undo {
	u64 mfn[PT_UNDO_MAX];
	unsigned int nr;
	bool resuming;
	bool conflict;
};

/**
 * struct pt_rules - what this host allows in an entry; set once at load
 * @nx: EFER.NX is on
 * @l1tf: the CPU speculates through non-present entries
 * @l1tf_mask: address bits that the L1 data cache compares
 * @l1tf_below: addresses below this may be cached memory
 * @max_mfn: frames from here on are not RAM
 */
struct pt_rules {
	bool nx;
	bool l1tf;
	u64 l1tf_mask;
	u64 l1tf_below;
	u64 max_mfn;
};

extern struct pt_rules pt_rules;

/**
 * struct pt_update - one entry to change
 * @mfn: the table
 * @index: 0..511
 * @flags: PT_UPDATE_*
 * @val: new value
 * @old: PT_UPDATE_CMPXCHG: in: expected value; always: out: what was there
 */
struct pt_update {
	u64 mfn;
	unsigned int index;
	unsigned int flags;
	u64 val;
	u64 old;
};
#define PT_UPDATE_PRESERVE_AD	0x1	/* keep A and D of the old entry */
#define PT_UPDATE_CMPXCHG	0x2	/* only if it still is @old, else -EAGAIN */
#define PT_UPDATE_ONLY_L1	0x4	/* -EINVAL unless the table is a valid L1 */

/* ---- entry.c: pure checks of one entry ---- */
bool pt_guest_slot(unsigned int level, unsigned int index);
int pt_entry_check(unsigned int level, u64 entry);
u64 pt_entry_adjust(u64 entry);
bool pt_entry_same_refs(unsigned int level, u64 old, u64 new);
bool pt_canonical(u64 gva);

/* ---- page_type.c: references; mmu_lock held ---- */
struct frame *pt_owned(const struct domain *d, u64 mfn);
int pt_get_ref(struct domain *d, u64 mfn);
void pt_put_ref(struct domain *d, u64 mfn);
int pt_get_type(struct vcpu *v, u64 mfn, u8 type);
void pt_put_type(struct vcpu *v, u64 mfn);
int pt_get_simple_type(struct domain *d, u64 mfn, u8 type);
void pt_put_simple_type(struct domain *d, u64 mfn);
int pt_get_entry(struct vcpu *v, unsigned int level, u64 entry);
void pt_put_entry(struct vcpu *v, unsigned int level, u64 entry);
u64 pt_swap_entry(u64 *slot, u64 new, u64 keep);

/* ---- undo.c: partial tables; mmu_lock held ---- */
int pt_undo_push(struct vcpu *v, u64 mfn, struct frame *f);
void pt_undo_forget(struct vcpu *v, u64 mfn);
int pt_undo_all(struct vcpu *v);
int pt_begin(struct vcpu *v);
int pt_end(struct vcpu *v, int rc);

/* ---- update.c: change entries; mmu_lock held ---- */
int pt_update(struct vcpu *v, struct pt_update *u);
int pt_find_l1(const struct domain *d, u64 l4_mfn, u64 gva, u64 *l1_mfn, unsigned int *index);

/* ---- pin.c: pins and base pointers; mmu_lock held ---- */
int pt_pin(struct vcpu *v, u64 mfn, u8 type);
int pt_unpin(struct vcpu *v, u64 mfn);
int pt_new_base(struct vcpu *v, struct vcpu *target, u64 mfn, bool user);
int pt_drop_base(struct vcpu *v, bool user);
int pt_clear_page(struct vcpu *v, u64 mfn);
int pt_copy_page(struct vcpu *v, u64 dst_mfn, u64 src_mfn);

/* ---- granted.c: entries that name other domains' frames; mmu_lock held ---- */
int pt_map_granted(struct vcpu *v, u64 l1_mfn, unsigned int index, u64 entry);
int pt_unmap_granted(struct vcpu *v, u64 l1_mfn, unsigned int index, u64 mfn, bool writable);
int pt_replace_granted(struct vcpu *v, u64 l1_mfn, unsigned int index, u64 mfn, bool writable,
		       u64 from_mfn, unsigned int from_index);

#ifdef __KERNEL__
/**
 * struct pt_audit_result - what pt_audit() found
 * @frames: frames the domain owns
 * @tables: valid tables among them
 * @partial: partial tables
 * @refs: general references counted
 * @mismatches: frames whose counts are not what their uses say
 */
struct pt_audit_result {
	unsigned long frames;
	unsigned long tables;
	unsigned long partial;
	unsigned long refs;
	unsigned long mismatches;
};

/* ---- frame.c: the same with the lock taken, for the rest of the module ---- */
int frame_get(struct domain *d, u64 mfn);
void frame_put(struct domain *d, u64 mfn);
int frame_get_type(struct domain *d, u64 mfn, enum frame_type type);
void frame_put_type(struct domain *d, u64 mfn);
int pt_undo(struct vcpu *v);
int pt_update_entry(struct vcpu *v, struct pt_update *u);
int pt_start_vcpu(struct vcpu *v, u64 l4_mfn);
int pt_set_base(struct vcpu *v, struct vcpu *target, u64 mfn, bool user);
void pt_forget_bases(struct vcpu *v);

/* ---- audit.c ---- */
int pt_audit(struct domain *d, struct pt_audit_result *result);

/* ---- ptwr.c: guest writes to read-only tables ---- */
bool ptwr_fault(struct vcpu *v, u64 gva, u32 error);
#endif

#endif
