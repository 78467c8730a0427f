// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Page-table updates that stay in the switcher
 *
 * The common cases of mmu_update, update_va_mapping and mmuext_op: an entry of
 * a valid L1 table that names the domain's own data frames, a word of a frame
 * that is no table yet, base pointers that are valid L4s already, local flushes.
 * No type is changed here, no table validated, no frame freed.  Whatever is not
 * surely allowed is not refused here either: it leaves for the host, which
 * judges what is left of the call again (hypercall/mmu.c).
 *
 * What an entry may be is asked of ptvalidate/entry.c, compiled a second time
 * for the hole.  Counts are those of ptvalidate/page_type.c.
 *
 * Locking: domain_page.mmu_word, which the host's mmu_lock holders set, too
 * (domain_mmu_lock).  We never wait for them: if the host has it or wants it,
 * the call is the host's.  IRQs are off, so whoever waits for us waits for no
 * more than one batch.
 *
 * What has been done must not be done twice: another vCPU may use the new entry
 * already, and a second write would take away the D bit that it has set.  So
 * hole_done tells the host where to go on.
 */
#include "inside.h"

/* A batch is carried out with IRQs off: keep it short. */
#define BATCH_MAX	256	/* what Linux sends at once */
/* Another vCPU's batch is short: better wait a little than leave. */
#define LOCK_TRIES	500

extern struct domain_page domain_page __attribute__((visibility("hidden")));	/* entry.S */

static bool lock_mmu(const struct vcpu_page *v)
{
	unsigned int i;
	u32 seen;

	for (i = 0; i < LOCK_TRIES; i++) {
		seen = 0;
		asm volatile("lock cmpxchg %2, %1" : "+a" (seen), "+m" (domain_page.mmu_word)
			     : "r" (v->vcpu_id + 1) : "memory", "cc");
		if (!seen)
			return true;
		if (seen & MMU_HOST)
			return false;
		asm volatile("pause" : : : "memory");
	}
	return false;
}

static void unlock_mmu(void)
{
	asm volatile("lock andl %1, %0" : "+m" (domain_page.mmu_word)
		     : "i" (MMU_HOST) : "memory", "cc");
}

static struct frame *own_frame(const struct vcpu_page *v, u64 mfn)
{
	struct frame *f;

	if (mfn >= v->max_mfn)
		return NULL;
	mfn = index_nospec(mfn, v->max_mfn);
	if (((const u64 *)HOLE_M2P)[mfn] == ~0UL)
		return NULL;
	f = (struct frame *)HOLE_FRAMES + mfn;
	return f->owner == v->domid ? f : NULL;
}

static struct frame *valid_table(const struct vcpu_page *v, u64 mfn, u8 type)
{
	struct frame *f = own_frame(v, mfn);

	return f && f->type == type && f->type_refs && f->nr_valid == PT_ENTRIES ? f : NULL;
}

/* Can @entry's references be taken without validating or flushing anything? */
static bool can_get(const struct frame *f, u64 entry)
{
	if (!f || f->refs >= FRAME_REFS_MAX)
		return false;
	return !(entry & PTE_RW) || f->type == FRAME_WRITABLE ||
	       (f->type == FRAME_NONE && !f->type_refs);
}

/* Can they be dropped without freeing the frame? */
static bool can_put(const struct frame *f, u64 entry)
{
	if (!f || f->refs < 2)
		return false;
	return !(entry & PTE_RW) || (f->type == FRAME_WRITABLE && f->type_refs);
}

static void get(struct frame *f, u64 entry)
{
	f->refs++;
	if (entry & PTE_RW) {
		f->type = FRAME_WRITABLE;
		f->type_refs++;
	}
}

static void put(struct frame *f, u64 entry)
{
	f->refs--;
	if ((entry & PTE_RW) && !--f->type_refs)
		f->dropped = domain_page.flush_clock;
}

/* Hardware sets A and D in live tables behind our back, and nothing else. */
static void swap_entry(u64 *slot, u64 old, u64 new, u64 keep)
{
	u64 seen;

	for (;; old = seen) {
		u64 want = new | (old & keep);

		seen = old;
		asm volatile("lock cmpxchg %2, %1" : "+a" (seen), "+m" (*slot)
			     : "r" (want) : "memory", "cc");
		if (seen == old)
			return;
	}
}

static bool update_l1(struct vcpu_page *v, u64 table, unsigned int index, u64 val, u64 keep)
{
	struct frame *new_frame = NULL, *old_frame = NULL;
	u64 *slot, old, new;

	if (!valid_table(v, table, FRAME_L1) || pt_entry_check(FRAME_L1, val))
		return false;
	slot = dmap(table << 12) + index;
	old = READ_ONCE(*slot);
	new = pt_entry_adjust(val);
	if (!pt_entry_same_refs(FRAME_L1, old, new)) {
		if (new & PTE_P) {
			new_frame = own_frame(v, pte_mfn(new));
			if (!can_get(new_frame, new))
				return false;
		}
		if (old & PTE_P) {
			old_frame = own_frame(v, pte_mfn(old));
			if (!can_put(old_frame, old))
				return false;
		}
	}
	/* From here on nothing can fail. */
	if (new_frame)
		get(new_frame, new);
	swap_entry(slot, old, new, keep);
	if (old_frame)
		put(old_frame, old);
	return true;
}

