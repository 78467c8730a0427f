// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptvalidate_recount.c: what refers to every frame, counted from nothing, and
 * what TLBs may still say; compared with the records after each step.
 */
#include "ptvalidate_world.h"

struct tally {
	u32 refs, type_refs;
	u8 type;
	bool twice;		/* used as two types */
};

static void use(struct tally *t, u64 mfn, u8 type)
{
	if (mfn >= NR_FRAMES) {
		expect(false, "mfn %llx is referred to", (unsigned long long)mfn);
		return;
	}
	t[mfn].refs++;
	if (!type)
		return;
	t[mfn].twice |= t[mfn].type_refs && t[mfn].type != type;
	t[mfn].type_refs++;
	t[mfn].type = type;
}

/* An entry that names another domain's frame: of a grant that is mapped here? */
static bool granted(u64 l1_mfn, unsigned int index, u64 e)
{
	const struct frame *f = &world.frame[l1_mfn];
	unsigned int i;

	for (i = 0; i < NR_HANDLES; i++) {
		const struct handle *h = &world.handle[i];

		if (h->mapper && h->mapper->id == f->owner && h->l1_mfn == l1_mfn &&
		    h->index == index && h->mfn == pte_mfn(e) &&
		    (h->writable || !(e & PTE_RW)))
			return true;
	}
	return false;
}

static void use_table(struct tally *t, u64 mfn)
{
	const struct frame *f = &world.frame[mfn];
	unsigned int i;
	u64 e;

	for (i = 0; i < f->nr_valid; i++) {
		e = memory[mfn][i];
		if (!(e & PTE_P) || (f->type == FRAME_L4 && i >= 256 && i < 272))
			continue;
		expect((e & PTE_US) && !(e & (PTE_G | PTE_PWT | PTE_PCD | PTE_PSE)),
		       "a bad entry %llx", (unsigned long long)e);
		if (f->type == FRAME_L1 && pte_mfn(e) < NR_FRAMES &&
		    world.frame[pte_mfn(e)].owner != f->owner && granted(mfn, i, e)) {
			world.stale_granted[f->owner - 1][pte_mfn(e)] |= e & PTE_RW;
			continue;
		}
		expect(pte_mfn(e) < NR_FRAMES && world.frame[pte_mfn(e)].owner == f->owner,
		       "a foreign frame in %llx", (unsigned long long)e);
		if (f->type == FRAME_L1)
			use(t, pte_mfn(e), e & PTE_RW ? FRAME_WRITABLE : 0);
		else
			use(t, pte_mfn(e), f->type - 1);
	}
}

static bool listed(u64 mfn)
{
	unsigned int n, i, j;

	for (n = 0; n < NR_DOMAINS; n++)
		for (i = 0; i < NR_VCPUS; i++)
			for (j = 0; j < world.vcpu[n][i].undo.nr; j++)
				if (world.vcpu[n][i].undo.mfn[j] == mfn)
					return true;
	return false;
}

static void use_frame(struct tally *t, u64 mfn)
{
	const struct frame *f = &world.frame[mfn];

	if (f->flags & FRAME_ALLOC)
		use(t, mfn, 0);
	if (f->flags & FRAME_PINNED)
		use(t, mfn, f->type);
	if (f->type >= FRAME_L1 && f->type <= FRAME_L4)
		use_table(t, mfn);
	else
		expect(!f->nr_valid, "mfn %u has entries", (unsigned int)mfn);
	if (f->type <= FRAME_L4 && f->type_refs)
		expect(f->nr_valid == 512, "mfn %u is used before it is valid", (unsigned int)mfn);
	if (f->nr_valid && !f->type_refs)
		expect(f->type != FRAME_L1 && listed(mfn), "nobody answers for mfn %u",
		       (unsigned int)mfn);
}

