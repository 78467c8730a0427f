// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptvalidate_rules.c: one test for each rule of our own.
 */
#include "ptvalidate_world.h"

void test_entry_rules(void)
{
	world_reset();
	FOR_LEVELS(level) {
		const u64 ok = PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL |
			       PTE_AVAIL_HIGH | PTE_NX | PTE_ADDR;

		for (unsigned int bit = 0; bit < 64; bit++) {
			u64 b = 1ULL << bit;
			bool allowed = (ok & b) || (level == 1 && b == PTE_G);

			expect((pt_entry_check(level, PTE_P | b) == 0) == allowed,
			       "level %u bit %u", level, bit);
			expect(pt_entry_check(level, b & ~PTE_P) == 0,
			       "level %u bit %u of an absent entry", level, bit);
		}
		pt_rules.nx = false;
		expect(pt_entry_check(level, PTE_P | PTE_NX) == -EINVAL, "NX without EFER.NX");
		pt_rules.nx = true;
	}
	expect(pt_entry_adjust(PTE_P | PTE_G) == (PTE_P | PTE_US), "user, not global");
	expect(pt_entry_adjust(PTE_G) == PTE_G, "an absent entry is the guest's");
}

void test_hole_slots(void)
{
	u64 l4 = own(T_L4);

	world_reset();
	build_tree(own(T_DATA), TABLE);
	for (unsigned int i = 256; i < 272; i++)
		poke(l4, i, ~0ULL);			/* garbage that is never looked at */
	expect(!run_pin(cpu0(), l4, FRAME_L4), "pin");
	world_check("pinned");
	for (unsigned int i = 256; i < 272; i++) {
		u64 ours = memory[l4][i];

		expect(ours != ~0ULL && ours, "slot %u is ours", i);
		expect(run_update(cpu0(), l4, i, 0, 0) == -EINVAL, "clear slot %u", i);
		expect(run_update(cpu0(), l4, i, entry_to(own(T_L3), TABLE), 0) == -EINVAL, "set");
		expect(memory[l4][i] == ours, "slot %u is as it was", i);
	}
	expect(!run_update(cpu0(), l4, 255, entry_to(own(T_L3), TABLE), 0), "the slot below");
	expect(!run_update(cpu0(), l4, 272, entry_to(own(T_L3), TABLE), 0), "the slot above");
	world_check("neighbours");
	end_tree();
	for (unsigned int i = 256; i < 272; i++)
		expect(!memory[l4][i], "slot %u is cleared", i);
	/* In the lower levels these slots are like any other. */
	if (start_tree(TABLE)) {
		expect(!run_update(cpu0(), own(T_L3), 256, entry_to(own(T_L2), TABLE), 0), "L3");
		world_check("L3 slot 256");
		end_tree();
	}
}

void test_foreign(void)
{
	const u64 nobody = MAX_MFN - 1, above = MAX_MFN, invalid = PTE_ADDR >> 12;
	u64 ro = TABLE & ~PTE_RW;

	if (!start_tree(TABLE))
		return;
	expect(run_update(cpu0(), own(T_L1), 2, entry_to(foreign(0), TABLE), 0) == -EBUSY, "RW");
	expect(run_update(cpu0(), own(T_L1), 2, entry_to(foreign(0), ro), 0) == -EBUSY, "RO");
	expect(run_update(cpu0(), own(T_L1), 2, entry_to(nobody, ro), 0) == -EBUSY, "host RAM");
	expect(run_update(cpu0(), own(T_L1), 2, entry_to(above, ro), 0) == -EPERM, "not RAM");
	expect(run_update(cpu0(), own(T_L1), 2, entry_to(invalid, ro), 0) == -EINVAL,
	       "INVALID_MFN");
	for (unsigned int level = 2; level <= 4; level++)
		expect(run_update(cpu0(), table_of_level(level), 2,
				  entry_to(foreign(0), TABLE), 0) == -EINVAL, "L%u", level);
	expect(run_update(cpu0(), foreign(0), 0, 1, 0) == -EINVAL, "write a foreign frame");
	expect(run_pin(cpu0(), foreign(0), FRAME_L1) == -EINVAL, "pin a foreign frame");
	expect(run_unpin(&world.vcpu[1][0], own(T_L4)) == -EINVAL, "unpin from outside");
	world_check("foreign");
	end_tree();
}

