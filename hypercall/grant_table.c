// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Grant tables, the granter's side
 *
 * A domain's table of grants is memory that it shares with the module: it may
 * change any entry at any moment.  What others use of it is therefore kept in
 * accounts of the module's own (struct grant_active), and an entry is only
 * believed when a compare-and-exchange has set the bits that say "in use".
 * A use is a struct grant_pin; grant_pin() and grant_unpin() are the only way
 * to make one and to end it, for mappings, copies and domain 0 alike.
 *
 * A domain that ends stays reachable through its pins: their frames stay
 * allocated until the last of them goes.  Must not touch page tables.
 */
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include "grant.h"
#include "hypercall.h"

#define STATUS_TRIES	5	/* as in Xen: after that the guest plays games */

/* Flags and domid of an entry, which change together. */
union grant_head {
	struct {
		u16 flags;
		domid_t domid;
	};
	u32 raw;
};

static struct grant_entry_v1 *shared_entry(const struct grant_table *gt, u32 ref)
{
	return &gt->shared[ref / GRANTS_PER_FRAME][ref % GRANTS_PER_FRAME];
}

static struct grant_active *active_entry(const struct grant_table *gt, u32 ref)
{
	return &gt->active[ref / GRANTS_PER_FRAME][ref % GRANTS_PER_FRAME];
}

/* Say in the entry that it is in use; only if it allows that. */
static int set_status(struct grant_entry_v1 *entry, bool pinned, domid_t user, bool readonly,
		      bool map)
{
	const u16 mask = GTF_type_mask | (map ? GTF_sub_page : 0);
	u32 *raw = (u32 *)entry;
	union grant_head old, new;
	unsigned int tries;

	BUILD_BUG_ON(offsetof(struct grant_entry_v1, domid) != sizeof(u16));
	old.raw = READ_ONCE(*raw);
	for (tries = 0; tries < STATUS_TRIES; tries++) {
		/* A grant in use was judged before; the guest must not revoke it. */
		if (!pinned && ((old.flags & mask) != GTF_permit_access || old.domid != user))
			return GNTST_general_error;
		if (!readonly && (old.flags & GTF_readonly))
			return GNTST_general_error;
		new = old;
		new.flags |= GTF_reading | (readonly ? 0 : GTF_writing);
		new.raw = cmpxchg(raw, old.raw, new.raw);
		if (new.raw == old.raw)
			return GNTST_okay;
		old = new;
	}
	return GNTST_general_error;
}

/* Take back what nobody needs any more of what set_status() said. */
static void reduce_status(struct grant_entry_v1 *entry, const struct grant_active *act)
{
	u32 clear = 0;

	if (!act->writers)
		clear |= GTF_writing;
	if (!act->writers && !act->readers)
		clear |= GTF_reading;
	if (clear)
		atomic_andnot(clear, (atomic_t *)entry);
}

/* The granter's references, and the host's. */
static int get_frame(struct domain *d, u64 mfn, bool readonly)
{
	int rc;

	domain_mmu_lock(d);
	if (!pt_owned(d, mfn)) {
		domain_mmu_unlock(d);
		return GNTST_bad_page;
	}
	rc = readonly ? pt_get_ref(d, mfn) : pt_get_simple_type(d, mfn, FRAME_WRITABLE);
	if (!rc)
		get_page(pfn_to_page(mfn));
	domain_mmu_unlock(d);
	return rc ? GNTST_general_error : GNTST_okay;
}

static int pin_locked(struct domain *d, u32 ref, domid_t user, bool readonly, bool map,
		      struct grant_pin *pin)
{
	struct grant_table *gt = d->grant;
	struct grant_entry_v1 *entry;
	struct grant_active *act;
	bool pinned;
	int rc;

