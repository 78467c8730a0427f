// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptvalidate_lessons.c: one test for each bug that others had with page types
 * (Xen security advisories by number).
 */
#include "ptvalidate_world.h"

/* Pin and unpin a tree that fills several tables, giving way as often as it may. */
void test_xsa45(void)
{
	unsigned int calls = 0;
	int rc;

	world_reset();
	build_tree(own(T_DATA), TABLE);
	for (unsigned int i = 0; i < PT_ENTRIES; i++) {
		poke(own(T_L1), i, entry_to(own(T_DATA), TABLE));
		poke(own(T_L2), i, entry_to(own(T_L1), TABLE));
		poke(own(T_L3), i, entry_to(own(T_L2), TABLE));
	}
	world.yield = yield_always;
	do {
		world.tables_touched = 0;
		rc = pt_pin(cpu0(), own(T_L4), FRAME_L4);
		calls++;
		expect(world.tables_touched <= 8, "a step touches %lu tables",
		       world.tables_touched);
		world_check("a step of a pin");
	} while (rc == -ERESTART && calls < 10000);
	expect(!rc, "pin ends: %d", rc);
	expect(calls >= 512, "only %u steps", calls);

	calls = 0;
	expect(!pt_unpin(cpu0(), own(T_L4)), "unpin is done at once");
	do {
		world.tables_touched = 0;
		rc = cpu0()->undo.nr ? pt_undo_all(cpu0()) : 0;
		calls++;
		expect(world.tables_touched <= 8, "a step touches %lu tables",
		       world.tables_touched);
		world_check("a step of an unpin");
	} while (rc == -ERESTART && calls < 10000);
	expect(!rc && calls >= 512, "undo ends: %d after %u", rc, calls);
	world_drain();
}

/* A bad entry at every level, alone and after good ones. */
void test_xsa58(void)
{
	FOR_LEVELS(bad) {
		for (unsigned int slot = 0; slot < 3; slot += 2) {
			world_reset();
			world.yield = slot ? yield_always : yield_never;
			build_tree(own(T_DATA), TABLE);
			poke(table_of_level(bad), slot, entry_to(own(T_DATA), TABLE | PTE_PSE));
			FOR_LEVELS(pin) {
				if (pin < bad)
					continue;
				expect(run_pin(cpu0(), table_of_level(pin), pin) == -EINVAL,
				       "pin L%u with a bad L%u", pin, bad);
				world_check("after the failed pin");
			}
			world_drain();
		}
	}
}

void test_xsa148(void)
{
	const u64 variants[] = { PTE_PSE, PTE_PSE | PTE_A, PTE_PSE | PTE_AVAIL };

	for (unsigned int level = 2; level <= 4; level++) {
		if (!start_tree(TABLE))
			return;
		for (unsigned int i = 0; i < 3; i++) {
			u64 mfn = table_of_level(level), e = memory[mfn][1];

			expect(run_update(cpu0(), mfn, 1, e | variants[i], 0) == -EINVAL,
			       "PSE at level %u", level);
			expect(memory[mfn][1] == e, "the entry is as it was");
			world_check("after PSE was refused");
		}
		end_tree();
	}
}