void test_preserve_ad(void)
{
	u64 l1 = own(T_L1), e = entry_to(own(T_DATA), PTE_P | PTE_RW | PTE_US);
	struct pt_update u = { .mfn = l1, .index = 1, .flags = PT_UPDATE_CMPXCHG };

	if (!start_tree(TABLE))
		return;
	memory[l1][1] = e | PTE_A | PTE_D;
	expect(!run_update(cpu0(), l1, 1, e & ~PTE_RW, PT_UPDATE_PRESERVE_AD), "preserve");
	expect(memory[l1][1] == ((e & ~PTE_RW) | PTE_A | PTE_D), "%llx",
	       (unsigned long long)memory[l1][1]);
	expect(!run_update(cpu0(), l1, 1, e, 0), "do not preserve");
	expect(memory[l1][1] == e, "%llx", (unsigned long long)memory[l1][1]);
	/* The CPU sets D between the guest's read and our write. */
	u.old = e;
	u.val = 0;
	memory[l1][1] |= PTE_D;
	expect(pt_update(cpu0(), &u) == -EAGAIN, "compare");
	expect(u.old == (e | PTE_D) && memory[l1][1] == (e | PTE_D), "D is not lost");
	expect(!pt_update(cpu0(), &u), "now it fits");
	world_check("A and D");
	end_tree();
}

void test_cmpxchg(void)
{
	u64 l1 = own(T_L1), to = entry_to(own(10), TABLE);
	struct pt_update u = { .mfn = l1, .index = 1, .flags = PT_UPDATE_CMPXCHG, .val = to };

	if (!start_tree(TABLE))
		return;
	for (unsigned int i = 0; i < 200; i++) {
		u64 was = memory[l1][1];
		int rc;

		world.hardware = true;
		u.old = i & 1 ? was : was ^ PTE_AVAIL;
		u.val = i & 2 ? to : entry_to(own(T_DATA), TABLE);
		rc = pt_update(cpu0(), &u);
		world.hardware = false;
		expect(rc == 0 || rc == -EAGAIN, "%d", rc);
		expect((i & 1) || rc == -EAGAIN, "a wrong value was taken");
		if (rc)
			expect(u.old == memory[l1][1], "what is there is told");
		world_check("compared");
	}
	end_tree();
}

