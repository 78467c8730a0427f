// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptvalidate_granted.c: L1 entries that name frames of another domain
 * (ptvalidate/granted.c).  Domain 0 maps, domain 1 grants.
 */
#include "ptvalidate_world.h"

#define SLOT	2
#define STEPS	60000

static struct handle *const h = world.handle;

static u64 slot_value(void)
{
	return memory[own(T_L1)][SLOT];
}

static bool start(bool writable)
{
	return start_tree(TABLE) &&
	       expect(!run_grant_map(cpu0(), h, foreign(3), own(T_L1), SLOT, writable), "map") &&
	       world_check("mapped");
}

static void end(void)
{
	run_grant_exit();
	end_tree();
}

void test_granted(void)
{
	for (unsigned int writable = 0; writable < 2; writable++) {
		if (!start(writable))
			return;
		expect(pte_mfn(slot_value()) == foreign(3), "it is there");
		expect(slot_value() & PTE_US, "it is for CPL 3");
		expect(!(slot_value() & PTE_RW) == !writable, "its rights");
		expect(pt_unmap_granted(cpu0(), own(T_L1), SLOT, foreign(3), !writable) == -EINVAL,
		       "with other rights it is another");
		expect(pt_unmap_granted(cpu0(), own(T_L1), SLOT, foreign(4), writable) == -EINVAL,
		       "another frame");
		expect(pt_unmap_granted(cpu0(), own(T_L1), SLOT + 1, foreign(3), writable) ==
		       -EINVAL, "another entry");
		expect(!run_grant_unmap(cpu0(), h), "unmap");
		expect(!slot_value(), "it is gone");
		expect(pt_unmap_granted(cpu0(), own(T_L1), SLOT, foreign(3), writable) == -EINVAL,
		       "gone is gone");
		world_check("unmapped");
		end();
	}
}

void test_granted_refused(void)
{
	static const u64 bad[] = { PTE_PSE, PTE_PWT, PTE_PCD };
	u64 before;

	if (!start_tree(TABLE))
		return;
	before = world.frame[foreign(3)].refs;
	expect(run_grant_map(cpu0(), h, foreign(3), own(T_L2), SLOT, true) == -EINVAL, "an L2");
	expect(run_grant_map(cpu0(), h, foreign(3), own(T_DATA), SLOT, true) == -EINVAL, "data");
	expect(run_grant_map(cpu0(), h, foreign(3), own(T_FREE), SLOT, true) == -EINVAL, "no use");
	expect(run_grant_map(cpu0(), h, foreign(3), foreign(T_L1), 0, true) == -EINVAL, "not ours");
	expect(run_grant_map(cpu0(), h, foreign(3), own(T_L1), 512, true) == -EINVAL, "beyond");
	expect(pt_map_granted(cpu0(), NR_FRAMES + 7, 0, entry_to(foreign(3), PTE_P)) == -EINVAL,
	       "no frame");
	expect(pt_map_granted(cpu0(), own(T_L1), SLOT, entry_to(foreign(3), 0)) == -EINVAL,
	       "not present");
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		expect(pt_map_granted(cpu0(), own(T_L1), SLOT,
				      entry_to(foreign(3), PTE_P | bad[i])) == -EINVAL, "bit %u", i);
	expect(!slot_value() && world.frame[foreign(3)].refs == before, "nothing happened");
	world_check("refused");
	/* What was there before goes. */
	before = world.frame[own(T_DATA)].refs;
	expect(!run_grant_map(cpu0(), h, foreign(3), own(T_L1), 1, true), "over an entry");
	expect(world.frame[own(T_DATA)].refs == before - 1, "its reference went");
	world_check("replaced");
	end();
}

