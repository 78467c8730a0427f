// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptvalidate_world.c: the world of the page-type tests, see its header.
 */
#include "ptvalidate_world.h"

struct world world;
static u64 memory_pages[NR_FRAMES][PT_ENTRIES];
u64 (*memory)[PT_ENTRIES] = memory_pages;
const unsigned int slots[NR_SLOTS] = { 0, 1, 2, 255, 272, 273, 300, 511 };

/* ---- ptvalidate/env.h ---- */

domid_t env_domid(const struct domain *d)
{
	return d->id;
}

struct domain *env_domain(const struct vcpu *v)
{
	return v->domain;
}

struct pt_undo *env_undo(struct vcpu *v)
{
	return &v->undo;
}

u64 env_base(const struct vcpu *v, bool user)
{
	return v->base[user];
}

void env_set_base(struct vcpu *v, bool user, u64 mfn)
{
	v->base[user] = mfn;
}

struct frame *env_frame(u64 mfn)
{
	return mfn < NR_FRAMES && world.frame[mfn].owner ? &world.frame[mfn] : NULL;
}

u64 *env_table(u64 mfn)
{
	if (mfn >= NR_FRAMES)
		abort();
	world.tables_touched++;
	return memory[mfn];
}

u64 env_read(const u64 *entry)
{
	return *entry;
}

/* The CPU may set A or D just before any compare. */
u64 env_cmpxchg(u64 *entry, u64 old, u64 new)
{
	u64 seen;

	if (world.hardware && (*entry & PTE_P) && !ktap_random_below(4))
		*entry |= ktap_random_below(2) ? PTE_A : PTE_A | PTE_D;
	seen = *entry;
	if (seen == old)
		*entry = new;
	return seen;
}

void env_flush_others(struct domain *d)
{
	unsigned int i;

	d->flushes++;
	for (i = 0; i < NR_FRAMES; i++)
		if (world.frame[i].owner == d->id)
			world.stale[i] = (struct stale){};
	memset(world.stale_granted[d - world.domain], 0, sizeof(world.stale_granted[0]));
	if (world.on_flush)
		world.on_flush(d);
}

u16 *env_flush_clock(struct domain *d)
{
	return &d->flush_clock;
}

bool env_should_yield(struct vcpu *v)
{
	world.yields_asked++;
	return world.yield(v);
}

#define HOLE_MARK	0x4c6f646765000000ULL

void env_fill_l4(struct domain *d, u64 *l4)
{
	unsigned int i;

	for (i = 256; i < 272; i++)
		l4[i] = HOLE_MARK + d->id;
}

void env_clear_l4(u64 *l4)
{
	memset(l4 + 256, 0, 16 * sizeof(u64));
}

void env_clear_page(u64 mfn)
{
	memset(memory[mfn], 0, sizeof(memory[mfn]));
}

void env_copy_page(u64 dst_mfn, u64 src_mfn)
{
	if (dst_mfn != src_mfn)
		memcpy(memory[dst_mfn], memory[src_mfn], sizeof(memory[0]));
}

void env_frame_free(struct domain *d, u64 mfn)
{
	struct frame *f = &world.frame[mfn];

	expect(f->owner == d->id && !f->refs && !f->type_refs && !f->nr_valid && !f->flags,
	       "mfn %u is freed while in use", (unsigned int)mfn);
	*f = (struct frame){};
	world.freed[mfn] = true;
}

bool env_revoke_ldt(struct vcpu *v, u64 mfn)
{
	struct domain *d = v->domain;
	bool revoked = false;
	unsigned int i;

	for (i = 0; i < sizeof(d->held) / sizeof(d->held[0]); i++) {
		if (d->held[i] != mfn || !(world.others_ldt >> i & 1))
			continue;
		d->held[i] = 0;
		pt_put_simple_type(d, mfn);
		revoked = true;
	}
	if (revoked)
		env_flush_others(d);
	return revoked;
}

void env_bug(struct domain *d, const char *what)
{
	world.bugs++;
	expect(false, "d%u: %s", d->id, what);
}

void env_assert_locked(struct domain *d)
{
	(void)d;
}

/* ---- the world ---- */

bool yield_never(struct vcpu *v)
{
	(void)v;
	return false;
}

bool yield_always(struct vcpu *v)
{
	(void)v;
	return true;
}

bool yield_random(struct vcpu *v)
{
	(void)v;
	return !ktap_random_below(3);
}

static void reset_domain(unsigned int n)
{
	struct domain *d = &world.domain[n];
	unsigned int i;

	d->id = n + 1;
	d->first = 1 + n * PAGES_EACH;
	d->last = d->first + PAGES_EACH - 1;
	for (i = d->first; i <= d->last; i++)
		world.frame[i] = (struct frame){ .owner = d->id, .refs = 1, .flags = FRAME_ALLOC };
	for (i = 0; i < NR_VCPUS; i++)
		world.vcpu[n][i].domain = d;
}

void world_reset(void)
{
	unsigned int i;

	memset(&world, 0, sizeof(world));
	memset(memory, 0, sizeof(memory_pages));
	for (i = 0; i < NR_DOMAINS; i++)
		reset_domain(i);
	world.yield = yield_never;
	pt_rules = (struct pt_rules){
		.nx = true,
		.l1tf_mask = (1ULL << 46) - 1,
		.l1tf_below = (u64)MAX_MFN << 12,
		.max_mfn = MAX_MFN,
	};
}

