// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Entries that name another domain's frame
 *
 * They are made here and nowhere else, for frames that were granted: whoever
 * calls holds the references on the frame, with its owner, until he has called
 * pt_unmap_granted() and no TLB knows the entry any more.  The entry itself
 * holds nothing.  All other ways to write an entry refuse such frames
 * (get_l1_entry() in page_type.c), so an entry cannot be copied or revived; it
 * can be overwritten, or go with its table, and then its frame stays pinned.
 *
 * A domain may map its own grants.  Such an entry is an ordinary one and holds
 * references like any other, beside those of the grant.
 *
 * Called by hypercall/grant_map.c.  Must not know what a grant is.
 */
#include "env.h"

/* An entry of a valid L1 table, or NULL. */
static u64 *l1_slot(struct domain *d, u64 l1_mfn, unsigned int index)
{
	struct frame *f = pt_owned(d, l1_mfn);

	if (!f || f->type != FRAME_L1 || !f->type_refs || index >= PT_ENTRIES)
		return NULL;
	return env_table(l1_mfn) + index;
}

static int get_own(struct domain *d, u64 entry)
{
	if (entry & PTE_RW)
		return pt_get_simple_type(d, pte_mfn(entry), FRAME_WRITABLE);
	return pt_get_ref(d, pte_mfn(entry));
}

static bool names(u64 entry, u64 mfn, bool writable)
{
	return (entry & PTE_P) && pte_mfn(entry) == mfn && !(entry & PTE_RW) == !writable;
}

/**
 * pt_map_granted() - write an L1 entry that names a granted frame
 * @v: vCPU that asks; its domain's mmu_lock held
 * @l1_mfn: any value
 * @index: any value
 * @entry: present; the caller holds what its frame needs
 *
 * What the entry was before is dropped.
 *
 * Return: 0, -EINVAL if there is no such table or the entry may not be; for a
 * frame of the domain itself also -EBUSY.
 */
int pt_map_granted(struct vcpu *v, u64 l1_mfn, unsigned int index, u64 entry)
{
	struct domain *d = env_domain(v);
	u64 *slot = l1_slot(d, l1_mfn, index);
	int rc;

	env_assert_locked(d);
	if (!slot || !(entry & PTE_P) || pt_entry_check(FRAME_L1, entry))
		return -EINVAL;
	entry = pt_entry_adjust(entry);
	if (pt_owned(d, pte_mfn(entry))) {
		rc = get_own(d, entry);
		if (rc)
			return rc;
	}
	pt_put_entry(v, FRAME_L1, pt_swap_entry(slot, entry, 0));
	return 0;
}

/**
 * pt_unmap_granted() - empty such an entry
 * @v: vCPU that asks; its domain's mmu_lock held
 * @l1_mfn: where pt_map_granted() made the entry
 * @index: where pt_map_granted() made the entry
 * @mfn: the frame it named
 * @writable: was it writable?
 *
 * TLBs still know the entry.
 *
 * Return: 0, -EINVAL if the entry is not there any more; then nothing is done.
 */
int pt_unmap_granted(struct vcpu *v, u64 l1_mfn, unsigned int index, u64 mfn, bool writable)
{
	struct domain *d = env_domain(v);
	u64 *slot = l1_slot(d, l1_mfn, index);

	env_assert_locked(d);
	if (!slot || !names(env_read(slot), mfn, writable))
		return -EINVAL;
	pt_put_entry(v, FRAME_L1, pt_swap_entry(slot, 0, 0));
	return 0;
}

/**
 * pt_replace_granted() - put an entry from elsewhere in the place of such an entry
 * @v: vCPU that asks; its domain's mmu_lock held
 * @l1_mfn: as in pt_unmap_granted()
 * @index: as in pt_unmap_granted()
 * @mfn: as in pt_unmap_granted()
 * @writable: as in pt_unmap_granted()
 * @from_mfn: any value; the table whose entry is moved
 * @from_index: any value; that entry, empty afterwards
 *
 * What moves takes its references along; an entry that holds none, because it
 * names another domain's frame, cannot be moved.
 *
 * Return: 0, -EINVAL if one of both entries will not do; then nothing is done.
 */
int pt_replace_granted(struct vcpu *v, u64 l1_mfn, unsigned int index, u64 mfn, bool writable,
		       u64 from_mfn, unsigned int from_index)
{
	struct domain *d = env_domain(v);
	u64 *slot = l1_slot(d, l1_mfn, index), *from = l1_slot(d, from_mfn, from_index);
	u64 entry;

	env_assert_locked(d);
	if (!slot || !from || slot == from || !names(env_read(slot), mfn, writable))
		return -EINVAL;
	entry = env_read(from);
	if ((entry & PTE_P) && !pt_owned(d, pte_mfn(entry)))
		return -EINVAL;
	entry = pt_swap_entry(from, 0, 0);
	pt_put_entry(v, FRAME_L1, pt_swap_entry(slot, entry, 0));
	return 0;
}