/* The frame is no table now: a plain write, as a writable mapping could do. */
static bool write_plain(struct vcpu_page *v, u64 mfn, unsigned int index, u64 val)
{
	const struct frame *f = own_frame(v, mfn);

	if (!f || (f->type != FRAME_WRITABLE && (f->type != FRAME_NONE || f->type_refs)))
		return false;
	WRITE_ONCE(dmap(mfn << 12)[index], val);
	return true;
}

static bool mmu_update(struct vcpu_page *v)
{
	const struct guest_regs *r = &v->regs;
	u32 i, count = r->rsi;
	u64 req[2];

	if (count > BATCH_MAX || r->rdx || (u32)r->r10 != DOMID_SELF)
		return false;
	for (i = 0; i < count; i++) {
		u64 keep = 0;

		if (!copy_words(v, r->rdi + i * sizeof(req), req, 2, false))
			return false;
		switch (req[0] & 7) {
		case MMU_NORMAL_PT_UPDATE:
			break;
		case MMU_PT_UPDATE_PRESERVE_AD:
			keep = PTE_A | PTE_D;
			break;
		default:
			return false;
		}
		if (!update_l1(v, req[0] >> 12, (req[0] & 0xfff) >> 3, req[1], keep) &&
		    !write_plain(v, req[0] >> 12, (req[0] & 0xfff) >> 3, req[1]))
			return false;
		v->hole_done = i + 1;
	}
	return true;
}

static void flush_all(struct vcpu_page *v, struct pcpu_page *p)
{
	hole_load_root(v, p);
}

static void flush_one(u64 address)
{
	asm volatile("invlpg (%0)" : : "r" (address) : "memory");
}

static bool update_va_mapping(struct vcpu_page *v, struct pcpu_page *p)
{
	const struct guest_regs *r = &v->regs;
	u64 address = r->rdi, flags = r->rdx, entry = v->l4_kernel << 12;
	int shift;

	if (!guest_address(address) ||
	    (flags & ~(u64)UVMF_FLUSHTYPE_MASK) & ~(v->alone ? (u64)UVMF_ALL : 0))
		return false;
	for (shift = 39; shift > 12; shift -= 9) {
		entry = READ_ONCE(dmap(entry)[(address >> shift) & 511]);
		if (!(entry & PTE_P))
			return false;
	}
	if (!update_l1(v, pte_mfn(entry), (address >> 12) & 511, r->rsi, 0))
		return false;
	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_TLB_FLUSH:
		flush_all(v, p);
		break;
	case UVMF_INVLPG:
		flush_one(address);
		break;
	}
	return true;
}

/* Both tables have more references than this one, or the host must look. */
static bool change_base(struct vcpu_page *v, u64 *base, u64 mfn)
{
	struct frame *new_frame, *old_frame = NULL;

	if (mfn == *base)
		return true;
	new_frame = valid_table(v, mfn, FRAME_L4);
	if (!new_frame || new_frame->refs >= FRAME_REFS_MAX)
		return false;
	if (*base) {
		old_frame = valid_table(v, *base, FRAME_L4);
		if (!old_frame || old_frame->refs < 2 || old_frame->type_refs < 2)
			return false;
	}
	new_frame->refs++;
	new_frame->type_refs++;
	*base = mfn;
	if (old_frame) {
		old_frame->refs--;
		old_frame->type_refs--;
	}
	return true;
}

static bool mmuext_op(struct vcpu_page *v, struct pcpu_page *p)
{
	const struct guest_regs *r = &v->regs;
	u32 i, count = r->rsi;
	u64 op[3];

	if (count > BATCH_MAX || r->rdx || (u32)r->r10 != DOMID_SELF)
		return false;
	for (i = 0; i < count; i++) {
		if (!copy_words(v, r->rdi + i * sizeof(op), op, 3, false))
			return false;
		switch ((u32)op[0]) {
		case MMUEXT_NEW_BASEPTR:
			if (!change_base(v, &v->l4_kernel, op[1]))
				return false;
			hole_load_root(v, p);
			break;
		case MMUEXT_NEW_USER_BASEPTR:
			if (!op[1] || !change_base(v, &v->l4_user, op[1]))
				return false;
			break;
		case MMUEXT_TLB_FLUSH_ALL:
			if (!v->alone)
				return false;
			fallthrough;
		case MMUEXT_TLB_FLUSH_LOCAL:
			flush_all(v, p);
			break;
		case MMUEXT_INVLPG_ALL:
			if (!v->alone)
				return false;
			fallthrough;
		case MMUEXT_INVLPG_LOCAL:
			if (guest_address(op[1]))
				flush_one(op[1]);
			break;
		default:
			return false;
		}
		v->hole_done = i + 1;
	}
	return true;
}

static bool carry_out(struct vcpu_page *v, struct pcpu_page *p)
{
	switch (v->regs.rax) {
	case __HYPERVISOR_mmu_update:
		return mmu_update(v);
	case __HYPERVISOR_update_va_mapping:
		return update_va_mapping(v, p);
	}
	return mmuext_op(v, p);
}

/*
 * Returns true if the hypercall is done, with result 0; false if the host must
 * carry it out, from entry hole_done on.
 */
bool hole_mmu_hypercall(struct vcpu_page *v, struct pcpu_page *p)
{
	bool done;

	v->hole_done = 0;
	switch (v->regs.rax) {
	case __HYPERVISOR_mmu_update:
	case __HYPERVISOR_update_va_mapping:
	case __HYPERVISOR_mmuext_op:
		if (!v->mmu_fast || !lock_mmu(v))
			return false;
		done = carry_out(v, p);
		unlock_mmu();
		return done;
	}
	return false;
}
