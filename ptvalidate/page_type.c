// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Page-type references
 *
 * The state machine of one frame: who may use it as what, and what a table
 * holds while it is valid.  Everything that takes or drops a reference goes
 * through here, with the domain's mmu_lock held (ptvalidate.h has the
 * invariants).
 *
 *                 get: validate                last put
 *     type_refs 0 --------------> type_refs > 0 ---------> L1: emptied at once
 *          ^  \                                            L2..L4: partial
 *          |   `-- gave way --> partial (0 < nr_valid)             |
 *          `---------------- undo.c, entry by entry <--------------'
 *
 * While a table is being validated in this very call it has a type reference,
 * so nothing below it can use it as something else.
 */
#include "env.h"

struct pt_rules pt_rules;

/**
 * pt_owned() - the record of a frame, if it is this domain's
 * @d: domain, its mmu_lock held
 * @mfn: any value
 *
 * Return: NULL if @d does not own it, or there is no such frame.
 */
struct frame *pt_owned(const struct domain *d, u64 mfn)
{
	struct frame *f = env_frame(mfn);

	return f && f->owner == env_domid(d) ? f : NULL;
}

static int get_ref(struct frame *f)
{
	if (f->refs >= FRAME_REFS_MAX)
		return -EBUSY;
	f->refs++;
	return 0;
}

/**
 * pt_get_ref() - take a general reference
 * @d: domain, its mmu_lock held
 * @mfn: any value
 *
 * Keeps the frame the domain's own; says nothing about its type.
 *
 * Return: 0, -EINVAL if it is not the domain's, -EBUSY if there are too many.
 */
int pt_get_ref(struct domain *d, u64 mfn)
{
	struct frame *f = pt_owned(d, mfn);

	return f ? get_ref(f) : -EINVAL;
}

/**
 * pt_put_ref() - drop a general reference
 * @d: domain, its mmu_lock held
 * @mfn: a frame that the caller holds a reference on
 *
 * The last one gives the frame back to the host.
 */
void pt_put_ref(struct domain *d, u64 mfn)
{
	struct frame *f = pt_owned(d, mfn);

	if (!f || !f->refs) {
		env_bug(d, "a reference too few on a frame");
		return;
	}
	if (--f->refs)
		return;
	if (f->type_refs || f->nr_valid || f->flags)
		env_bug(d, "a frame is freed while in use");
	else
		env_frame_free(d, mfn);
}

/**
 * pt_swap_entry() - replace an entry of a table that hardware may be walking
 * @slot: address of the entry
 * @new: new value
 * @keep: bits to keep from the old one: A and D, or none
 *
 * Hardware only ever sets A and D, so this takes three turns at most.
 *
 * Return: the value that was replaced.
 */
u64 pt_swap_entry(u64 *slot, u64 new, u64 keep)
{
	u64 old = env_read(slot), seen;

	for (;;) {
		seen = env_cmpxchg(slot, old, new | (old & keep));
		if (seen == old)
			return old;
		old = seen;
	}
}

static bool segdesc_ok(u64 mfn)
{
	u64 *desc = env_table(mfn), fixed;
	unsigned int i;

	for (i = 0; i < PT_ENTRIES; i++) {
		fixed = segment_descriptor_fixup(desc[i]);
		if (!segment_descriptor_ok(fixed))
			return false;
		desc[i] = fixed;
	}
	return true;
}

/*
 * Nobody holds the type: make it another one.  A TLB, or a paging-structure
 * cache, may still use the frame as what it was; not after this.  One flush is
 * enough for all frames whose last type reference went before it (the clock may
 * wrap: then the flush is one too many).
 */
static void change_type(struct domain *d, struct frame *f, u8 type)
{
	u16 *clock = env_flush_clock(d);

	if (f->type != type && f->type != FRAME_NONE && f->dropped == *clock) {
		env_flush_others(d);
		++*clock;
	}
	f->type = type;
}

static void put_type_ref(struct domain *d, struct frame *f)
{
	if (!--f->type_refs)
		f->dropped = *env_flush_clock(d);
}

/**
 * pt_get_simple_type() - take both references for a type without entries
 * @d: domain, its mmu_lock held
 * @mfn: any value
 * @type: FRAME_WRITABLE or FRAME_SEGDESC
 *
 * Return: 0, -EINVAL if it is not the domain's or has another type, or as
 * SEGDESC has a descriptor that may not be; -EBUSY if it is partial (some vCPU
 * is working on it) or has too many references.
 */