struct vcpu *cpu0(void)
{
	return &world.vcpu[0][0];
}

u64 own(unsigned int i)
{
	return world.domain[0].first + i;
}

u64 foreign(unsigned int i)
{
	return world.domain[1].first + i;
}

u64 entry_to(u64 mfn, u64 flags)
{
	return mfn << 12 | flags;
}

/* A write of the guest to memory that is no table. */
void poke(u64 mfn, unsigned int index, u64 entry)
{
	memory[mfn][index] = entry;
}

/* own(T_L4) -> own(T_L3) -> own(T_L2) -> own(T_L1) -> @data, in slot 1 of each. */
u64 build_tree(u64 data, u64 leaf_flags)
{
	poke(own(T_L4), 1, entry_to(own(T_L3), TABLE));
	poke(own(T_L3), 1, entry_to(own(T_L2), TABLE));
	poke(own(T_L2), 1, entry_to(own(T_L1), TABLE));
	poke(own(T_L1), 1, entry_to(data, leaf_flags));
	return own(T_L4);
}

/* ---- operations, repeated until they do not give way ---- */

#define REPEAT(call) ({					\
	unsigned int tries_ = 0;			\
	int rc_;					\
							\
	do						\
		rc_ = (call);				\
	while (rc_ == -ERESTART && ++tries_ < 100000);	\
	expect(rc_ != -ERESTART, "it never ends");	\
	rc_; })

int run_undo(struct vcpu *v)
{
	return REPEAT(v->undo.nr ? pt_undo_all(v) : 0);
}

static int done(struct vcpu *v, int rc)
{
	run_undo(v);
	return rc;
}

int run_pin(struct vcpu *v, u64 mfn, u8 type)
{
	return done(v, REPEAT(pt_pin(v, mfn, type)));
}

int run_unpin(struct vcpu *v, u64 mfn)
{
	return done(v, REPEAT(pt_unpin(v, mfn)));
}

int run_base(struct vcpu *v, u64 mfn, bool user)
{
	return done(v, REPEAT(pt_new_base(v, v, mfn, user)));
}

int run_update(struct vcpu *v, u64 mfn, unsigned int index, u64 val, unsigned int flags)
{
	struct pt_update u = { .mfn = mfn, .index = index, .val = val, .flags = flags };

	return done(v, REPEAT(pt_update(v, &u)));
}

/* A pinned tree: L4 -> L3 -> L2 -> L1 -> own(T_DATA). */
bool start_tree(u64 leaf_flags)
{
	world_reset();
	build_tree(own(T_DATA), leaf_flags);
	return expect(!run_pin(cpu0(), own(T_L4), FRAME_L4), "pin") && world_check("pinned");
}

void end_tree(void)
{
	expect(!run_unpin(cpu0(), own(T_L4)), "unpin");
	world_drain();
}

/* own(T_L4) is in slot 4 - level of this list. */
u64 table_of_level(unsigned int level)
{
	return own(T_L4 + 4 - level);
}

/* ---- what hypercall/grant_map.c does ---- */

/* Pin @mfn, whoever has it, and let @v's domain map it. */
int run_grant_map(struct vcpu *v, struct handle *h, u64 mfn, u64 l1_mfn, unsigned int index,
		  bool writable)
{
	struct domain *granter = &world.domain[world.frame[mfn].owner - 1];
	u64 entry = entry_to(mfn, PTE_P | PTE_A | PTE_D | PTE_NX | (writable ? PTE_RW : 0));
	int rc;

	rc = writable ? pt_get_simple_type(granter, mfn, FRAME_WRITABLE) :
			pt_get_ref(granter, mfn);
	if (rc)
		return rc;
	*h = (struct handle){ v->domain, granter, mfn, l1_mfn, index, writable };
	rc = pt_map_granted(v, l1_mfn, index, entry);
	if (rc) {
		writable ? pt_put_simple_type(granter, mfn) : pt_put_ref(granter, mfn);
		h->mapper = NULL;
	}
	return rc;
}

static void unpin(struct handle *h)
{
	h->mapper = NULL;
	if (h->writable)
		pt_put_simple_type(h->granter, h->mfn);
	else
		pt_put_ref(h->granter, h->mfn);
}

int run_grant_unmap(struct vcpu *v, struct handle *h)
{
	int rc = pt_unmap_granted(v, h->l1_mfn, h->index, h->mfn, h->writable);

	if (rc)
		return rc;
	env_flush_others(v->domain);
	unpin(h);
	return 0;
}

/* Every mapper ends: nothing is left of what it had mapped, in tables or TLBs. */
void run_grant_exit(void)
{
	for (struct handle *h = world.handle; h < world.handle + NR_HANDLES; h++) {
		u64 *slot = &memory[h->l1_mfn][h->index];

		if (!h->mapper)
			continue;
		if (pte_mfn(*slot) == h->mfn && h->mapper != h->granter)
			*slot = 0;
		env_flush_others(h->mapper);
		unpin(h);
	}
}