static void use_roots(struct tally *t)
{
	unsigned int n, i, j;

	for (i = 0; i < NR_HANDLES; i++)
		if (world.handle[i].mapper)
			use(t, world.handle[i].mfn, world.handle[i].writable ? FRAME_WRITABLE : 0);
	for (n = 0; n < NR_DOMAINS; n++) {
		for (i = 0; i < 4; i++)
			if (world.domain[n].held[i])
				use(t, world.domain[n].held[i],
				    i & 1 ? FRAME_SEGDESC : FRAME_WRITABLE);
		for (i = 0; i < NR_VCPUS; i++) {
			struct vcpu *v = &world.vcpu[n][i];

			for (j = 0; j < 2; j++)
				if (v->base[j])
					use(t, v->base[j], FRAME_L4);
			for (j = 0; j < v->undo.nr; j++)
				use(t, v->undo.mfn[j], 0);
		}
	}
}

/* What a TLB says must agree with what the frame is; then what it may say from now on. */
static void check_tlb(unsigned int mfn)
{
	const struct frame *f = &world.frame[mfn];
	struct stale *s = &world.stale[mfn];
	bool table = f->type >= FRAME_L1 && f->type <= FRAME_L4;
	unsigned int n;

	if (!f->type_refs)
		return;
	for (n = 0; n < NR_DOMAINS; n++)
		expect(f->type == FRAME_WRITABLE || !world.stale_granted[n][mfn],
		       "mfn %u: a TLB of domain %u may write it", mfn, n);
	if (table) {
		expect(!s->writable, "mfn %u: a TLB may write a table", mfn);
		expect(!(s->levels & ~(1u << f->type)), "mfn %u: a TLB has another level", mfn);
		s->levels |= 1u << f->type;
	} else if (f->type == FRAME_WRITABLE) {
		expect(!s->levels, "mfn %u: a TLB walks a writable page", mfn);
		s->writable = true;
	} else {
		expect(!s->writable && !s->levels, "mfn %u: a TLB may write descriptors", mfn);
	}
}

/* Recount, compare, and look at the TLBs; false if anything is wrong. */
bool world_check(const char *when)
{
	static struct tally t[NR_FRAMES];
	unsigned int before = ktap_failures, i;

	memset(t, 0, sizeof(t));
	for (i = 0; i < NR_FRAMES; i++)
		if (world.frame[i].owner)
			use_frame(t, i);
	use_roots(t);
	for (i = 0; i < NR_FRAMES; i++) {
		const struct frame *f = &world.frame[i];

		expect(f->refs == t[i].refs, "%s: mfn %u has %u references, should %u", when, i,
		       f->refs, t[i].refs);
		expect(f->type_refs == t[i].type_refs,
		       "%s: mfn %u has %u type references, should %u", when, i, f->type_refs,
		       t[i].type_refs);
		expect(!t[i].twice, "%s: mfn %u is used as two types", when, i);
		expect(!t[i].type_refs || t[i].type == f->type, "%s: mfn %u is %u, used as %u",
		       when, i, f->type, t[i].type);
		check_tlb(i);
	}
	expect(!world.bugs, "%s", when);
	return ktap_failures == before;
}

static void drain_vcpu(struct vcpu *v)
{
	run_undo(v);
	if (v->base[0]) {
		/* A kernel base pointer is never 0 in life: drop it by hand. */
		pt_put_type(v, v->base[0]);
		v->base[0] = 0;
	}
	expect(!run_base(v, 0, true), "drop the user base pointer");
}

/* Give up all roots: nothing may be left but what the domains hold. */
void world_drain(void)
{
	unsigned int n, i;

	world.yield = yield_never;
	for (n = 0; n < NR_DOMAINS; n++) {
		struct domain *d = &world.domain[n];

		for (i = 0; i < NR_VCPUS; i++)
			drain_vcpu(&world.vcpu[n][i]);
		for (i = 0; i < NR_FRAMES; i++)
			if (world.frame[i].owner == d->id && world.frame[i].flags & FRAME_PINNED)
				run_unpin(&world.vcpu[n][0], i);
		for (i = 0; i < 4; i++) {
			if (d->held[i])
				pt_put_simple_type(d, d->held[i]);
			d->held[i] = 0;
		}
	}
	world_check("drained");
	for (i = 0; i < NR_FRAMES; i++)
		expect(world.frame[i].refs == (world.frame[i].flags & FRAME_ALLOC ? 1 : 0) &&
		       !world.frame[i].type_refs && !world.frame[i].nr_valid,
		       "mfn %u is still in use", i);
}