void test_segdesc(void)
{
	struct domain *d = &world.domain[0];
	const u64 gate = 0x0000ec0000080000ULL, code = 0x00af9b000000ffffULL;
	u64 gdt = own(10), l1 = own(T_L1);

	if (!start_tree(TABLE))
		return;
	poke(gdt, 3, code);
	expect(!pt_get_simple_type(d, gdt, FRAME_SEGDESC), "a page of segments");
	d->held[1] = gdt;
	expect((memory[gdt][3] & DESC_DPL) == DESC_DPL, "DPL 3");
	world_check("held");
	expect(run_update(cpu0(), l1, 2, entry_to(gdt, TABLE), 0) == -EBUSY, "map it writable");
	expect(!run_update(cpu0(), l1, 2, entry_to(gdt, TABLE & ~PTE_RW), 0), "map it");
	expect(run_update(cpu0(), gdt, 0, gate, 0) == -EINVAL, "write it");
	expect(run_pin(cpu0(), gdt, FRAME_L1) == -EINVAL, "make it a table");
	expect(pt_clear_page(cpu0(), gdt) == -EINVAL, "clear it");
	world_check("refused");
	expect(!pt_get_simple_type(d, gdt, FRAME_SEGDESC), "another vCPU's LDT");
	d->held[3] = gdt;
	world.others_ldt = 1 << 3;
	expect(run_update(cpu0(), l1, 2, entry_to(gdt, TABLE), 0) == -EBUSY, "it is ours, too");
	expect(!d->held[3], "no longer another's");
	world_check("revoked");
	d->held[1] = 0;
	pt_put_simple_type(d, gdt);
	expect(!pt_get_simple_type(d, gdt, FRAME_SEGDESC), "another vCPU's LDT alone");
	d->held[3] = gdt;
	expect(!run_update(cpu0(), l1, 2, entry_to(gdt, TABLE), 0), "that does not stand in the way");
	expect(!run_update(cpu0(), l1, 2, entry_to(gdt, TABLE & ~PTE_RW), 0), "map it as before");
	world.others_ldt = 0;
	world_check("revoked and written");
	expect(!run_update(cpu0(), gdt, 0, gate, 0), "now it may be written");
	expect(pt_get_simple_type(d, gdt, FRAME_SEGDESC) == -EINVAL, "a call gate");
	world_check("after the gate");
	end_tree();
}

void test_overflow(void)
{
	struct frame *f = &world.frame[own(T_DATA)];
	u64 ro = entry_to(own(T_DATA), TABLE & ~PTE_RW), rw = entry_to(own(T_DATA), TABLE);
	u32 refs;

	if (!start_tree(TABLE))
		return;
	refs = f->refs;
	f->refs = FRAME_REFS_MAX;
	expect(run_update(cpu0(), own(T_L1), 2, ro, 0) == -EBUSY, "one more RO");
	expect(run_update(cpu0(), own(T_L1), 2, rw, 0) == -EBUSY, "one more RW");
	expect(pt_get_ref(&world.domain[0], own(T_DATA)) == -EBUSY, "one more");
	expect(pt_get_simple_type(&world.domain[0], own(T_DATA), FRAME_WRITABLE) == -EBUSY, "type");
	expect(f->refs == FRAME_REFS_MAX && f->type_refs == 1, "unchanged");
	f->refs = refs;
	world_check("overflow");

	/* Of a table that has as many the last type reference goes as of any other. */
	f = &world.frame[own(T_L4)];
	refs = f->refs;
	f->refs = FRAME_REFS_MAX;
	expect(!pt_unpin(cpu0(), own(T_L4)), "unpin");
	expect(cpu0()->undo.nr == 1 && !world.bugs, "the L4 is on the list");
	f->refs -= FRAME_REFS_MAX - refs;
	world_check("unpinned");
	world_drain();
}

void test_self_writable(void)
{
	/* The L1 below maps a table above it writable. */
	FOR_LEVELS(level) {
		for (unsigned int i = 0; i < 2; i++) {
			world_reset();
			world.yield = i ? yield_always : yield_never;
			build_tree(table_of_level(level), TABLE);
			expect(run_pin(cpu0(), own(T_L4), FRAME_L4) != 0, "L%u writable", level);
			world_check("refused");
			/* Read-only is what guests do. */
			poke(own(T_L1), 1, entry_to(table_of_level(level), TABLE & ~PTE_RW));
			expect(!run_pin(cpu0(), own(T_L4), FRAME_L4), "L%u read-only", level);
			world_check("granted");
			world_drain();
		}
	}
}

