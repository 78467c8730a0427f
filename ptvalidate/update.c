// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Changing one entry
 *
 * All ways to change a page table end in pt_update(): mmu_update,
 * update_va_mapping and the emulation of direct writes.  New references are
 * taken before the entry is written and old ones dropped after, so that
 * nothing an entry names is ever without its reference.
 *
 * No TLB is flushed here: that is the guest's affair, as on hardware.  What
 * must not go wrong if it forgets to is taken care of when a frame changes its
 * type or its owner (XSA-286).
 */
#include "env.h"

/* The frame is no table now: a plain write, as a writable mapping could do. */
static int write_plain(struct vcpu *v, struct pt_update *u)
{
	u64 *slot = env_table(u->mfn) + u->index;
	u64 seen;
	int rc;

	rc = pt_get_type(v, u->mfn, FRAME_WRITABLE);
	if (rc)
		return rc == -ERESTART ? rc : -EINVAL;
	if (u->flags & PT_UPDATE_CMPXCHG) {
		seen = env_cmpxchg(slot, u->old, u->val);
		rc = seen == u->old ? 0 : -EAGAIN;
		u->old = seen;
	} else {
		u->old = pt_swap_entry(slot, u->val, 0);
	}
	pt_put_simple_type(env_domain(v), u->mfn);
	return rc;
}

/* Write @new; u->old becomes what was replaced, or is in the way. */
static int write_entry(u64 *slot, struct pt_update *u, u64 new)
{
	u64 seen;

	if (u->flags & PT_UPDATE_CMPXCHG) {
		seen = env_cmpxchg(slot, u->old, new);
		if (seen != u->old) {
			u->old = seen;
			return -EAGAIN;
		}
		return 0;
	}
	u->old = pt_swap_entry(slot, new, u->flags & PT_UPDATE_PRESERVE_AD ? PTE_A | PTE_D : 0);
	return 0;
}

static int update_entry(struct vcpu *v, unsigned int level, struct pt_update *u)
{
	u64 *slot = env_table(u->mfn) + u->index;
	u64 old = env_read(slot), new = pt_entry_adjust(u->val);
	bool recount;
	int rc;

	if (!pt_guest_slot(level, u->index))
		return -EINVAL;
	rc = pt_entry_check(level, u->val);
	if (rc)
		return rc;
	if ((u->flags & PT_UPDATE_CMPXCHG) && old != u->old) {
		u->old = old;
		return -EAGAIN;
	}

	recount = !pt_entry_same_refs(level, old, new);
	if (recount && (new & PTE_P)) {
		rc = pt_get_entry(v, level, new);
		if (rc)
			return rc;
	}
	rc = write_entry(slot, u, new);
	if (recount)
		pt_put_entry(v, level, rc ? new : u->old);
	return rc;
}

/**
 * pt_update() - change one entry of a page table
 * @v: vCPU that asks; its domain's mmu_lock held
 * @u: what to change; on return @u->old is the value before
 *
 * A frame that is no table at the moment is written like any memory.
 *
 * Return: 0; -EINVAL for a frame that is not the domain's, or cannot be
 * written, or an entry that may not be; -EPERM and -EBUSY as in Xen, for what
 * an L1 entry names; -EAGAIN if PT_UPDATE_CMPXCHG found another value;
 * -ERESTART: give way and call again.
 */
int pt_update(struct vcpu *v, struct pt_update *u)
{
	struct frame *f;
	int rc;

	rc = pt_begin(v);
	if (rc)
		return rc;

	f = pt_owned(env_domain(v), u->mfn);
	if (!f || u->index >= PT_ENTRIES)
		rc = -EINVAL;
	else if (f->type_refs && frame_is_table(f) &&
		 (f->type == FRAME_L1 || !(u->flags & PT_UPDATE_ONLY_L1)))
		rc = update_entry(v, f->type, u);
	else if (u->flags & PT_UPDATE_ONLY_L1)
		rc = -EINVAL;
	else
		rc = write_plain(v, u);
	return pt_end(v, rc);
}

/**
 * pt_find_l1() - which L1 entry translates an address?
 * @d: domain; its mmu_lock held
 * @l4_mfn: a base pointer of one of its vCPUs
 * @gva: guest virtual address, any value
 * @l1_mfn: out: the L1 table
 * @index: out: entry in it, present or not
 *
 * Return: 0, or -EINVAL if there is no L1 for that address.
 */
int pt_find_l1(const struct domain *d, u64 l4_mfn, u64 gva, u64 *l1_mfn, unsigned int *index)
{
	unsigned int level, i;
	u64 mfn = l4_mfn, entry;

	if (!pt_canonical(gva))
		return -EINVAL;
	for (level = FRAME_L4; level > FRAME_L1; level--) {
		i = (gva >> (12 + 9 * (level - 1))) & (PT_ENTRIES - 1);
		if (!pt_guest_slot(level, i) || !pt_owned(d, mfn))
			return -EINVAL;
		entry = env_read(env_table(mfn) + i);
		if (!(entry & PTE_P))
			return -EINVAL;
		mfn = pte_mfn(entry);
	}
	*l1_mfn = mfn;
	*index = (gva >> 12) & (PT_ENTRIES - 1);
	return 0;
}