	if (!gt->open)
		return GNTST_bad_domain;
	if (ref >= grant_nr_refs(gt))
		return GNTST_bad_gntref;
	ref = array_index_nospec(ref, grant_nr_refs(gt));
	entry = shared_entry(gt, ref);
	act = active_entry(gt, ref);
	pinned = act->readers || act->writers;
	if (pinned && (act->domid != user ||
		       (readonly ? act->readers : act->writers) >= GRANT_PINS_MAX))
		return GNTST_general_error;
	if (!pinned || (!readonly && !act->writers)) {
		rc = set_status(entry, pinned, user, readonly, map);
		if (rc)
			return rc;
	}
	/* Read once, after the entry says that it is in use, and never again. */
	pin->mfn = pinned ? act->mfn : READ_ONCE(entry->frame);
	rc = get_frame(d, pin->mfn, readonly);
	if (rc) {
		reduce_status(entry, act);
		return rc;
	}
	act->mfn = pin->mfn;
	act->domid = user;
	if (readonly)
		act->readers++;
	else
		act->writers++;
	pin->ref = ref;
	return GNTST_okay;
}

/**
 * grant_pin() - use a granted frame
 * @granter: whose grant; the caller has a reference on the domain
 * @ref: grant reference, any value
 * @user: domain that uses it; 0: domain 0
 * @readonly: it only reads
 * @map: it maps (whole frames only)
 * @pin: out
 *
 * Context: no mmu_lock held, IRQs on; does not sleep.
 * Return: GNTST_okay, or the status that Xen gives.
 */
int grant_pin(struct domain *granter, u32 ref, domid_t user, bool readonly, bool map,
	      struct grant_pin *pin)
{
	struct grant_table *gt = granter->grant;
	int rc;

	pin->granter = NULL;
	spin_lock(&gt->lock);
	rc = pin_locked(granter, ref, user, readonly, map, pin);
	if (!rc) {
		kref_get(&granter->ref);
		pin->granter = granter;
		pin->readonly = readonly;
		list_add(&pin->link, &gt->pins);
		gt->nr_pins++;
	}
	spin_unlock(&gt->lock);
	return rc;
}

/**
 * grant_unpin() - end a use
 * @pin: from grant_pin(); no TLB and no walk of a page table leads to its
 *	frame through this pin any more
 *
 * Context: no mmu_lock held, IRQs on; does not sleep.
 */
void grant_unpin(struct grant_pin *pin)
{
	struct domain *d = pin->granter;
	struct grant_table *gt = d->grant;
	struct grant_active *act;

	spin_lock(&gt->lock);
	list_del(&pin->link);
	gt->nr_pins--;
	/* An ended domain has no table, no accounts and no frames. */
	if (gt->open) {
		act = active_entry(gt, pin->ref);
		if (pin->readonly)
			act->readers--;
		else
			act->writers--;
		if (pin->readonly)
			frame_put(d, pin->mfn);
		else
			frame_put_type(d, pin->mfn);
		reduce_status(shared_entry(gt, pin->ref), act);
	} else {
		frames_kept(-1);
	}
	spin_unlock(&gt->lock);
	frame_put_page(pfn_to_page(pin->mfn));
	pin->granter = NULL;
	domain_put(d);
}

/**
 * grant_swap_refs() - exchange two entries that nobody uses
 * @d: domain
 * @ref_a: any value
 * @ref_b: any value
 *
 * Context: IRQs on; does not sleep.
 * Return: GNTST_okay, GNTST_bad_gntref, GNTST_eagain if one is in use.
 */
int grant_swap_refs(struct domain *d, u32 ref_a, u32 ref_b)
{
	struct grant_table *gt = d->grant;
	struct grant_active *act_a, *act_b;
	unsigned int nr;
	int rc = GNTST_bad_gntref;

	spin_lock(&gt->lock);
	nr = grant_nr_refs(gt);
	if (ref_a >= nr || ref_b >= nr)
		goto unlock;
	ref_a = array_index_nospec(ref_a, nr);
	ref_b = array_index_nospec(ref_b, nr);
	act_a = active_entry(gt, ref_a);
	act_b = active_entry(gt, ref_b);
	rc = GNTST_okay;
	if (ref_a == ref_b)
		goto unlock;
	if (act_a->readers || act_a->writers || act_b->readers || act_b->writers)
		rc = GNTST_eagain;
	else
		swap(*shared_entry(gt, ref_a), *shared_entry(gt, ref_b));
unlock:
	spin_unlock(&gt->lock);
	return rc;
}

