// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Descriptor tables
 *
 * A guest's GDT is up to 14 of its frames, its LDT up to 16.  While one is in
 * use the frame has type SEGDESC: the guest can map it read-only at most, and
 * every descriptor in it has passed segment_descriptor_ok().  The pCPU's
 * windows show the frames (hole.c); the vCPU holds the references.
 *
 * New references are taken before the old ones go, so a call that fails
 * changes nothing.  The windows are rewritten before the next entry, and no
 * pCPU but the vCPU's own uses them.
 *
 * A vCPU's GDT is changed by itself alone.  Its LDT may lose a page to another
 * vCPU of its domain (env_revoke_ldt()), so ldt_mfn[] belongs to mmu_lock.
 */
#include <linux/nospec.h>
#include "../ptvalidate/env.h"
#include "hypercall.h"

#define DESCS_PER_PAGE	512
#define LDT_MAX_ENTRIES	(GUEST_LDT_PAGES * DESCS_PER_PAGE)

static unsigned int pages_for(unsigned int entries)
{
	return DIV_ROUND_UP(entries, DESCS_PER_PAGE);
}

static void drop_frames(struct domain *d, u64 *mfns, unsigned int nr)
{
	unsigned int i;

	domain_mmu_lock(d);
	for (i = 0; i < nr; i++) {
		if (mfns[i])
			pt_put_simple_type(d, mfns[i]);
		mfns[i] = 0;
	}
	domain_mmu_unlock(d);
}

/**
 * segment_drop_gdt() - the vCPU has no GDT of its own any more
 * @v: the vCPU, not inside the guest
 *
 * Context: slice or sleepable, not with mmu_lock.
 */
void segment_drop_gdt(struct vcpu *v)
{
	drop_frames(v->domain, v->gdt_mfn, GUEST_GDT_PAGES);
	v->gdt_entries = 0;
	v->windows_stale = true;
}

/**
 * segment_drop_ldt() - the vCPU has no LDT any more
 * @v: the vCPU, not inside the guest
 *
 * Context: slice or sleepable, not with mmu_lock.
 */
void segment_drop_ldt(struct vcpu *v)
{
	drop_frames(v->domain, v->ldt_mfn, GUEST_LDT_PAGES);
	v->ldt_entries = 0;
	v->ldt_gva = 0;
	v->windows_stale = true;
}

/**
 * segment_set_gdt() - give a vCPU another GDT
 * @v: the caller, or a vCPU that does not run
 * @mfns: one frame for each 512 entries
 * @entries: up to FIRST_RESERVED_GDT_ENTRY
 *
 * Context: slice or sleepable, not with mmu_lock.
 * Return: 0, or -EINVAL: too many, not the domain's frames, in use as
 * something else, or with a descriptor that may not be.
 */
int segment_set_gdt(struct vcpu *v, const u64 *mfns, unsigned int entries)
{
	unsigned int nr = pages_for(entries), i;
	u64 taken[GUEST_GDT_PAGES] = {};

	if (entries > FIRST_RESERVED_GDT_ENTRY)
		return -EINVAL;
	for (i = 0; i < nr; i++) {
		if (frame_get_type(v->domain, mfns[i], FRAME_SEGDESC)) {
			drop_frames(v->domain, taken, i);
			return -EINVAL;
		}
		taken[i] = mfns[i];
	}

	segment_drop_gdt(v);
	memcpy(v->gdt_mfn, taken, sizeof(taken));
	v->gdt_entries = entries;
	return 0;
}

/**
 * hc_set_gdt() - __HYPERVISOR_set_gdt
 * @v: the caller
 * @args: address of a list of frames, number of entries in them
 */
long hc_set_gdt(struct vcpu *v, struct hypercall_args *args)
{
	const u32 entries = args->a[1];
	u64 mfns[GUEST_GDT_PAGES];

	if (entries > FIRST_RESERVED_GDT_ENTRY)
		return -EINVAL;
	if (copy_from_guest(v, mfns, args->a[0], pages_for(entries) * sizeof(mfns[0])))
		return -EFAULT;
	return segment_set_gdt(v, mfns, entries);
}