void test_xsa182(void)
{
	u64 l1 = own(T_L1);

	/* Its own L1 table, read-only: fine; with RW: never. */
	world_reset();
	build_tree(l1, TABLE & ~PTE_RW);
	expect(!run_pin(cpu0(), own(T_L4), FRAME_L4), "pin");
	expect(run_update(cpu0(), l1, 1, entry_to(l1, TABLE), 0) == -EBUSY, "RW on a table");
	expect(run_update(cpu0(), l1, 1, entry_to(l1, TABLE), PT_UPDATE_PRESERVE_AD) == -EBUSY,
	       "RW on a table, preserving A and D");
	expect(!(memory[l1][1] & PTE_RW), "still read-only");
	world_check("after RW was refused");

	/* An ordinary page: RW is granted, and counted. */
	expect(!run_update(cpu0(), l1, 2, entry_to(own(T_DATA), TABLE & ~PTE_RW), 0), "map RO");
	expect(!world.frame[own(T_DATA)].type_refs, "no type reference yet");
	expect(!run_update(cpu0(), l1, 2, entry_to(own(T_DATA), TABLE), 0), "make it RW");
	expect(world.frame[own(T_DATA)].type_refs == 1, "counted");
	expect(!run_update(cpu0(), l1, 2, entry_to(own(T_DATA), TABLE & ~PTE_RW), 0), "and RO");
	expect(!world.frame[own(T_DATA)].type_refs, "counted again");
	world_check("after RO");
	/* RW in a higher level only narrows. */
	expect(!run_update(cpu0(), own(T_L2), 1, entry_to(l1, TABLE & ~PTE_RW), 0), "L2 RO");
	expect(!run_update(cpu0(), own(T_L2), 1, entry_to(l1, TABLE), 0), "L2 RW");
	world_check("after L2 RW");
	end_tree();
}

void test_xsa212(void)
{
	const u64 wild[] = {
		0, NR_FRAMES, MAX_MFN, MAX_MFN - 1, ~0ULL, PTE_ADDR >> 12, 1ULL << 40,
	};
	struct pt_update u = { .mfn = own(T_FREE), .index = PT_ENTRIES };

	world_reset();
	expect(pt_update(cpu0(), &u) == -EINVAL, "an index of 512");
	u.index = ~0u;
	expect(pt_update(cpu0(), &u) == -EINVAL, "an index of 2^32 - 1");
	for (unsigned int i = 0; i < ARRAY_SIZE(wild); i++) {
		expect(run_update(cpu0(), wild[i], 0, 1, 0) == -EINVAL, "update of mfn %llx",
		       (unsigned long long)wild[i]);
		FOR_LEVELS(level)
			expect(run_pin(cpu0(), wild[i], level) == -EINVAL, "pin");
		expect(run_unpin(cpu0(), wild[i]) == -EINVAL, "unpin");
		expect(pt_clear_page(cpu0(), wild[i]) == -EINVAL, "clear");
		expect(pt_copy_page(cpu0(), own(0), wild[i]) == -EINVAL, "copy from");
		expect(pt_copy_page(cpu0(), wild[i], own(0)) == -EINVAL, "copy to");
		expect(pt_get_ref(&world.domain[0], wild[i]) == -EINVAL, "reference");
		if (wild[i])
			expect(run_base(cpu0(), wild[i], true) == -EINVAL, "user base pointer");
	}
	expect(run_base(cpu0(), 0, true) == 0, "no user base pointer");
	world_check("after wild frame numbers");
	world_drain();
}

void test_xsa214(void)
{
	if (!start_tree(TABLE))
		return;
	/* Given up while in use: it stays until the last mapping goes. */
	world.frame[own(T_DATA)].flags &= ~FRAME_ALLOC;
	pt_put_ref(&world.domain[0], own(T_DATA));
	world.frame[own(T_L1)].flags &= ~FRAME_ALLOC;
	pt_put_ref(&world.domain[0], own(T_L1));
	world_check("given up, still in use");
	expect(!world.freed[own(T_DATA)] && !world.freed[own(T_L1)], "still here");
	expect(!run_update(cpu0(), own(T_L2), 1, 0, 0), "unlink the L1");
	/* env_frame_free() checks what they are then. */
	expect(world.freed[own(T_L1)] && world.freed[own(T_DATA)], "gone");
	world_check("both gone");
	end_tree();
}

void test_xsa240(void)
{
	FOR_LEVELS(level) {
		u64 self = table_of_level(level);

		if (level == 1)
			continue;
		/* In a table that is not yet valid, */
		world_reset();
		build_tree(own(T_DATA), TABLE);
		poke(self, 2, entry_to(self, TABLE & ~PTE_RW));
		expect(run_pin(cpu0(), self, level) == -EINVAL, "L%u that maps itself", level);
		world_check("after a linear table");
		world_drain();
		/* in one that is, and one level off. */
		if (!start_tree(TABLE))
			return;
		expect(run_update(cpu0(), self, 2, entry_to(self, TABLE), 0) == -EINVAL, "linear");
		if (level < 4)
			expect(run_update(cpu0(), self, 2,
					  entry_to(table_of_level(level + 1), TABLE), 0) == -EINVAL,
			       "upwards");
		world_check("after a linear update");
		end_tree();
	}
}

