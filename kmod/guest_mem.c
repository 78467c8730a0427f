// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The only door to guest memory by virtual address
 *
 * Everything a guest passes by address comes and goes through here: hypercall
 * arguments, instructions to emulate, areas it registered.  A guest virtual
 * address is never dereferenced: on a host with global pages it could hit a
 * host translation (Documentation/world-switch.rst).  The guest's tables are
 * walked, permissions checked, and the frame is used at its host address.
 *
 * A walk and the access it is for happen with IRQs off on a pCPU that is in
 * domain->running_on: a frame changes type or owner only after such pCPUs
 * have answered an IPI (domain_flush_others), so the frame is still what the
 * walk found.  The same holds for the end of a grant's mapping.
 */
#include <linux/mm.h>
#include <asm/trap_pf.h>

#include "lodge.h"
#include "../ptvalidate/ptvalidate.h"

#define GUEST_PTE_MFN(pte)	(((pte) & PHYSICAL_PAGE_MASK) >> PAGE_SHIFT)

/* Another vCPU changes the entry just then: once is bad luck, so often is malice. */
#define WALK_TRIES	8

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };

static bool guest_address(u64 gva)
{
	return (u64)((s64)(gva << 16) >> 16) == gva &&
	       (gva < HOLE_START || gva >= HOLE_END);
}

/*
 * The L1 entry that maps @gva, or NULL: some level lacks a bit of @need or has
 * one of @never.  IRQs off.
 */
static u64 *walk_pte(struct vcpu *v, u64 gva, u64 need, u64 never)
{
	const struct vcpu_page *page = v->page;
	u64 mfn = guest_kernel_mode(v) ? page->l4_kernel : page->l4_user;
	u64 *table = NULL;
	unsigned int index = 0;
	int shift;

	lockdep_assert_irqs_disabled();
	if (!mfn || !guest_address(gva))
		return NULL;
	for (shift = 39; shift >= PAGE_SHIFT; shift -= 9) {
		u64 entry;

		table = frame_address(mfn);
		index = (gva >> shift) & 511;
		entry = READ_ONCE(table[index]);
		if ((entry & need) != need || (entry & never))
			return NULL;
		mfn = GUEST_PTE_MFN(entry);
		if (mfn >= hole_max_mfn())
			return NULL;
	}
	return &table[index];
}

/*
 * As the CPU would: the entry remembers that it was used.  False: it is not
 * @entry any more; another vCPU may have made it something that has no such bits.
 */
static bool mark_used(u64 *pte, u64 entry, u64 bits)
{
	return (entry & bits) == bits || cmpxchg(pte, entry, entry | bits) == entry;
}

static u64 *walk_access(struct vcpu *v, u64 gva, enum access access)
{
	return walk_pte(v, gva, _PAGE_PRESENT | (access == ACCESS_WRITE ? _PAGE_RW : 0),
			access == ACCESS_EXEC ? _PAGE_NX : 0);
}

static void *walk(struct vcpu *v, u64 gva, enum access access)
{
	const u64 used = _PAGE_ACCESSED | (access == ACCESS_WRITE ? _PAGE_DIRTY : 0);
	unsigned int tries;
	u64 *pte, entry;

	for (tries = 0; tries < WALK_TRIES; tries++) {
		pte = walk_access(v, gva, access);
		if (!pte)
			return NULL;
		entry = READ_ONCE(*pte);
		if (!(entry & _PAGE_PRESENT) || (access == ACCESS_WRITE && !(entry & _PAGE_RW)))
			return NULL;
		/* Its own, or one that was granted by a domain that still lives. */
		if (!frame_lookup(GUEST_PTE_MFN(entry)))
			return NULL;
		if (mark_used(pte, entry, used))
			return frame_address(GUEST_PTE_MFN(entry)) + offset_in_page(gva);
	}
	return NULL;
}

