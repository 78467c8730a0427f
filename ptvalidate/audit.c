// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The audit
 *
 * Counts again, from nothing, what refers to every frame of a domain, and
 * compares with what the records say: the invariants of ptvalidate.h, looked
 * at from outside.  Changes nothing.  The domain's vCPUs are stopped while it
 * runs, so the lock is taken only to look records up; nobody else changes
 * page types of a running domain.
 */
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include "audit.h"
#include "../hypercall/grant.h"

#define LOGGED_MAX	8

/**
 * audit_mismatch() - something is not as it should be
 * @a: the run
 * @mfn: the frame
 * @what: how the sentence goes on
 */
void audit_mismatch(struct audit *a, u64 mfn, const char *what)
{
	const struct frame *f = frame_lookup(mfn);

	if (a->result->mismatches++ >= LOGGED_MAX)
		return;
	if (!f) {
		pr_warn("d%u: audit: mfn %#llx: %s\n", a->d->id, mfn, what);
		return;
	}
	pr_warn("d%u: audit: mfn %#llx: %s (owner %u type %u refs %u/%u valid %u flags %#x)\n",
		a->d->id, mfn, what, f->owner, f->type, f->refs, f->type_refs, f->nr_valid,
		f->flags);
}

static struct tally *tally_of(struct audit *a, u64 mfn)
{
	struct tally *t = pt_owned(a->d, mfn) ? xa_load(&a->tallies, mfn >> CHUNK_SHIFT) : NULL;

	return t ? &t[mfn & (CHUNK_FRAMES - 1)] : NULL;
}

/**
 * audit_count() - something refers to a frame
 * @a: the run
 * @mfn: the frame
 * @type: with a type reference, unless it is FRAME_NONE
 */
void audit_count(struct audit *a, u64 mfn, u8 type)
{
	struct tally *t = tally_of(a, mfn);

	if (!t) {
		audit_mismatch(a, mfn, "is referred to, but is not the domain's");
		return;
	}
	t->refs++;
	a->result->refs++;
	if (type == FRAME_NONE)
		return;
	t->type_refs++;
	if (pt_owned(a->d, mfn)->type != type)
		audit_mismatch(a, mfn, "has another type than its use");
}

static void count_entry(struct audit *a, u64 table_mfn, unsigned int index, u64 entry)
{
	const unsigned int level = pt_owned(a->d, table_mfn)->type;

	if (!(entry & PTE_P))
		return;
	if (pt_entry_check(level, entry) || pt_entry_adjust(entry) != entry)
		audit_mismatch(a, table_mfn, "has an entry that breaks a rule");
	if (level == FRAME_L1 && !pt_owned(a->d, pte_mfn(entry)) &&
	    audit_is_granted(a, table_mfn, index, entry))
		return;
	if (level > FRAME_L1)
		audit_count(a, pte_mfn(entry), level - 1);
	else
		audit_count(a, pte_mfn(entry), entry & PTE_RW ? FRAME_WRITABLE : FRAME_NONE);
}

static bool on_undo_list(const struct domain *d, u64 mfn)
{
	unsigned int i, j;

	for (i = 0; i < d->nr_vcpus; i++)
		for (j = 0; d->vcpu[i] && j < d->vcpu[i]->undo.nr; j++)
			if (d->vcpu[i]->undo.mfn[j] == mfn)
				return true;
	return false;
}

static void count_table(struct audit *a, const struct frame *f, u64 mfn)
{
	const u64 *table = frame_address(mfn);
	unsigned int i;

	if (frame_is_partial(f)) {
		a->result->partial++;
		if (f->type == FRAME_L1 || !on_undo_list(a->d, mfn))
			audit_mismatch(a, mfn, "is partial, and nobody answers for it");
	} else if (f->type_refs) {
		a->result->tables++;
		if (f->nr_valid != PT_ENTRIES)
			audit_mismatch(a, mfn, "is a table in use, but not valid");
	}
	for (i = 0; i < f->nr_valid; i++)
		if (pt_guest_slot(f->type, i))
			count_entry(a, mfn, i, READ_ONCE(table[i]));
}

/* What one frame refers to, and what it holds itself. */
static void count_frame(struct audit *a, u64 mfn)
{
	const struct frame *f = pt_owned(a->d, mfn);

	if (!f)
		return;
	a->result->frames++;
	if (f->flags & FRAME_ALLOC)
		audit_count(a, mfn, FRAME_NONE);
	if (f->flags & FRAME_PINNED)
		audit_count(a, mfn, f->type);
	if (frame_is_table(f))
		count_table(a, f, mfn);
	else if (f->nr_valid)
		audit_mismatch(a, mfn, "has entries, but is no table");
	if (hole_get_m2p(a->d, mfn) == ~0ULL)
		audit_mismatch(a, mfn, "has no M2P entry");
}

static void compare_frame(struct audit *a, u64 mfn)
{
	const struct frame *f = pt_owned(a->d, mfn);
	const struct tally *t = tally_of(a, mfn);

	if (!f || !t)
		return;
	if (f->refs != t->refs)
		audit_mismatch(a, mfn, "has a wrong count of references");
	if (f->type_refs != t->type_refs)
		audit_mismatch(a, mfn, "has a wrong count of type references");
}