void test_xsa242(void)
{
	u64 other = own(10), e = entry_to(own(T_L1), TABLE);

	if (!start_tree(TABLE))
		return;
	/* The same child again, with bits that need a new count and bits that do not. */
	expect(!run_update(cpu0(), own(T_L2), 1, e | PTE_NX, 0), "same child, NX");
	expect(!run_update(cpu0(), own(T_L2), 1, e, PT_UPDATE_PRESERVE_AD), "same child");
	world_check("same child");
	/* Another child: the old one loses its last type reference in mid-update. */
	expect(!run_update(cpu0(), own(T_L2), 1, entry_to(other, TABLE), 0), "other child");
	world_check("other child");
	expect(!world.frame[own(T_L1)].type_refs && !world.frame[own(T_L1)].nr_valid,
	       "old is free");
	expect(world.frame[other].type_refs == 1, "new is held");
	/* A tree that unlinks itself from the top: the L4 entry under the pin. */
	expect(!run_update(cpu0(), own(T_L4), 1, 0, 0), "unlink");
	world_check("unlinked");
	end_tree();
}

void test_xsa286(void)
{
	unsigned long flushes;

	for (unsigned int level = 2; level <= 4; level++) {
		u64 child = table_of_level(level - 1), l1 = own(10);

		if (!start_tree(TABLE))
			return;
		expect(!run_pin(cpu0(), l1, FRAME_L1), "another L1");
		expect(!run_update(cpu0(), table_of_level(level), 1, 0, 0), "unlink");
		world_check("unlinked");
		flushes = world.domain[0].flushes;
		expect(!run_update(cpu0(), l1, 5, entry_to(child, TABLE), 0), "map it writable");
		expect(world.domain[0].flushes > flushes, "no flush before it became writable");
		world_check("writable");
		/* And back. */
		flushes = world.domain[0].flushes;
		expect(!run_update(cpu0(), l1, 5, 0, 0), "unmap");
		expect(!run_pin(cpu0(), child, level - 1), "a table again");
		expect(world.domain[0].flushes > flushes, "no flush before it became a table");
		world_check("a table again");
		expect(!run_unpin(cpu0(), child), "unpin");
		end_tree();
	}
}

/* Gives way at the @stop-th question only. */
static unsigned int stop_at, questions;

static bool yield_once(struct vcpu *v)
{
	(void)v;
	return ++questions == stop_at;
}

/* Two L2s, two L1s each; fails in the last one if @bad. */
static void build_wide(bool bad)
{
	world_reset();
	build_tree(own(T_DATA), TABLE);
	poke(own(T_L3), 2, entry_to(own(10), TABLE));
	poke(own(T_L2), 2, entry_to(own(11), TABLE));
	poke(own(10), 0, entry_to(own(12), TABLE));
	poke(own(10), 511, entry_to(own(13), TABLE));
	for (unsigned int i = 11; i < 14; i++)
		poke(own(i), 511, entry_to(own(i + 5), TABLE));
	if (bad)
		poke(own(13), 300, entry_to(foreign(0), TABLE));
}

static void stopped_at(unsigned int stop, bool bad, bool resume)
{
	int rc;

	build_wide(bad);
	questions = 0;
	stop_at = stop;
	world.yield = yield_once;
	rc = pt_pin(cpu0(), own(T_L4), FRAME_L4);
	world_check("stopped");
	if (rc == -ERESTART && !resume)
		cpu0()->undo.resuming = false;	/* the vCPU does something else */
	if (rc == -ERESTART && resume)
		rc = run_pin(cpu0(), own(T_L4), FRAME_L4);
	if (resume || rc != -ERESTART)
		expect(rc == (bad ? -EBUSY : 0), "pin: %d", rc);
	world_check("resumed or given up");
	run_undo(cpu0());
	world_check("undone");
	if (!rc) {
		questions = 0;
		expect(!pt_unpin(cpu0(), own(T_L4)), "unpin");
		world_check("unpinned");
		run_undo(cpu0());
	}
	world_drain();
}

