// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptvalidate_model.c: random operations against the plain rules.
 *
 * The model knows no counts and no states.  It has the roots (pins, base
 * pointers, what the module holds) and a copy of memory, and says whether a
 * set of uses can be: walk down from the roots; every frame that is reached
 * must be the domain's own, be used as one type only, and every entry of a
 * table must be allowed.  An operation is granted exactly if the uses before
 * and the new one together can be.
 */
#include "ptvalidate_world.h"

/* What the adjustments of a table and the CPU may change. */
#define LOOSE	(PTE_US | PTE_G | PTE_A | PTE_D)
#define STEPS	40000

/* Frames by role, relative to the domain's first: random trees then often fit. */
static const struct { unsigned int first, count; } roles[] = {
	[FRAME_L1] = { 12, 6 }, [FRAME_L2] = { 7, 5 }, [FRAME_L3] = { 4, 3 }, [FRAME_L4] = { 0, 4 },
	[FRAME_WRITABLE] = { 18, PAGES_EACH - 18 },
};

struct root {
	u64 mfn;
	u8 type;
};

struct model {
	u64 memory[NR_FRAMES][PT_ENTRIES];
	u8 pinned[NR_FRAMES];		/* type */
	u8 use[NR_FRAMES];		/* can_be(): type */
};

static struct model model;

/* Everything that is reached from a use of @mfn as @type. */
static bool reach(const struct domain *d, u64 mfn, u8 type)
{
	if (mfn >= NR_FRAMES || world.frame[mfn].owner != d->id)
		return false;
	if (model.use[mfn])
		return model.use[mfn] == type;
	model.use[mfn] = type;
	if (type > FRAME_L4)
		return true;
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		u64 e = model.memory[mfn][slots[i]];

		if (!(e & PTE_P))
			continue;
		if (e & (PTE_PWT | PTE_PCD | PTE_PSE) || (type > FRAME_L1 && (e & PTE_G)))
			return false;
		if (type > FRAME_L1 && !reach(d, pte_mfn(e), type - 1))
			return false;
		if (type == FRAME_L1 && (e & PTE_RW) && !reach(d, pte_mfn(e), FRAME_WRITABLE))
			return false;
		if (type == FRAME_L1 && (pte_mfn(e) >= NR_FRAMES ||
					 world.frame[pte_mfn(e)].owner != d->id))
			return false;
	}
	return true;
}

/* Can the domain's present uses and @more be at the same time? */
static bool can_be(unsigned int n, struct root more)
{
	const struct domain *d = &world.domain[n];
	bool ok = true;

	memset(model.use, 0, sizeof(model.use));
	for (unsigned int i = 0; i < NR_FRAMES; i++)
		if (world.frame[i].owner == d->id && model.pinned[i])
			ok = ok && reach(d, i, model.pinned[i]);
	for (unsigned int i = 0; i < NR_VCPUS; i++)
		for (unsigned int j = 0; j < 2; j++)
			if (world.vcpu[n][i].base[j])
				ok = ok && reach(d, world.vcpu[n][i].base[j], FRAME_L4);
	for (unsigned int i = 0; i < 4; i++)
		if (d->held[i])
			ok = ok && reach(d, d->held[i], i & 1 ? FRAME_SEGDESC : FRAME_WRITABLE);
	if (more.type)
		ok = ok && reach(d, more.mfn, more.type);
	return ok;
}

static bool known(unsigned int n, u64 mfn)
{
	return mfn < NR_FRAMES && world.frame[mfn].owner == world.domain[n].id;
}

static u8 present_type(unsigned int n, u64 mfn)
{
	expect(can_be(n, (struct root){}), "the model contradicts itself");
	return known(n, mfn) ? model.use[mfn] : 0;
}

/* ---- what may be done, by the plain rules ---- */

static bool may_pin(unsigned int n, u64 mfn, u8 type)
{
	return known(n, mfn) && !model.pinned[mfn] && can_be(n, (struct root){ mfn, type });
}

