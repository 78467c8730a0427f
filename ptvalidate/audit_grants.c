// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The audit of grants
 *
 * What grants add to the audit: entries that name other domains' frames must be
 * those of handles; references that others hold must be in the list of uses,
 * and that list must agree with the accounts.  Called by audit.c.  Reads what
 * hypercall/grant.h describes, and calls nothing there.
 */
#include <linux/slab.h>
#include "audit.h"
#include "../hypercall/grant.h"

/**
 * audit_find_granted() - note the handles whose entries are still there
 * @a: the run
 *
 * Those whose entries are gone keep their frames, and the granter's audit sees
 * that.
 *
 * Context: sleepable.
 * Return: 0, -ENOMEM.
 */
int audit_find_granted(struct audit *a)
{
	const struct grant_table *gt = a->d->grant;
	struct grant_handle *h;
	struct frame *f;
	u64 entry;
	u32 nr;
	int ret;

	for (nr = 0; nr < gt->nr_handles; nr++) {
		h = &gt->handles[nr / GRANT_CHUNK][nr % GRANT_CHUNK];
		if (h->state != GRANT_HANDLE_MAPPED)
			continue;
		domain_mmu_lock(a->d);
		f = pt_owned(a->d, h->l1_mfn);
		entry = f ? READ_ONCE(((u64 *)frame_address(h->l1_mfn))[h->index]) : 0;
		domain_mmu_unlock(a->d);
		if (pte_mfn(entry) != h->pin.mfn || !(entry & PTE_RW) != h->pin.readonly)
			continue;
		ret = xa_err(xa_store(&a->granted, h->l1_mfn * PT_ENTRIES + h->index, h,
				      GFP_KERNEL));
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * audit_count_pins() - count what others use of a chunk of frames
 * @a: the run; the grant lock is held
 * @first: first frame of the chunk
 */
void audit_count_pins(struct audit *a, u64 first)
{
	const struct grant_pin *pin;

	list_for_each_entry(pin, &a->d->grant->pins, link)
		if (pin->mfn >= first && pin->mfn < first + CHUNK_FRAMES)
			audit_count(a, pin->mfn, pin->readonly ? FRAME_NONE : FRAME_WRITABLE);
}

/**
 * audit_compare_grants() - do accounts and the list of who uses what agree?
 * @a: the run
 *
 * Context: sleepable.
 * Return: 0, -ENOMEM.
 */
int audit_compare_grants(struct audit *a)
{
	const struct grant_table *gt = a->d->grant;
	const unsigned int nr = gt->nr_frames * GRANTS_PER_FRAME;
	const struct grant_active *act;
	const struct grant_pin *pin;
	unsigned int i;
	u16 (*used)[2];		/* by reference: readers, writers */

	used = kvcalloc(nr, sizeof(*used), GFP_KERNEL);
	if (nr && !used)
		return -ENOMEM;
	spin_lock(&a->d->grant->lock);
	list_for_each_entry(pin, &gt->pins, link) {
		used[pin->ref][pin->readonly ? 0 : 1]++;
		act = &gt->active[pin->ref / GRANTS_PER_FRAME][pin->ref % GRANTS_PER_FRAME];
		if (act->mfn != pin->mfn)
			audit_mismatch(a, pin->mfn, "is used by a grant that names another frame");
	}
	for (i = 0; i < nr; i++) {
		act = &gt->active[i / GRANTS_PER_FRAME][i % GRANTS_PER_FRAME];
		if (act->readers != used[i][0] || act->writers != used[i][1])
			audit_mismatch(a, act->mfn, "has a grant with a wrong count of uses");
	}
	spin_unlock(&a->d->grant->lock);
	kvfree(used);
	return 0;
}

/**
 * audit_is_granted() - is an entry the one of a handle?
 * @a: the run, after audit_find_granted()
 * @table_mfn: an L1
 * @index: the entry
 * @entry: what stands there: it names another domain's frame
 */
bool audit_is_granted(struct audit *a, u64 table_mfn, unsigned int index, u64 entry)
{
	const struct grant_handle *h = xa_load(&a->granted, table_mfn * PT_ENTRIES + index);

	return h && h->pin.mfn == pte_mfn(entry) && !(h->pin.readonly && (entry & PTE_RW));
}