int pt_get_simple_type(struct domain *d, u64 mfn, u8 type)
{
	struct frame *f = pt_owned(d, mfn);

	if (!f || (f->type_refs && f->type != type))
		return -EINVAL;
	if (frame_is_partial(f) || f->refs >= FRAME_REFS_MAX)
		return -EBUSY;
	if (!f->type_refs) {
		change_type(d, f, type);
		if (type == FRAME_SEGDESC && !segdesc_ok(mfn))
			return -EINVAL;
	}
	f->type_refs++;
	f->refs++;
	return 0;
}

/**
 * pt_put_simple_type() - drop what pt_get_simple_type() took
 * @d: domain, its mmu_lock held
 * @mfn: the frame
 */
void pt_put_simple_type(struct domain *d, u64 mfn)
{
	struct frame *f = pt_owned(d, mfn);

	if (!f || !f->type_refs || frame_is_table(f)) {
		env_bug(d, "a type reference too few on a frame");
		return;
	}
	put_type_ref(d, f);
	pt_put_ref(d, mfn);
}

/* An L1 is emptied in one step: 512 entries, no further level. */
static void empty_l1(struct vcpu *v, struct frame *f, u64 mfn)
{
	u64 *table = env_table(mfn);

	while (f->nr_valid) {
		f->nr_valid--;
		pt_put_entry(v, FRAME_L1, env_read(&table[f->nr_valid]));
	}
}

/* One entry of a table under validation: check, count, adjust. */
static int take_entry(struct vcpu *v, unsigned int level, u64 *slot)
{
	u64 entry = env_read(slot);
	int rc;

	rc = pt_entry_check(level, entry);
	if (rc || !(entry & PTE_P))
		return rc;
	rc = pt_get_entry(v, level, entry);
	if (rc)
		return rc;
	if (pt_entry_adjust(entry) != entry)
		pt_swap_entry(slot, pt_entry_adjust(entry), PTE_A | PTE_D);
	return 0;
}

/*
 * Take the references of all entries, from nr_valid on.  Type references: 0
 * before, 1 after; 0 again if this fails or gives way, and then the table is
 * partial (an L1 never is).
 */
static int validate(struct vcpu *v, struct frame *f, u64 mfn)
{
	const unsigned int level = f->type;
	u64 *table = env_table(mfn);
	unsigned int i;
	int rc = 0;

	if (level > FRAME_L1) {
		rc = pt_undo_push(v, mfn, f);
		if (rc)
			return rc;
	}
	f->type_refs = 1;
	for (i = f->nr_valid; i < PT_ENTRIES; i++) {
		if (!pt_guest_slot(level, i))
			continue;
		rc = take_entry(v, level, &table[i]);
		if (rc)
			break;
		/* At least one entry a call, so that it comes to an end. */
		if (level > FRAME_L1 && (env_read(&table[i]) & PTE_P) && env_should_yield(v)) {
			rc = -ERESTART;
			i++;
			break;
		}
	}
	f->nr_valid = i;
	if (rc) {
		f->type_refs = 0;
		if (level == FRAME_L1)
			empty_l1(v, f, mfn);
		return rc;
	}
	if (level == FRAME_L4)
		env_fill_l4(env_domain(v), table);
	if (level > FRAME_L1)
		pt_undo_forget(v, mfn);
	return 0;
}

/* The type reference alone. */
static int get_type(struct vcpu *v, struct frame *f, u64 mfn, u8 type)
{
	int rc;

	if (f->type_refs) {
		if (f->type != type)
			return -EINVAL;
		f->type_refs++;
		return 0;
	}
	if (f->type != type) {
		if (frame_is_partial(f)) {
			/* Torn down by pt_begin() before the next attempt. */
			env_undo(v)->conflict = true;
			rc = pt_undo_push(v, mfn, f);
			return rc ? rc : -ERESTART;
		}
		change_type(env_domain(v), f, type);
	}
	if (frame_is_table(f))
		return validate(v, f, mfn);
	if (type == FRAME_SEGDESC && !segdesc_ok(mfn))
		return -EINVAL;
	f->type_refs = 1;
	return 0;
}