void test_xsa299(void)
{
	for (unsigned int stop = 1; stop < 14; stop++)
		for (unsigned int i = 0; i < 4; i++)
			stopped_at(stop, i & 1, i & 2);
}

void test_xsa310(void)
{
	struct vcpu *a = cpu0(), *b = a + 1;

	for (unsigned int stop = 1; stop < 10; stop++) {
		/* b finishes what a has begun. */
		build_wide(false);
		questions = 0;
		stop_at = stop;
		world.yield = yield_once;
		if (pt_pin(a, own(T_L4), FRAME_L4) != -ERESTART)
			break;
		expect(!run_base(b, own(T_L4), true), "b finishes it");
		world_check("b has finished");
		expect(!run_pin(a, own(T_L4), FRAME_L4), "a finds it finished");
		world_check("a too");
		world_drain();

		/* b needs one of the tables for something else. */
		build_wide(false);
		questions = 0;
		world.yield = yield_once;
		if (pt_pin(a, own(T_L4), FRAME_L4) != -ERESTART)
			break;
		expect(frame_is_partial(&world.frame[own(T_L4)]), "the L4 is partial");
		expect(pt_get_simple_type(&world.domain[0], own(T_L4), FRAME_WRITABLE) == -EBUSY,
		       "the module does not wait for it");
		world_check("busy");
		expect(!run_update(b, own(T_L4), 5, 0x1234, 0), "b writes the L4");
		world_check("b has written");
		expect(run_pin(a, own(T_L4), FRAME_L4) == 0, "a starts again");
		world_check("a has started again");
		world_drain();
	}
}

/* Another CPU writes to the page through its TLB until it is flushed. */
static u64 racing_mfn;

static void race(struct domain *d)
{
	(void)d;
	if (racing_mfn)
		poke(racing_mfn, 2, entry_to(foreign(0), TABLE));
}

void test_xsa401(void)
{
	FOR_LEVELS(level) {
		u64 l1 = own(10), mfn = table_of_level(level);

		world_reset();
		build_tree(own(T_DATA), TABLE);
		expect(!run_pin(cpu0(), l1, FRAME_L1), "pin");
		expect(!run_update(cpu0(), l1, 0, entry_to(mfn, TABLE), 0), "map it writable");
		world_check("mapped");
		expect(!run_update(cpu0(), l1, 0, 0, 0), "unmap, no flush");
		world.on_flush = race;
		racing_mfn = mfn;
		expect(run_pin(cpu0(), mfn, level) != 0, "what a TLB wrote is seen");
		world.on_flush = NULL;
		world_check("after the race");
		world_drain();
	}
}

void test_xsa402(void)
{
	const u64 attrs[] = { PTE_PWT, PTE_PCD, PTE_PWT | PTE_PCD, PTE_PSE };

	for (unsigned int i = 0; i < 4; i++) {
		FOR_LEVELS(level) {
			u64 mfn = table_of_level(level);

			if (!start_tree(TABLE))
				return;
			expect(run_update(cpu0(), mfn, 1, memory[mfn][1] | attrs[i], 0) == -EINVAL,
			       "in place at level %u", level);
			expect(run_update(cpu0(), mfn, 2, memory[mfn][1] | attrs[i], 0) == -EINVAL,
			       "new at level %u", level);
			world_check("refused");
			end_tree();

			world_reset();
			build_tree(own(T_DATA), TABLE);
			poke(mfn, 1, memory[mfn][1] | attrs[i]);
			expect(run_pin(cpu0(), mfn, level) == -EINVAL, "in a new table");
			world_drain();
		}
	}
}