/* Look for one page of the LDT. False: not mapped, or it may not be one now. */
static bool take_ldt_page(struct vcpu *v, unsigned int page)
{
	u64 pte, maddr, mfn;
	bool taken;

	if (guest_walk_pte(v, v->ldt_gva + page * PAGE_SIZE, &pte, &maddr))
		return false;
	mfn = pte_mfn(pte);
	domain_mmu_lock(v->domain);
	taken = !pt_get_simple_type(v->domain, mfn, FRAME_SEGDESC);
	if (taken)
		v->ldt_mfn[page] = mfn;
	domain_mmu_unlock(v->domain);
	return taken;
}

static bool lose_ldt_page(struct vcpu *v, u64 mfn)
{
	unsigned int i;
	bool lost = false;

	for (i = 0; i < GUEST_LDT_PAGES; i++) {
		if (v->ldt_mfn[i] != mfn)
			continue;
		WRITE_ONCE(v->ldt_mfn[i], 0);
		lost = true;
		pt_put_simple_type(v->domain, mfn);
	}
	return lost;
}

/**
 * env_revoke_ldt() - a page that is an LDT for other vCPUs alone is no LDT any more
 * @v: the vCPU that wants to write the page; its domain's mmu_lock held, IRQs on
 * @mfn: a frame that the caller holds a reference on
 *
 * Linux takes a CPU out of the mask of an mm a moment before that CPU loads other
 * tables and no LDT.  One that is preempted right there still has the old LDT when
 * another vCPU replaces it, sees the first one nowhere in the mask, and makes the
 * page writable.  On hardware that is no matter; refused, it is a BUG() in the guest.
 * Xen looks for an LDT's pages when they are used, and forgets them with the base
 * pointer, so there it is rarer still.
 *
 * Who loses a page finds it again when it uses it, if it is one then
 * (segment_ldt_fault()).
 *
 * Return: false: no other vCPU has it as LDT.
 */
bool env_revoke_ldt(struct vcpu *v, u64 mfn)
{
	struct domain *d = v->domain;
	bool revoked = false;
	unsigned int i;

	lockdep_assert_held(&d->mmu_lock);
	for (i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *other = d->vcpu[i];

		if (!other || other == v || !lose_ldt_page(other, mfn))
			continue;
		smp_wmb();	/* hole_load_vcpu() reads them the other way round */
		WRITE_ONCE(other->windows_stale, true);
		revoked = true;
	}
	/* Out of the guest, and by the windows before it is in there again. */
	if (revoked)
		domain_flush_others(d);
	return revoked;
}

/**
 * cpu_state_set_ldt() - MMUEXT_SET_LDT
 * @v: the caller
 * @gva: where the guest has it mapped, page aligned
 * @entries: up to 8192; 0 takes the LDT away
 *
 * Xen looks for the frames when a descriptor is used.  Here what is mapped is
 * taken now, and the rest when it is used: segment_ldt_fault().
 *
 * Context: slice, not with mmu_lock.
 * Return: 0 or -EINVAL.
 */
long cpu_state_set_ldt(struct vcpu *v, u64 gva, unsigned int entries)
{
	unsigned int i;

	if (entries && ((gva & ~PAGE_MASK) || !guest_address_ok(gva) ||
			entries > LDT_MAX_ENTRIES))
		return -EINVAL;
	segment_drop_ldt(v);
	if (!entries)
		return 0;
	v->ldt_entries = entries;
	v->ldt_gva = gva;
	for (i = 0; i < pages_for(entries); i++)
		take_ldt_page(v, i);
	return 0;
}