void test_find_l1(void)
{
	const u64 va = 1ULL << 39 | 1ULL << 30 | 1ULL << 21 | 1ULL << 12;
	struct domain *d = &world.domain[0];
	unsigned int index;
	u64 mfn;

	if (!start_tree(TABLE))
		return;
	expect(!pt_find_l1(d, own(T_L4), va + 0x123, &mfn, &index), "mapped");
	expect(mfn == own(T_L1) && index == 1, "mfn %llu", (unsigned long long)mfn);
	expect(!pt_find_l1(d, own(T_L4), va + 0x1000, &mfn, &index) && index == 2, "absent entry");
	expect(pt_find_l1(d, own(T_L4), va + (1ULL << 21), &mfn, &index), "no L1");
	expect(pt_find_l1(d, own(T_L4), va | 1ULL << 47, &mfn, &index), "not canonical");
	expect(pt_find_l1(d, own(T_L4), va | 1ULL << 48, &mfn, &index), "57 bits");
	expect(pt_find_l1(d, own(T_L4), 0xffff800000000000ULL, &mfn, &index), "the hole");
	expect(pt_find_l1(d, 0, va, &mfn, &index), "no root");
	end_tree();
}

/* 1 L4, 3 L3, 12 L2, 8 L1: more of a level than an undo list has room for. */
void test_wide(void)
{
	world_reset();
	for (unsigned int i = 0; i < 512; i += 3)
		if (i < 256 || i > 271)
			poke(own(0), i, entry_to(own(1 + i % 9 / 3), TABLE));
	for (unsigned int i = 0; i < 36; i++)
		poke(own(1 + i % 3), i * 14, entry_to(own(4 + i / 3), TABLE));
	for (unsigned int i = 0; i < 96; i++)
		poke(own(4 + i % 12), i * 5, entry_to(own(16 + i / 12), TABLE));
	for (unsigned int i = 0; i < 64; i++)
		poke(own(16 + i % 8), i * 8, entry_to(own(24 + i % 6), TABLE));
	for (unsigned int i = 0; i < 2; i++) {
		world.yield = i ? yield_always : yield_never;
		expect(!run_pin(cpu0(), own(0), FRAME_L4), "pin");
		expect(!cpu0()->undo.nr, "nothing is left on the list");
		world_check("pinned");
		expect(!run_unpin(cpu0(), own(0)), "unpin");
		world_check("unpinned");
		for (unsigned int k = 0; k < 24; k++)
			expect(!world.frame[own(k)].type_refs && !world.frame[own(k)].nr_valid,
			       "table %u is free", k);
	}
	world_drain();
}

/* An unpin is answered at once; its work is done before anything else is. */
void test_left_over(void)
{
	struct pt_update u = { .mfn = own(T_DATA), .val = 5 };
	unsigned int calls = 0;
	int rc;

	if (!start_tree(TABLE))
		return;
	for (unsigned int i = 2; i < 20; i++)
		expect(!run_update(cpu0(), own(T_L2), i, entry_to(own(T_L1), TABLE), 0), "map");
	expect(!pt_unpin(cpu0(), own(T_L4)), "unpin");
	expect(cpu0()->undo.nr == 1, "the L4 is on the list");
	world_check("unpinned");
	world.yield = yield_always;
	do {
		rc = pt_update(cpu0(), &u);
		calls++;
		world_check("on the way");
		expect(rc || !cpu0()->undo.nr, "done before the list was empty");
	} while (rc == -ERESTART && calls < 1000);
	expect(!rc && calls > 10, "%d after %u calls", rc, calls);
	world_drain();
}

/* A vCPU that begins one pin after the other and comes back to none. */
void test_abandoned(void)
{
	for (unsigned int begun = 1; begun <= 12; begun++) {
		world_reset();
		for (unsigned int i = 0; i < 14; i++)
			for (unsigned int k = 0; k < 4; k++)
				poke(own(i), k, entry_to(own(20 + i % 4), TABLE));
		expect(!run_pin(cpu0(), own(13), FRAME_L2), "a pinned L2");
		world.yield = yield_always;
		for (unsigned int i = 0; i < begun; i++) {
			pt_pin(cpu0(), own(i), FRAME_L2);
			world_check("begun");
			expect(cpu0()->undo.nr <= PT_UNDO_MAX, "the list is too long");
		}
		expect(!run_unpin(cpu0(), own(13)), "unpin, after %u", begun);
		world_check("unpinned");
		world_drain();
	}
}