void test_granted_no_copy(void)
{
	u64 e;

	for (unsigned int writable = 0; writable < 2; writable++) {
		if (!start(writable))
			return;
		e = slot_value();
		expect(run_update(cpu0(), own(T_L1), SLOT + 1, e, 0) == -EBUSY, "a copy");
		expect(run_update(cpu0(), own(T_L1), SLOT + 1, e & ~PTE_RW, 0) == -EBUSY, "read-only");
		expect(run_update(cpu0(), own(T_L1), SLOT, e ^ PTE_RW, 0) == -EBUSY, "other rights");
		expect(run_update(cpu0(), own(T_L2), SLOT, entry_to(foreign(3), TABLE), 0) < 0,
		       "as a table");
		expect(run_pin(cpu0(), foreign(3), FRAME_L1) < 0, "a pin");
		expect(pt_clear_page(cpu0(), foreign(3)) < 0, "a clear");
		expect(pt_copy_page(cpu0(), own(T_FREE), foreign(3)) < 0, "a copy of it");
		expect(slot_value() == e, "it stands as it was");
		expect(!run_update(cpu0(), own(T_L1), SLOT, (e ^ PTE_AVAIL) & ~(PTE_A | PTE_NX), 0),
		       "free bits");
		expect(!run_grant_unmap(cpu0(), h), "and it is still the same");
		world_check("unmapped");
		end();
	}
}

void test_granted_gone(void)
{
	if (!start(true))
		return;
	/* The table ceases to be one: what is in it is data. */
	expect(!run_unpin(cpu0(), own(T_L4)), "unpin");
	world_check("devalidated");
	expect(pte_mfn(slot_value()) == foreign(3), "the data is still there");
	expect(run_grant_unmap(cpu0(), h) == -EINVAL, "it is no entry");
	expect(run_pin(cpu0(), own(T_L4), FRAME_L4) == -EBUSY, "it does not come back");
	expect(run_pin(cpu0(), own(T_L1), FRAME_L1) == -EBUSY, "nor alone");
	world_check("refused");
	expect(run_pin(&world.vcpu[1][0], foreign(3), FRAME_L1) == -EINVAL, "the frame is held");
	poke(own(T_L1), SLOT, 0);
	expect(!run_pin(cpu0(), own(T_L4), FRAME_L4), "without it, all is well");
	expect(run_grant_unmap(cpu0(), h) == -EINVAL, "but it is gone");
	expect(!run_update(cpu0(), own(T_L1), SLOT, 0, 0), "zap");
	/* Overwritten and mapped once more: each handle goes once. */
	expect(!run_grant_map(cpu0(), h + 1, foreign(3), own(T_L1), SLOT, true), "again");
	expect(!run_grant_unmap(cpu0(), h), "either of both");
	expect(run_grant_unmap(cpu0(), h + 1) == -EINVAL, "but one only");
	world_check("one is left");
	end();
}

void test_granted_type(void)
{
	struct vcpu *granter = &world.vcpu[1][0];

	if (!start(true))
		return;
	expect(run_pin(granter, foreign(3), FRAME_L1) == -EINVAL, "as a table");
	expect(pt_get_simple_type(granter->domain, foreign(3), FRAME_SEGDESC) == -EINVAL,
	       "as descriptors");
	expect(!run_grant_unmap(cpu0(), h), "unmap");
	expect(!run_pin(granter, foreign(3), FRAME_L1), "now it may");
	world_check("a table");
	expect(run_grant_map(cpu0(), h, foreign(3), own(T_L1), SLOT, true) == -EINVAL, "writable");
	expect(!run_grant_map(cpu0(), h, foreign(3), own(T_L1), SLOT, false), "to read");
	world_check("read");
	expect(!run_unpin(granter, foreign(3)), "unpin");
	/* It leaves its owner while it is mapped, and goes with the mapping. */
	world.frame[foreign(3)].flags &= ~FRAME_ALLOC;
	pt_put_ref(granter->domain, foreign(3));
	world_check("given up");
	expect(!world.freed[foreign(3)], "still mapped");
	expect(!run_grant_unmap(cpu0(), h), "unmap");
	expect(world.freed[foreign(3)], "now it goes");
	end();
}