/**
 * pt_get_type() - take both references, for any type
 * @v: vCPU that asks, between pt_begin() and pt_end()
 * @mfn: any value
 * @type: enum frame_type, not FRAME_NONE
 *
 * Validates tables, preemptibly: -ERESTART leaves partial tables on @v's undo
 * list, and the next attempt carries on with them.
 *
 * Return: 0; -EINVAL if it is not the domain's or has another type; what a bad
 * entry below says; -EBUSY if there are too many references; -ERESTART.
 */
int pt_get_type(struct vcpu *v, u64 mfn, u8 type)
{
	struct frame *f = pt_owned(env_domain(v), mfn);
	int rc;

	if (!f)
		return -EINVAL;
	rc = get_ref(f);
	if (rc)
		return rc;
	rc = get_type(v, f, mfn, type);
	if (rc)
		pt_put_ref(env_domain(v), mfn);
	return rc;
}

/**
 * pt_put_type() - drop both references
 * @v: vCPU that works
 * @mfn: frame that the caller holds both references on
 *
 * The last type reference of an L1 drops those of its entries; a higher table
 * becomes partial and goes on @v's undo list.
 */
void pt_put_type(struct vcpu *v, u64 mfn)
{
	struct domain *d = env_domain(v);
	struct frame *f = pt_owned(d, mfn);

	if (!f || !f->type_refs) {
		env_bug(d, "a type reference too few on a frame");
		return;
	}
	put_type_ref(d, f);
	if (!f->type_refs) {
		if (f->type == FRAME_L4)
			env_clear_l4(env_table(mfn));
		if (f->type == FRAME_L1)
			empty_l1(v, f, mfn);
		else if (frame_is_table(f) && pt_undo_push(v, mfn, f))
			env_bug(d, "no room for a released table");
	}
	pt_put_ref(d, mfn);
}

/* Was the frame an LDT for other vCPUs?  It is no longer. */
static bool revoke_ldt(struct vcpu *v, struct frame *f, u64 mfn)
{
	bool revoked;

	if (get_ref(f))
		return false;
	revoked = env_revoke_ldt(v, mfn);
	pt_put_ref(env_domain(v), mfn);
	return revoked;
}

/* What an L1 entry holds; the errors are those of Xen. */
static int get_l1_entry(struct vcpu *v, u64 entry)
{
	const u64 mfn = pte_mfn(entry);
	struct frame *f = pt_owned(env_domain(v), mfn);
	int rc;

	if (mfn >= pt_rules.max_mfn)
		return mfn == PTE_ADDR >> 12 ? -EINVAL : -EPERM;
	if (!f)
		return -EBUSY;
	if (!(entry & PTE_RW))
		return get_ref(f);
	rc = pt_get_type(v, mfn, FRAME_WRITABLE);
	if (rc == -EINVAL && f->type == FRAME_SEGDESC && revoke_ldt(v, f, mfn))
		rc = pt_get_type(v, mfn, FRAME_WRITABLE);
	return rc && rc != -ERESTART ? -EBUSY : rc;
}

/**
 * pt_get_entry() - take the references of one present entry
 * @v: vCPU that asks
 * @level: 1..4, of the table that has or will have the entry
 * @entry: present, passed pt_entry_check()
 *
 * Return: 0 or an error as in Xen; -ERESTART as in pt_get_type().
 */
int pt_get_entry(struct vcpu *v, unsigned int level, u64 entry)
{
	if (level == FRAME_L1)
		return get_l1_entry(v, entry);
	return pt_get_type(v, pte_mfn(entry), level - 1);
}

/**
 * pt_put_entry() - drop the references of one entry
 * @v: vCPU that works
 * @level: 1..4, of the table that had it
 * @entry: what stood there; nothing is done if it was not present
 */
void pt_put_entry(struct vcpu *v, unsigned int level, u64 entry)
{
	struct domain *d = env_domain(v);

	if (!(entry & PTE_P))
		return;
	if (level > FRAME_L1)
		pt_put_type(v, pte_mfn(entry));
	else if (!pt_owned(d, pte_mfn(entry)))
		return;		/* granted by another domain: granted.c */
	else if (entry & PTE_RW)
		pt_put_simple_type(d, pte_mfn(entry));
	else
		pt_put_ref(d, pte_mfn(entry));
}