static void count_all(struct audit *a, const u64 *mfns, unsigned int nr, u8 type)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (mfns[i])
			audit_count(a, mfns[i], type);
}

static void count_vcpu(struct audit *a, const struct vcpu *v)
{
	count_all(a, &v->page->l4_kernel, 1, FRAME_L4);
	count_all(a, &v->page->l4_user, 1, FRAME_L4);
	count_all(a, v->gdt_mfn, ARRAY_SIZE(v->gdt_mfn), FRAME_SEGDESC);
	count_all(a, v->ldt_mfn, ARRAY_SIZE(v->ldt_mfn), FRAME_SEGDESC);
	count_all(a, &v->info_mfn, 1, FRAME_WRITABLE);
	count_all(a, v->undo.mfn, v->undo.nr, FRAME_NONE);
}

static void count_module(struct audit *a)
{
	struct domain *d = a->d;
	u64 console_mfn = console_ring_mfn(d);
	unsigned int i;

	domain_mmu_lock(d);
	for (i = 0; i < d->nr_vcpus; i++)
		if (d->vcpu[i])
			count_vcpu(a, d->vcpu[i]);
	count_all(a, &d->shared_info_mfn, 1, FRAME_WRITABLE);
	count_all(a, &console_mfn, 1, FRAME_WRITABLE);
	count_all(a, d->grant->mfn, d->grant->nr_frames, FRAME_WRITABLE);
	domain_mmu_unlock(d);
}

/*
 * Other domains run on meanwhile and pin and unpin frames; not while the
 * grant lock is held.
 */
static int compare_chunks(struct audit *a)
{
	unsigned long chunk;
	u64 mfn;

	for (chunk = 0; frame_next_chunk(a->d, &chunk); chunk++) {
		u64 first = (u64)chunk << CHUNK_SHIFT;

		spin_lock(&a->d->grant->lock);
		domain_mmu_lock(a->d);
		audit_count_pins(a, first);
		for (mfn = first; mfn < first + CHUNK_FRAMES; mfn++)
			compare_frame(a, mfn);
		domain_mmu_unlock(a->d);
		spin_unlock(&a->d->grant->lock);
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/* Call @fn for every frame number of every chunk that has frames of the domain. */
static int for_frames(struct audit *a, void (*fn)(struct audit *a, u64 mfn))
{
	unsigned long chunk;
	u64 mfn;

	for (chunk = 0; frame_next_chunk(a->d, &chunk); chunk++) {
		u64 first = (u64)chunk << CHUNK_SHIFT;

		for (mfn = first; mfn < first + CHUNK_FRAMES; mfn++) {
			domain_mmu_lock(a->d);
			fn(a, mfn);
			domain_mmu_unlock(a->d);
		}
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int make_tallies(struct audit *a)
{
	unsigned long chunk;
	struct tally *t;
	int ret;

	for (chunk = 0; frame_next_chunk(a->d, &chunk); chunk++) {
		t = kcalloc(CHUNK_FRAMES, sizeof(*t), GFP_KERNEL);
		if (!t)
			return -ENOMEM;
		ret = xa_err(xa_store(&a->tallies, chunk, t, GFP_KERNEL));
		if (ret) {
			kfree(t);
			return ret;
		}
	}
	return 0;
}

static int run(struct audit *a)
{
	int ret;

	ret = make_tallies(a);
	if (!ret)
		ret = audit_find_granted(a);
	if (!ret)
		ret = for_frames(a, count_frame);
	if (ret)
		return ret;
	count_module(a);
	ret = compare_chunks(a);
	return ret ? ret : audit_compare_grants(a);
}

/* Nobody else starts or stops them: the caller holds the domain. */
static bool stop(struct domain *d)
{
	if (d->state != DOMAIN_RUNNING || d->pause_count)
		return false;
	mutex_lock(&d->lock);
	WRITE_ONCE(d->pause_count, 1);
	mutex_unlock(&d->lock);
	domain_stop_vcpus(d);
	return true;
}

static void go_on(struct domain *d)
{
	mutex_lock(&d->lock);
	WRITE_ONCE(d->pause_count, 0);
	mutex_unlock(&d->lock);
	if (!READ_ONCE(d->ended))
		domain_start_vcpus(d);
}

/**
 * pt_audit() - recount all references of a domain and compare
 * @d: domain; the caller holds it (domain_hold())
 * @result: out
 *
 * The first few mismatches are logged.  The vCPUs stand still meanwhile.
 *
 * Context: sleepable.
 * Return: 0 if the count was made, whatever it found;
 * -ENOMEM, -EINTR.
 */
int pt_audit(struct domain *d, struct pt_audit_result *result)
{
	struct audit a = { .d = d, .result = result };
	unsigned long chunk;
	struct tally *t;
	bool stopped;
	int ret;

	*result = (struct pt_audit_result){};
	xa_init(&a.tallies);
	xa_init(&a.granted);
	stopped = stop(d);
	flush_work(&d->free_work);
	ret = run(&a);
	if (stopped)
		go_on(d);
	xa_for_each(&a.tallies, chunk, t)
		kfree(t);
	xa_destroy(&a.tallies);
	xa_destroy(&a.granted);
	return ret;
}