/* An entry is replaced: for a moment both are held. */
static bool may_set_entry(unsigned int n, u64 mfn, unsigned int index, u64 val, u8 level)
{
	struct root more = { pte_mfn(val), level - 1 };
	u64 old = model.memory[mfn][index];
	bool ok;

	if (level == FRAME_L4 && index >= 256 && index < 272)
		return false;
	if (!(val & PTE_P))
		return true;
	if (val & (PTE_PWT | PTE_PCD | PTE_PSE) || (level > FRAME_L1 && (val & PTE_G)))
		return false;
	if ((old & PTE_P) && !((old ^ val) & ~(LOOSE | PTE_NX)))
		return true;
	if (level == FRAME_L1) {
		if (!known(n, pte_mfn(val)))
			return false;
		more.type = val & PTE_RW ? FRAME_WRITABLE : 0;
	}
	ok = can_be(n, more);
	return ok;
}

static bool may_write(unsigned int n, u64 mfn, u8 type)
{
	return known(n, mfn) && (!type || type == FRAME_WRITABLE);
}

/* ---- random choices ---- */

u64 pick(unsigned int n, u8 role)
{
	if (!ktap_random_below(40))
		return ktap_random_below(2) ? ktap_random_below(NR_FRAMES + 2) : ~0ULL;
	if (!ktap_random_below(12))
		role = 1 + ktap_random_below(5);
	if (role == FRAME_SEGDESC)
		role = FRAME_WRITABLE;
	return world.domain[n].first + roles[role].first + ktap_random_below(roles[role].count);
}

u64 pick_entry(unsigned int n, u8 level)
{
	u64 flags = PTE_P, e;

	if (!ktap_random_below(4))
		return ktap_random_below(2) ? 0 : ktap_random() & ~PTE_P & 0xfff;
	if (ktap_random_below(3) || level > FRAME_L1)
		flags |= PTE_RW;
	flags |= ktap_random() & (PTE_US | PTE_A | PTE_D | PTE_AVAIL | PTE_NX);
	if (!ktap_random_below(30))
		flags |= 1ULL << ktap_random_below(12);
	if (level > FRAME_L1)
		e = entry_to(pick(n, level - 1) & 0xffff, flags);
	else
		e = entry_to(pick(n, ktap_random_below(3) ? FRAME_WRITABLE :
				  1 + ktap_random_below(4)) & 0xffff, flags);
	return e;
}

u8 pick_level(void)
{
	return 1 + ktap_random_below(4);
}

/* ---- steps: an operation on the code, and on the model ---- */

static void note(bool granted, int rc, bool may, const char *what)
{
	expect(granted == may, "%s: rc %d, the rules say %s", what, rc, may ? "yes" : "no");
}

static void step_pin(struct vcpu *v, unsigned int n)
{
	u8 type = pick_level();
	u64 mfn = pick(n, type);
	bool may = may_pin(n, mfn, type);
	int rc = run_pin(v, mfn, type);

	note(!rc, rc, may, "pin");
	if (!rc)
		model.pinned[mfn] = type;
}

static void step_unpin(struct vcpu *v, unsigned int n)
{
	u64 mfn = pick(n, pick_level());
	bool may = known(n, mfn) && model.pinned[mfn];
	int rc = run_unpin(v, mfn);

	note(!rc, rc, may, "unpin");
	if (!rc)
		model.pinned[mfn] = 0;
}

static void step_base(struct vcpu *v, unsigned int n)
{
	bool user = ktap_random_below(2);
	u64 mfn = user && !ktap_random_below(4) ? 0 : pick(n, FRAME_L4);
	bool may = mfn == v->base[user] || (user && !mfn) ||
		   (known(n, mfn) && can_be(n, (struct root){ mfn, FRAME_L4 }));
	int rc = run_base(v, mfn, user);

	note(!rc, rc, may, "base pointer");
}