/* A tree in slot 1 of each table: without it, slot 0 keeps the table partial. */
static void poke_tree(unsigned int l4, unsigned int l3, unsigned int l2)
{
	poke(own(l4), 1, entry_to(own(l3), TABLE));
	poke(own(l3), 1, entry_to(own(l2), TABLE));
	poke(own(l2), 1, entry_to(own(29), TABLE));
}

/* Gives way once in three times it is asked: after the one entry of an L4. */
static bool yield_third(struct vcpu *v)
{
	(void)v;
	return !(world.yields_asked % 3);
}

/*
 * One pin after the other is begun, each stopped at its L4; the last of them is in
 * the way of a table that another vCPU is at work on, @depth levels down.  There
 * must be room to tear all of it down.
 */
void test_abandoned_conflict(void)
{
	struct vcpu *other = &world.vcpu[0][1];

	for (unsigned int depth = 1; depth <= 3; depth++) {
		for (unsigned int begun = 0; begun <= 5; begun++) {
			world_reset();
			for (unsigned int i = 0; i < 6; i++)
				poke_tree(i, 6 + i, 12 + i);
			/* Each table of the last one has a good entry before the one that goes on. */
			poke_tree(18, 21, 22);
			for (unsigned int i = 0; i < 2; i++) {
				poke(own(18 + i), 2, entry_to(own(19 + i), TABLE));
				poke(own(19 + i), 1, entry_to(own(i ? 29 : 22), TABLE));
			}
			poke(own(17 + depth), 2, entry_to(own(5), TABLE));
			world.yield = yield_third;
			expect(pt_pin(other, own(5), FRAME_L4) == -ERESTART, "another's pin");
			for (unsigned int i = 0; i < begun; i++)
				expect(pt_pin(cpu0(), own(i), FRAME_L4) == -ERESTART, "begun");
			world.yield = yield_never;
			expect(pt_pin(cpu0(), own(18), FRAME_L4) == -ERESTART, "in the way");
			expect(cpu0()->undo.nr <= PT_UNDO_MAX, "the list is too long");
			expect(!run_undo(cpu0()), "undo");
			world_check("undone");
			expect(!run_pin(other, own(5), FRAME_L4), "another's pin ends");
			world_drain();
		}
	}
}

void test_xsa273(void)
{
	const u64 top = (u64)MAX_MFN << 12;
	const struct { u64 entry; bool safe; } cases[] = {
		{ 0, true },
		{ PTE_RW | PTE_NX, true },		/* no address */
		{ top, true },				/* above all memory */
		{ PTE_ADDR, true },			/* what Linux makes of pfn 0 */
		{ PTE_ADDR & ~(0x123000ULL), true },	/* inverted pfn 0x123 */
		{ 0x1000, false },
		{ top - 0x1000, false },
		{ 1ULL << 46 | 0x1000, false },		/* the cache does not see bit 46 */
		{ 1ULL << 45 | 0x1000, true },
	};

	FOR_LEVELS(level) {
		if (!start_tree(TABLE))
			return;
		for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
			u64 mfn = table_of_level(level);

			pt_rules.l1tf = true;
			expect(run_update(cpu0(), mfn, 2, cases[i].entry, 0) ==
			       (cases[i].safe ? 0 : -EINVAL), "L%u case %u", level, i);
			pt_rules.l1tf = false;
			expect(!run_update(cpu0(), mfn, 2, cases[i].entry, 0),
			       "without L1TF anything goes");
			world_check("absent entries");
		}
		pt_rules.l1tf = true;
		expect(level == 1 || run_update(cpu0(), table_of_level(level), 2, PTE_PSE, 0) ==
		       -EINVAL, "a superpage");
		pt_rules.l1tf = false;
		end_tree();
	}
}

