/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * grant.h: a domain's grant table and what it has mapped of others'
 * (Documentation/grants.rst).  Between the files grant*.c; ptvalidate/audit.c
 * reads the structures too.
 */
#ifndef LODGE_GRANT_H
#define LODGE_GRANT_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>

struct domain;
struct vcpu;

#define GRANT_FRAMES_MAX	64	/* of a table: 32768 references */
#define GRANTS_PER_FRAME	(PAGE_SIZE / sizeof(struct grant_entry_v1))
#define GRANT_PINS_MAX		128	/* of a reference, of each kind; Xen's limit */
#define GRANT_CHUNK		128	/* handles allocated together */
#define GRANT_CHUNKS_MAX	256	/* 32768 handles */

/**
 * struct grant_active - the module's own account of one grant reference
 * @mfn: the frame, as version 1 of the table can name it; meaningless without pins
 * @domid: who uses it; meaningless without pins
 * @readers: read-only uses
 * @writers: writable uses
 *
 * The guest can change its table at any moment, not this.
 */
struct grant_active {
	u32 mfn;
	domid_t domid;
	u8 readers;
	u8 writers;
};

/**
 * struct grant_pin - one use of a granted frame: a mapping, or a copy under way
 * @link: on the granter's list; its grant lock
 * @granter: whose frame; holds a reference on the domain, NULL: nothing is pinned
 * @mfn: the frame: a general reference (and a WRITABLE one) of the granter's
 *	while it lives, and one of the host's on the page, which outlives it
 * @ref: the grant reference
 * @readonly: no WRITABLE reference
 */
struct grant_pin {
	struct list_head link;
	struct domain *granter;
	u64 mfn;
	u32 ref;
	bool readonly;
};

enum grant_handle_state {
	GRANT_HANDLE_FREE,
	GRANT_HANDLE_BUSY,	/* being mapped or unmapped: as if it did not exist */
	GRANT_HANDLE_MAPPED,
};

/**
 * struct grant_handle - one mapping in a guest's page tables
 * @pin: what it holds
 * @l1_mfn: the table whose entry was made
 * @index: the entry
 * @flags: GNTMAP_* as given
 * @state: enum grant_handle_state
 * @next_free: while free: the next free handle, plus 1
 *
 * The entry itself holds no reference, if the frame is another domain's.
 */
struct grant_handle {
	struct grant_pin pin;
	u64 l1_mfn;
	u16 index;
	u16 state;
	u32 flags;
	u32 next_free;
};

/**
 * struct grant_table - a domain's grants, and its mappings of others' grants
 * @lock: what others use of this domain; taken before any mmu_lock
 * @open: others may use its grants; cleared when the domain ends
 * @nr_frames: of the table; only grows
 * @mfn: its frames
 * @shared: where the host maps them
 * @active: by frame: GRANTS_PER_FRAME accounts
 * @pins: struct grant_pin: who uses what
 * @nr_pins: how many there are
 * @grow_lock: one grows the table at a time
 * @handles: by chunk: GRANT_CHUNK of them; NULL before the first; this and what
 *	follows: the domain's mmu_lock
 * @nr_handles: allocated, free ones included
 * @free_handle: the first free one, plus 1
 */
struct grant_table {
	spinlock_t lock;
	bool open;
	unsigned int nr_frames;
	u64 mfn[GRANT_FRAMES_MAX];
	struct grant_entry_v1 *shared[GRANT_FRAMES_MAX];
	struct grant_active *active[GRANT_FRAMES_MAX];
	struct list_head pins;
	unsigned long nr_pins;
	struct mutex grow_lock;

	struct grant_handle **handles;
	u32 nr_handles;
	u32 free_handle;
};

static inline unsigned int grant_nr_refs(const struct grant_table *gt)
{
	return gt->nr_frames * GRANTS_PER_FRAME;
}

/* ---- grant_table.c: the granter's side ---- */
int grant_grow(struct domain *d, unsigned int nr_frames);
int grant_pin(struct domain *granter, u32 ref, domid_t user, bool readonly, bool map,
	      struct grant_pin *pin);
void grant_unpin(struct grant_pin *pin);
int grant_swap_refs(struct domain *d, u32 ref_a, u32 ref_b);

/* ---- grant_map.c: the mapping side ---- */
long grant_op_map(struct vcpu *v, u64 list, u32 count);
long grant_op_unmap(struct vcpu *v, u64 list, u32 count);
long grant_op_unmap_and_replace(struct vcpu *v, u64 list, u32 count);
void grant_unmap_all(struct domain *d);

/* ---- grant_handle.c: handles; the domain's mmu_lock held ---- */
int grant_handle_grow(struct domain *d);
struct grant_handle *grant_handle_alloc(struct domain *d, u32 *nr);
void grant_handle_free(struct domain *d, u32 nr);
struct grant_handle *grant_handle_find(struct domain *d, u32 nr);
bool grant_handle_maps(struct domain *d, u64 mfn);

/* ---- grant_copy.c ---- */
long grant_op_copy(struct vcpu *v, u64 list, u32 count);

#endif