/* Returns how many bytes were copied before an address that would not do. */
static size_t copy(struct vcpu *v, u64 gva, void *buf, size_t len, enum access access)
{
	size_t done = 0;

	while (done < len) {
		size_t n = min_t(size_t, len - done, PAGE_SIZE - offset_in_page(gva + done));
		unsigned long flags;
		void *at;

		local_irq_save(flags);
		at = walk(v, gva + done, access);
		if (at && access == ACCESS_WRITE)
			memcpy(at, buf + done, n);
		else if (at)
			memcpy(buf + done, at, n);
		local_irq_restore(flags);
		if (!at)
			break;
		done += n;
	}
	return done;
}

/**
 * copy_from_guest - read guest memory as the vCPU's current mode sees it
 * @v: the vCPU, on this pCPU
 * @dst: host buffer
 * @gva: guest virtual address, any alignment
 * @len: bytes
 *
 * Return: 0 or -EFAULT; on -EFAULT part of @dst may have been written.
 * Context: slice, or sleepable on the vCPU's pCPU thread.
 */
int copy_from_guest(struct vcpu *v, void *dst, u64 gva, size_t len)
{
	return copy(v, gva, dst, len, ACCESS_READ) == len ? 0 : -EFAULT;
}

/**
 * copy_to_guest - write guest memory as the vCPU's current mode could
 * @v: the vCPU, on this pCPU
 * @gva: guest virtual address, any alignment
 * @src: host buffer
 * @len: bytes
 *
 * Return: 0 or -EFAULT; on -EFAULT part may have been written.
 * Context: slice, or sleepable on the vCPU's pCPU thread.
 */
int copy_to_guest(struct vcpu *v, u64 gva, const void *src, size_t len)
{
	return copy(v, gva, (void *)src, len, ACCESS_WRITE) == len ? 0 : -EFAULT;
}

/**
 * copy_insn_from_guest - fetch instruction bytes
 * @v: the vCPU, on this pCPU
 * @dst: host buffer
 * @gva: linear address of the instruction
 * @len: bytes wanted
 *
 * Return: bytes fetched, fewer if the next page cannot be executed.
 * Context: slice.
 */
int copy_insn_from_guest(struct vcpu *v, void *dst, u64 gva, size_t len)
{
	return copy(v, gva, dst, len, ACCESS_EXEC);
}

/**
 * guest_walk_pte - find the L1 entry that maps an address
 * @v: the vCPU, on this pCPU
 * @gva: guest virtual address
 * @pte: out: the entry as it was
 * @pte_maddr: out: its machine address
 *
 * What was found may change as soon as this returns: a caller that acts on it
 * takes a reference on the frame and judges again.
 *
 * Return: 0, or -EFAULT if nothing present is mapped there.
 * Context: slice, or sleepable on the vCPU's pCPU thread.
 */
int guest_walk_pte(struct vcpu *v, u64 gva, u64 *pte, u64 *pte_maddr)
{
	unsigned long flags;
	u64 *p;

	local_irq_save(flags);
	p = walk_pte(v, gva, _PAGE_PRESENT, 0);
	if (p) {
		*pte = READ_ONCE(*p);
		*pte_maddr = __pa(p);
	}
	local_irq_restore(flags);
	return p && (*pte & _PAGE_PRESENT) ? 0 : -EFAULT;
}

/**
 * guest_access_allowed - would the guest's tables allow what faulted?
 * @v: the vCPU, on this pCPU
 * @gva: guest virtual address
 * @error: error code of the page fault (X86_PF_*)
 *
 * Context: slice.
 */
bool guest_access_allowed(struct vcpu *v, u64 gva, u32 error)
{
	enum access access = error & X86_PF_WRITE ? ACCESS_WRITE :
			     error & X86_PF_INSTR ? ACCESS_EXEC : ACCESS_READ;
	unsigned long flags;
	bool ok;

	local_irq_save(flags);
	ok = walk_access(v, gva, access);
	local_irq_restore(flags);
	return ok;
}