void test_granted_replace(void)
{
	u64 data;

	if (!start(true))
		return;
	data = world.frame[own(T_DATA)].refs;
	expect(!run_grant_map(cpu0(), h + 1, foreign(4), own(T_L1), 0, false), "another");
	expect(pt_replace_granted(cpu0(), own(T_L1), SLOT, foreign(3), true, own(T_L1), 0) ==
	       -EINVAL, "another grant does not move");
	expect(pt_replace_granted(cpu0(), own(T_L1), SLOT, foreign(3), true, own(T_L1), SLOT) ==
	       -EINVAL, "nor itself");
	expect(pt_replace_granted(cpu0(), own(T_L1), SLOT, foreign(3), true, own(T_L2), 1) ==
	       -EINVAL, "nor a table");
	expect(pt_replace_granted(cpu0(), own(T_L1), SLOT, foreign(3), false, own(T_L1), 1) ==
	       -EINVAL, "nor with other rights");
	world_check("refused");
	expect(!pt_replace_granted(cpu0(), own(T_L1), SLOT, foreign(3), true, own(T_L1), 1), "move");
	expect(pte_mfn(slot_value()) == own(T_DATA) && !memory[own(T_L1)][1], "it moved");
	expect(world.frame[own(T_DATA)].refs == data, "with its reference");
	world_check("moved");
	end();
}

void test_granted_own(void)
{
	u64 refs;

	if (!start_tree(TABLE))
		return;
	refs = world.frame[own(T_FREE)].refs;
	expect(!run_grant_map(cpu0(), h, own(T_FREE), own(T_L1), SLOT, true), "map");
	expect(world.frame[own(T_FREE)].refs == refs + 2, "the handle and the entry");
	world_check("mapped");
	expect(!run_update(cpu0(), own(T_L1), SLOT, 0, 0), "zap");
	expect(world.frame[own(T_FREE)].refs == refs + 1, "the handle");
	expect(run_grant_unmap(cpu0(), h) == -EINVAL, "no such entry");
	expect(!run_update(cpu0(), own(T_L1), SLOT, entry_to(own(T_FREE), TABLE), 0), "by hand");
	expect(!run_grant_unmap(cpu0(), h), "is as good");
	expect(world.frame[own(T_FREE)].refs == refs, "all gone");
	world_check("unmapped");
	end();
}

/* ---- random ---- */

static void random_grant(struct vcpu *v, unsigned int n)
{
	struct handle *r = &world.handle[ktap_random_below(NR_HANDLES)];
	u64 mfn;

	if (r->mapper) {
		run_grant_unmap(&world.vcpu[r->mapper - world.domain][0], r);
		return;
	}
	/* Mostly the other's, now and then one's own. */
	mfn = pick(ktap_random_below(5) ? !n : n, FRAME_WRITABLE);
	if (mfn < NR_FRAMES && world.frame[mfn].owner)
		run_grant_map(v, r, mfn, pick(n, FRAME_L1), slots[ktap_random_below(NR_SLOTS)],
			      ktap_random_below(2));
}

static void random_step(struct vcpu *v, unsigned int n)
{
	u8 level = pick_level();

	switch (ktap_random_below(12)) {
	case 0:
	case 1:
		run_pin(v, pick(n, level), level);
		break;
	case 2:
		run_unpin(v, pick(n, level));
		break;
	case 3:
		run_base(v, pick(n, FRAME_L4), false);
		break;
	case 4:
		pt_clear_page(v, pick(n, level));
		break;
	case 5:
	case 6:
	case 7:
		random_grant(v, n);
		break;
	case 8:		/* what stands in one place, elsewhere */
		run_update(v, pick(n, FRAME_L1), slots[ktap_random_below(NR_SLOTS)],
			   memory[pick(n, FRAME_L1) % NR_FRAMES][slots[ktap_random_below(NR_SLOTS)]] ^
			   (ktap_random_below(2) ? PTE_RW : 0), 0);
		break;
	default:
		run_update(v, pick(n, level), slots[ktap_random_below(NR_SLOTS)],
			   pick_entry(n, level), 0);
	}
}

void test_granted_random(void)
{
	world_reset();
	world.hardware = true;
	world.yield = yield_random;
	for (unsigned int i = 0; i < STEPS; i++) {
		unsigned int n = ktap_random_below(NR_DOMAINS);

		random_step(&world.vcpu[n][ktap_random_below(NR_VCPUS)], n);
		if (!world_check("after a step")) {
			printf("# at step %u\n", i);
			break;
		}
	}
	world.yield = yield_never;
	run_grant_exit();
	world_drain();
}