/* One more frame for the table. */
static int grow_by_one(struct domain *d)
{
	struct grant_table *gt = d->grant;
	const unsigned int i = gt->nr_frames;
	struct grant_active *active;
	int ret;

	active = kvcalloc(GRANTS_PER_FRAME, sizeof(*active), GFP_KERNEL_ACCOUNT);
	if (!active)
		return -ENOMEM;
	ret = domain_add_module_frame(d, &gt->mfn[i]);
	if (ret) {
		kvfree(active);
		return ret;
	}
	spin_lock(&gt->lock);
	gt->active[i] = active;
	gt->shared[i] = frame_address(gt->mfn[i]);
	gt->nr_frames = i + 1;
	spin_unlock(&gt->lock);
	return 0;
}

/**
 * grant_grow() - give a domain's table at least so many frames
 * @d: domain, not ending
 * @nr_frames: at most GRANT_FRAMES_MAX
 *
 * Context: sleepable.
 * Return: 0, -ENOMEM; what was added stays.
 */
int grant_grow(struct domain *d, unsigned int nr_frames)
{
	struct grant_table *gt = d->grant;
	int ret = 0;

	mutex_lock(&gt->grow_lock);
	while (!ret && gt->nr_frames < nr_frames)
		ret = grow_by_one(d);
	mutex_unlock(&gt->grow_lock);
	return ret;
}

/**
 * grant_domain_alloc() - what a domain has as long as its record
 * @d: new domain
 *
 * Context: sleepable.
 * Return: 0 or -ENOMEM.
 */
int grant_domain_alloc(struct domain *d)
{
	struct grant_table *gt = kzalloc(sizeof(*gt), GFP_KERNEL_ACCOUNT);

	if (!gt)
		return -ENOMEM;
	spin_lock_init(&gt->lock);
	mutex_init(&gt->grow_lock);
	INIT_LIST_HEAD(&gt->pins);
	d->grant = gt;
	return 0;
}

/**
 * grant_domain_free() - the last of a domain's record goes
 * @d: domain; grant_domain_exit() was called if grant_domain_init() was
 *
 * Context: any but hard IRQ.
 */
void grant_domain_free(struct domain *d)
{
	kfree(d->grant);
	d->grant = NULL;
}

/**
 * grant_domain_init() - the first frame of the table; from now on it can be used
 * @d: domain with memory and vCPUs
 *
 * Context: sleepable.
 * Return: 0 or -ENOMEM; then there is nothing to undo.
 */
int grant_domain_init(struct domain *d)
{
	struct grant_table *gt = d->grant;
	int ret;

	ret = grant_grow(d, 1);
	if (ret)
		return ret;
	spin_lock(&gt->lock);
	gt->open = true;
	spin_unlock(&gt->lock);
	return 0;
}

/**
 * grant_domain_exit() - a domain ends: as a mapper and as a granter
 * @d: domain; none of its vCPUs runs any more, all of them still exist
 *
 * What it has mapped of others goes.  What others have mapped of it stays, but
 * from now on nothing but the host's own page references says so.
 *
 * Context: sleepable.
 */
void grant_domain_exit(struct domain *d)
{
	struct grant_table *gt = d->grant;
	unsigned int i;

	grant_unmap_all(d);
	spin_lock(&gt->lock);
	if (gt->open)
		frames_kept(gt->nr_pins);
	gt->open = false;
	spin_unlock(&gt->lock);
	/* Nobody looks at these now: the table is closed. */
	for (i = 0; i < gt->nr_frames; i++) {
		kvfree(gt->active[i]);
		gt->active[i] = NULL;
		gt->shared[i] = NULL;
	}
	gt->nr_frames = 0;
}

/**
 * grant_overhead() - host memory that a domain's grants take, frames of its table apart
 * @d: domain
 *
 * Context: any.
 * Return: bytes.
 */
u64 grant_overhead(const struct domain *d)
{
	const struct grant_table *gt = d->grant;
	u64 handles = READ_ONCE(gt->nr_handles);

	if (handles)
		handles = handles * sizeof(struct grant_handle) +
			  GRANT_CHUNKS_MAX * sizeof(*gt->handles);
	return ksize(gt) + handles +
	       READ_ONCE(gt->nr_frames) * GRANTS_PER_FRAME * sizeof(struct grant_active);
}