static void step_update(struct vcpu *v, unsigned int n)
{
	u8 role = pick_level(), type;
	u64 mfn = pick(n, role), val = pick_entry(n, role);
	unsigned int index = slots[ktap_random_below(NR_SLOTS)];
	bool may;
	int rc;

	type = present_type(n, mfn);
	if (type >= FRAME_L1 && type <= FRAME_L4)
		may = may_set_entry(n, mfn, index, val, type);
	else
		may = may_write(n, mfn, type);
	rc = run_update(v, mfn, index, val, ktap_random_below(2) ? PT_UPDATE_PRESERVE_AD : 0);
	note(!rc, rc, may, "update");
	if (!rc)
		model.memory[mfn][index] = val;
}

static void step_copy(struct vcpu *v, unsigned int n)
{
	u64 dst = pick(n, 1 + ktap_random_below(5)), src = pick(n, 1 + ktap_random_below(5));
	bool clear = ktap_random_below(2);
	bool may = may_write(n, dst, present_type(n, dst)) && (clear || known(n, src));
	int rc = clear ? pt_clear_page(v, dst) : pt_copy_page(v, dst, src);

	note(!rc, rc, may, clear ? "clear" : "copy");
	if (rc)
		return;
	for (unsigned int i = 0; i < PT_ENTRIES; i++)
		model.memory[dst][i] = clear ? 0 : memory[src][i];
	/* What a copy of an L4 brings along in the hole's slots is plain data. */
}

static void step_hold(struct vcpu *v, unsigned int n)
{
	struct domain *d = v->domain;
	unsigned int i = ktap_random_below(4);
	u8 type = i & 1 ? FRAME_SEGDESC : FRAME_WRITABLE;
	u64 mfn = pick(n, FRAME_WRITABLE);
	bool may;
	int rc;

	if (d->held[i]) {
		pt_put_simple_type(d, d->held[i]);
		d->held[i] = 0;
		return;
	}
	may = known(n, mfn) && can_be(n, (struct root){ mfn, type });
	if (type == FRAME_SEGDESC && known(n, mfn))
		for (unsigned int k = 0; k < PT_ENTRIES; k++)
			may &= segment_descriptor_ok(segment_descriptor_fixup(memory[mfn][k]));
	rc = pt_get_simple_type(d, mfn, type);
	note(!rc, rc, may, "hold");
	if (!rc) {
		d->held[i] = mfn;
		memcpy(model.memory[mfn], memory[mfn], sizeof(memory[mfn]));
	}
}

/* A fresh page of zeros now and then, so that not everything fills up with rubbish. */
static void step_zero(struct vcpu *v, unsigned int n)
{
	u64 mfn = pick(n, pick_level());
	bool may = may_write(n, mfn, present_type(n, mfn));
	int rc = pt_clear_page(v, mfn);

	note(!rc, rc, may, "zero");
	if (!rc)
		memset(model.memory[mfn], 0, sizeof(model.memory[mfn]));
}

static void compare_memory(void)
{
	for (unsigned int mfn = 1; mfn < NR_FRAMES; mfn++)
		for (unsigned int i = 0; i < NR_SLOTS; i++)
			expect(!((memory[mfn][slots[i]] ^ model.memory[mfn][slots[i]]) & ~LOOSE),
			       "mfn %u slot %u is %llx, should %llx", mfn, slots[i],
			       (unsigned long long)memory[mfn][slots[i]],
			       (unsigned long long)model.memory[mfn][slots[i]]);
}

static void (*const step[])(struct vcpu *v, unsigned int n) = {
	step_pin, step_pin, step_pin, step_unpin, step_unpin, step_base, step_base,
	step_update, step_update, step_update, step_update, step_update, step_update,
	step_update, step_update, step_copy, step_hold, step_zero,
};

void test_random_results(void)
{
	world_reset();
	memset(&model, 0, sizeof(model));
	world.hardware = true;
	world.yield = yield_random;
	for (unsigned int i = 0; i < STEPS; i++) {
		unsigned int n = ktap_random_below(NR_DOMAINS);
		unsigned int what = ktap_random_below(ARRAY_SIZE(step));

		step[what](&world.vcpu[n][ktap_random_below(NR_VCPUS)], n);
		if (!world_check("after a step"))
			break;
		compare_memory();
		if (ktap_failures) {
			printf("# at step %u, operation %u\n", i, what);
			break;
		}
	}
	world_drain();
}