/**
 * segment_ldt_fault() - a #GP may come from an LDT page that was not there
 * @v: the vCPU, out of the guest with #GP
 * @error: its error code
 *
 * In the window such a page is all absent descriptors.  If the guest has it
 * ready now the instruction is tried again, else the guest gets the page fault
 * that Xen would give it.
 *
 * Context: slice.
 * Return: false if that is not what happened.
 */
bool segment_ldt_fault(struct vcpu *v, u32 error)
{
	unsigned int index = (error & 0xffff) >> 3, page = index / DESCS_PER_PAGE;

	if ((error & 7) != 4 || index >= v->ldt_entries)
		return false;
	page = array_index_nospec(page, GUEST_LDT_PAGES);
	if (READ_ONCE(v->ldt_mfn[page]))
		return false;
	if (take_ldt_page(v, page))
		v->windows_stale = true;
	else
		trap_inject_pf(v, 0, v->ldt_gva + index * 8);
	return true;
}

/**
 * hc_update_descriptor() - __HYPERVISOR_update_descriptor
 * @v: the caller
 * @args: machine address of a descriptor, its new value
 *
 * Writes to a frame that is, or could be, a descriptor table or an ordinary
 * writable page of the domain: never to a page table.
 *
 * Return: 0 or -EINVAL.
 */
long hc_update_descriptor(struct vcpu *v, struct hypercall_args *args)
{
	const u64 maddr = args->a[0], desc = segment_descriptor_fixup(args->a[1]);
	const u64 mfn = maddr >> PAGE_SHIFT;
	struct domain *d = v->domain;
	struct frame *f;
	int ret;

	if ((maddr & 7) || !segment_descriptor_ok(desc))
		return -EINVAL;

	domain_mmu_lock(d);
	f = pt_owned(d, mfn);
	ret = pt_get_simple_type(d, mfn, f && f->type == FRAME_SEGDESC ? FRAME_SEGDESC :
								       FRAME_WRITABLE);
	if (!ret) {
		WRITE_ONCE(*(u64 *)(frame_address(mfn) + (maddr & ~PAGE_MASK)), desc);
		pt_put_simple_type(d, mfn);
	}
	domain_mmu_unlock(d);
	return ret ? -EINVAL : 0;
}

/* Under the lock the frame stays what it is. */
static bool read_ldt(struct vcpu *v, unsigned int page, unsigned int index, u64 *desc)
{
	u64 mfn;

	domain_mmu_lock(v->domain);
	mfn = v->ldt_mfn[array_index_nospec(page, GUEST_LDT_PAGES)];
	if (mfn)
		*desc = READ_ONCE(((u64 *)frame_address(mfn))[index]);
	domain_mmu_unlock(v->domain);
	return mfn;
}

/**
 * segment_read() - find the descriptor of a selector in the guest's tables
 * @v: the vCPU, not inside the guest
 * @selector: any value
 * @desc: result
 *
 * Context: slice, not with mmu_lock.
 * Return: false if there is none that a guest can use.
 */
bool segment_read(struct vcpu *v, u16 selector, u64 *desc)
{
	const unsigned int index = selector >> 3;
	const bool ldt = selector & 4;
	unsigned int page = index / DESCS_PER_PAGE;
	u64 mfn;

	switch (selector | 3) {
	case SEL_GUEST_CS32:
		*desc = 0x00cffb000000ffffULL;
		return true;
	case SEL_GUEST_DS:
		*desc = 0x00cff3000000ffffULL;
		return true;
	case SEL_GUEST_CS64:
		*desc = 0x00affb000000ffffULL;
		return true;
	}
	if (index >= (ldt ? v->ldt_entries : v->gdt_entries))
		return false;
	if (ldt)
		return read_ldt(v, page, index % DESCS_PER_PAGE, desc);
	mfn = v->gdt_mfn[array_index_nospec(page, GUEST_GDT_PAGES)];
	if (!mfn)
		return false;
	*desc = READ_ONCE(((u64 *)frame_address(mfn))[index % DESCS_PER_PAGE]);
	return true;
}
