// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Descriptor tables, segment registers and bases, the trap table and the
 * callbacks: what may be set, what is refused, what the CPU then sees.
 */
#include "guest.h"

#define BAD_ADDRESS	0x1000UL
#define NON_CANONICAL	0x8000000000000000UL

/* Descriptors of 8 bytes. */
#define DESC_CODE64	0x00affb000000ffffUL	/* DPL 3 */
#define DESC_DATA	0x00cff3000000ffffUL	/* DPL 3, flat */
#define DESC_CODE32	0x00cffb000000ffffUL
#define DESC_DPL0_CODE	0x00af9b000000ffffUL
#define DESC_DPL0_DATA	0x00cf93000000ffffUL
#define DESC_TSS	0x0000890000000067UL	/* available TSS, P */
#define DESC_LDT	0x0000820000000067UL
#define DESC_CALL_GATE	0x0000ec00e0331000UL	/* P, DPL 3, type c, selector e033 */
#define DESC_INT_GATE	0x00008e00e0331000UL
#define DESC_TASK_GATE	0x0000e50000000000UL
#define DESC_ABSENT_TSS	0x0000090000000067UL

static u64 *gdt;

static u64 gdt_set(u64 *page, unsigned int entries)
{
	u64 frame = va_to_mfn(page);

	return hc2(set_gdt, &frame, entries);
}

/* A read-only page of flat segments, loaded as the GDT. */
static void gdt_load(void)
{
	unsigned int i;

	if (gdt)
		return;
	gdt = page_alloc();
	for (i = 1; i < 16; i++)
		gdt[i] = DESC_DATA;
	page_ro(gdt);
	REQUIRE(gdt_set(gdt, 512) == 0);
}

TEST(set_gdt, "set_gdt takes a read-only page of good descriptors")
{
	gdt_load();
	EXPECT_EQ(gdt_set(gdt, 512), 0);
	EXPECT_EQ(gdt_set(gdt, 16), 0);
	EXPECT_EQ(gdt_set(gdt, 512), 0);
}

TEST(set_gdt_loadable, "a selector of the new GDT can be loaded")
{
	struct trap t;
	u16 fs = 0;

	gdt_load();
	TRY(t, asm volatile("mov %0, %%fs" : : "r" (1 << 3 | 3)));
	EXPECT_NO_TRAP(t);
	asm volatile("mov %%fs, %0" : "=r" (fs));
	EXPECT_EQ(fs, 1 << 3 | 3);
	asm volatile("mov %0, %%fs" : : "r" (0));
}

TEST(set_gdt_absent_selector, "loading a null descriptor's selector is #GP with its number")
{
	struct trap t;

	gdt_load();
	TRY(t, asm volatile("mov %0, %%fs" : : "r" (20 << 3 | 3)));
	EXPECT_TRAP(t, X_GP);
	EXPECT_EQ(t.regs.error, 20 << 3);
}

TEST(set_gdt_zero, "set_gdt with no entries takes the GDT away")
{
	struct trap t;

	gdt_load();
	EXPECT_EQ(hc2(set_gdt, 0, 0), 0);
	TRY(t, asm volatile("mov %0, %%fs" : : "r" (1 << 3 | 3)));
	EXPECT_TRAP(t, X_GP);
	EXPECT_EQ(gdt_set(gdt, 512), 0);
}

TEST(set_gdt_writable, "set_gdt refuses a page that is mapped writable")
{
	u64 *page = page_alloc();

	EXPECT_EQ(gdt_set(page, 512), X_EINVAL);
	page_free(page);
}

TEST(set_gdt_then_write, "a page in use as GDT cannot be mapped writable")
{
	gdt_load();
	EXPECT_EQ(pte_set(gdt, va_to_mfn(gdt) * PAGE | PTE_RW_PAGE), X_EBUSY);
}

TEST(set_gdt_released, "a GDT page can be written again when another GDT is loaded")
{
	u64 *page = page_alloc();

	page_ro(page);
	EXPECT_EQ(gdt_set(page, 512), 0);
	EXPECT_EQ(pte_set(page, va_to_mfn(page) * PAGE | PTE_RW_PAGE), X_EBUSY);
	gdt_load();
	EXPECT_EQ(gdt_set(gdt, 512), 0);
	EXPECT_EQ(pte_set(page, va_to_mfn(page) * PAGE | PTE_RW_PAGE), 0);
	page_free(page);
}

TEST(set_gdt_entries, "set_gdt refuses more entries than reach the reserved part")
{
	EXPECT_EQ(hc2(set_gdt, BAD_ADDRESS, FIRST_RESERVED_GDT_ENTRY + 1), X_EINVAL);
	EXPECT_EQ(hc2(set_gdt, BAD_ADDRESS, 8192), X_EINVAL);
	EXPECT_EQ(hc2(set_gdt, BAD_ADDRESS, 0xffffffff), X_EINVAL);
}

TEST(set_gdt_fault, "set_gdt with an unreadable frame list is -EFAULT")
{
	EXPECT_EQ(hc2(set_gdt, BAD_ADDRESS, 512), X_EFAULT);
}

TEST(set_gdt_foreign, "set_gdt refuses frames the domain does not own")
{
	static const u64 mfn[] = { 0, 1, 0x100, 0xfffff, 0xffffffff, 0x10000000000, ~0UL };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(mfn); i++)
		EXPECT_EQ(hc2(set_gdt, &mfn[i], 512), X_EINVAL);
}

TEST(set_gdt_undo, "a bad frame late in the list leaves nothing typed (XSA-58's class)")
{
	u64 *page = page_alloc();
	u64 frames[2] = { va_to_mfn(page), 0 };

	page_ro(page);
	EXPECT_EQ(hc2(set_gdt, frames, 1024), X_EINVAL);
	EXPECT_EQ(pte_set(page, va_to_mfn(page) * PAGE | PTE_RW_PAGE), 0);
	page_free(page);
}

TEST(set_gdt_page_table, "set_gdt refuses a page table")
{
	u64 *l1 = (u64 *)((u64)pte_of((u64)&gdt, 1) & ~(PAGE - 1));

	EXPECT_EQ(gdt_set(l1, 512), X_EINVAL);
}

static void gdt_with(u64 desc, long want)
{
	u64 *page = page_alloc();

	page[3] = desc;
	page_ro(page);
	EXPECT_EQ(gdt_set(page, 512), want);
	gdt_load();
	EXPECT_EQ(gdt_set(gdt, 512), 0);
	page_rw(page);
	page_free(page);
}

TEST(gdt_tss, "a GDT with a TSS descriptor is refused") { gdt_with(DESC_TSS, X_EINVAL); }
TEST(gdt_ldt, "a GDT with an LDT descriptor is refused") { gdt_with(DESC_LDT, X_EINVAL); }
TEST(gdt_intgate, "a GDT with an interrupt gate is refused") { gdt_with(DESC_INT_GATE, X_EINVAL); }
TEST(gdt_taskgate, "a GDT with a task gate is refused") { gdt_with(DESC_TASK_GATE, X_EINVAL); }
TEST(gdt_code64, "a GDT with a 64-bit code segment is taken") { gdt_with(DESC_CODE64, 0); }
TEST(gdt_code32, "a GDT with a 32-bit code segment is taken") { gdt_with(DESC_CODE32, 0); }
TEST(gdt_absent, "a not-present system descriptor is harmless and taken")
{
	gdt_with(DESC_ABSENT_TSS, 0);
}

static u64 gdt_fixed(u64 desc)
{
	u64 *page = page_alloc();
	u64 found;

	page[3] = desc;
	page_ro(page);
	EXPECT_EQ(gdt_set(page, 512), 0);
	found = page[3];
	gdt_load();
	EXPECT_EQ(gdt_set(gdt, 512), 0);
	page_rw(page);
	page_free(page);
	return found;
}

TEST(gdt_dpl0_code, "a DPL 0 code segment becomes DPL 3")
{
	EXPECT_EQ(gdt_fixed(DESC_DPL0_CODE), DESC_DPL0_CODE | 3UL << 45);
}

TEST(gdt_dpl0_data, "a DPL 0 data segment becomes DPL 3")
{
	EXPECT_EQ(gdt_fixed(DESC_DPL0_DATA), DESC_DPL0_DATA | 3UL << 45);
}

static u64 gdt_maddr(unsigned int i) { return va_to_mfn(gdt) * PAGE + 8 * i; }

TEST(update_descriptor, "update_descriptor writes a descriptor of the live GDT")
{
	struct trap t;

	gdt_load();
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(30), DESC_DATA), 0);
	EXPECT_EQ(gdt[30], DESC_DATA);
	TRY(t, asm volatile("mov %0, %%fs; mov %1, %%fs" : : "r" (30 << 3 | 3), "r" (0)));
	EXPECT_NO_TRAP(t);
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(30), 0), 0);
	TRY(t, asm volatile("mov %0, %%fs; mov %1, %%fs" : : "r" (30 << 3 | 3), "r" (0)));
	EXPECT_TRAP(t, X_GP);
}

TEST(update_descriptor_bad, "update_descriptor refuses TSS, LDT and gates that lead in")
{
	gdt_load();
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(31), DESC_TSS), X_EINVAL);
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(31), DESC_LDT), X_EINVAL);
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(31), DESC_INT_GATE), X_EINVAL);
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(31), DESC_TASK_GATE), X_EINVAL);
	EXPECT_EQ(gdt[31], 0);
}

TEST(update_descriptor_dpl, "update_descriptor raises DPL 0 to 3")
{
	gdt_load();
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(32), DESC_DPL0_DATA), 0);
	EXPECT_EQ(gdt[32], DESC_DPL0_DATA | 3UL << 45);
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(32), DESC_DPL0_CODE), 0);
	EXPECT_EQ(gdt[32], DESC_DPL0_CODE | 3UL << 45);
}

TEST(update_descriptor_align, "update_descriptor refuses a misaligned address")
{
	gdt_load();
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(33) + 4, DESC_DATA), X_EINVAL);
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(33) + 1, DESC_DATA), X_EINVAL);
}

TEST(update_descriptor_foreign, "update_descriptor refuses frames of others")
{
	EXPECT_EQ(hc2(update_descriptor, 0, DESC_DATA), X_EINVAL);
	EXPECT_EQ(hc2(update_descriptor, 0x1000000, DESC_DATA), X_EINVAL);
	EXPECT_EQ(hc2(update_descriptor, 0xffffffffff000, DESC_DATA), X_EINVAL);
	EXPECT_EQ(hc2(update_descriptor, 0xfffffffffffff000, DESC_DATA), X_EINVAL);
}

TEST(update_descriptor_table, "update_descriptor refuses a page table")
{
	u64 *e = pte_of((u64)&gdt, 1);
	u64 old = *e;

	EXPECT_EQ(hc2(update_descriptor, pte_maddr((u64)&gdt, 1), DESC_DATA), X_EINVAL);
	EXPECT_EQ(*e, old);
}

TEST(update_descriptor_ram, "update_descriptor may write ordinary memory of the domain")
{
	u64 *page = page_alloc();

	EXPECT_EQ(hc2(update_descriptor, va_to_mfn(page) * PAGE + 16, DESC_DATA), 0);
	EXPECT_EQ(page[2], DESC_DATA);
	page_free(page);
}

TEST(gdt_accessed, "the CPU can set the accessed bit of a guest descriptor")
{
	struct trap t;

	gdt_load();
	EXPECT_EQ(hc2(update_descriptor, gdt_maddr(34), DESC_DATA & ~(1UL << 40)), 0);
	TRY(t, asm volatile("mov %0, %%fs; mov %1, %%fs" : : "r" (34 << 3 | 3), "r" (0)));
	EXPECT_NO_TRAP(t);
	EXPECT_EQ(gdt[34], DESC_DATA);
}

/* ---- LDT ---- */

static u64 *ldt;

static void ldt_load(void)
{
	if (ldt)
		return;
	ldt = page_alloc();
	ldt[2] = DESC_DATA;
	ldt[3] = DESC_DPL0_DATA;
	ldt[4] = DESC_CODE32;
	page_ro(ldt);
	REQUIRE(mmuext2(MMUEXT_SET_LDT, (u64)ldt, 512) == 0);
}

static unsigned int load_fs(u16 sel)
{
	struct trap t;

	TRY(t, asm volatile("mov %0, %%fs; mov %1, %%fs" : : "r" (sel), "r" (0)));
	if (!t.taken)
		return 0;
	return t.vector << 16 | t.regs.error;
}

TEST(set_ldt, "MMUEXT_SET_LDT: selectors of the LDT load")
{
	ldt_load();
	EXPECT_EQ(load_fs(2 << 3 | 7), 0);
}

TEST(ldt_dpl, "a DPL 0 descriptor of the LDT has become DPL 3")
{
	ldt_load();
	EXPECT_EQ(load_fs(3 << 3 | 7), 0);
	EXPECT_EQ(ldt[3], DESC_DPL0_DATA | 3UL << 45);
}

TEST(ldt_limit, "an entry beyond the LDT's limit is #GP (XSA-298)")
{
	ldt_load();
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, (u64)ldt, 2), 0);
	EXPECT_EQ(load_fs(2 << 3 | 7), X_GP << 16 | (2 << 3 | 4));
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, (u64)ldt, 512), 0);
	EXPECT_EQ(load_fs(2 << 3 | 7), 0);
}

TEST(ldt_writable, "a page in use as LDT cannot be mapped writable")
{
	ldt_load();
	EXPECT_EQ(load_fs(2 << 3 | 7), 0);
	EXPECT_EQ(pte_set(ldt, va_to_mfn(ldt) * PAGE | PTE_RW_PAGE), X_EBUSY);
}

TEST(ldt_update, "update_descriptor changes a live LDT entry")
{
	ldt_load();
	EXPECT_EQ(load_fs(5 << 3 | 7), X_GP << 16 | (5 << 3 | 4));
	EXPECT_EQ(hc2(update_descriptor, va_to_mfn(ldt) * PAGE + 40, DESC_DATA), 0);
	EXPECT_EQ(load_fs(5 << 3 | 7), 0);
}

TEST(ldt_none, "without an LDT its selectors are #GP")
{
	ldt_load();
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, 0, 0), 0);
	EXPECT_EQ(load_fs(2 << 3 | 7), X_GP << 16 | (2 << 3 | 4));
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, (u64)ldt, 512), 0);
}

TEST(ldt_args, "MMUEXT_SET_LDT refuses a misaligned address and too many entries")
{
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, (u64)ldt + 8, 16), X_EINVAL);
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, (u64)ldt, 8193), X_EINVAL);
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, HOLE_FIRST, 512), X_EINVAL);
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, NON_CANONICAL, 512), X_EINVAL);
}

TEST(ldt_unmapped, "an LDT that is not mapped: loads fault, the hypervisor does not")
{
	unsigned int got;

	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, 0x30000000, 512), 0);
	got = load_fs(2 << 3 | 7);
	EXPECT_EQ(got >> 16, X_PF);
	ldt_load();
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, (u64)ldt, 512), 0);
}

TEST(ldt_writable_page, "an LDT on a page mapped writable: loads fault")
{
	u64 *page = page_alloc();

	page[2] = DESC_DATA;
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, (u64)page, 512), 0);
	EXPECT(load_fs(2 << 3 | 7) != 0);
	ldt_load();
	EXPECT_EQ(mmuext2(MMUEXT_SET_LDT, (u64)ldt, 512), 0);
	page_free(page);
}

/* ---- selectors of the hypervisor ---- */

TEST(hv_selectors, "loading the hypervisor's own selectors is #GP")
{
	EXPECT_EQ(load_fs(0xe008) >> 16, X_GP);
	EXPECT_EQ(load_fs(0xe010) >> 16, X_GP);
	EXPECT_EQ(load_fs(0xe040) >> 16, X_GP);
	EXPECT_EQ(load_fs(0xe043) >> 16, X_GP);
	EXPECT_EQ(load_fs(0xe050) >> 16, X_GP);
	EXPECT_EQ(load_fs(0xe000) >> 16, X_GP);
	EXPECT_EQ(load_fs(0xfff8) >> 16, X_GP);
	EXPECT_EQ(load_fs(0xffff) >> 16, X_GP);
	EXPECT_EQ(load_fs(FLAT_KERNEL_SS), 0);
}

TEST(reserved_page, "no selector from 0xe000 up gives more than CPL 3 has")
{
	unsigned int sel, vec;

	for (sel = 0xe000; sel < 0x10000; sel += 8) {
		vec = load_fs(sel | 3) >> 16;
		EXPECT(vec == 0 || vec == X_GP || vec == X_NP);
	}
}

TEST(lar, "LAR finds DPL 3 only on what a guest may load")
{
	unsigned int sel, bad = 0;

	for (sel = 0xe000; sel < 0x10000; sel += 8) {
		u32 rights;
		u8 ok;

		asm volatile("lar %2, %0; setz %1" : "=r" (rights), "=q" (ok) : "r" (sel | 3));
		if (ok && (rights >> 13 & 3) != 3)
			bad++;
	}
	EXPECT_EQ(bad, 0);
}

TEST(selector_gone,
	"a selector that becomes invalid while the vCPU is away: the failsafe callback, "
	"or (not reloaded) nothing")
{
	struct sched_poll p = { .nr_ports = 0 };
	u16 sel = 40 << 3 | 3;
	struct trap t;

	gdt_load();
	REQUIRE(hc2(update_descriptor, gdt_maddr(40), DESC_DATA) == 0);
	asm volatile("mov %0, %%fs" : : "r" (sel));
	TRY(t, {
		hc2(update_descriptor, gdt_maddr(40), 0);
		p.timeout = system_time_ns() + 2000000;
		hc2(sched_op, SCHEDOP_poll, &p);
	});
	asm volatile("mov %0, %%fs" : : "r" (0));
	if (t.taken) {
		EXPECT_TRAP(t, VEC_FAILSAFE);
		EXPECT_EQ(failsafe_selectors[2] & 0xffff, sel);
	}
}

/* ---- bases ---- */

static u64 slot_a = 0xaaaa, slot_b = 0xbbbb, slot_c = 0xcccc;

static u64 read_fs(void)
{
	u64 v;

	asm volatile("mov %%fs:0, %0" : "=r" (v));
	return v;
}

static u64 read_gs(void)
{
	u64 v;

	asm volatile("mov %%gs:0, %0" : "=r" (v));
	return v;
}

TEST(base_fs, "set_segment_base FS")
{
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_FS, &slot_a), 0);
	EXPECT_EQ(read_fs(), 0xaaaa);
}

TEST(base_gs, "set_segment_base GS_KERNEL is the base in use in the kernel")
{
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_KERNEL, &slot_b), 0);
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_USER, &slot_c), 0);
	EXPECT_EQ(read_gs(), 0xbbbb);
}

TEST(base_xsa193, "set_segment_base refuses non-canonical bases (XSA-193)")
{
	static const u64 bad[] = { NON_CANONICAL, 0x0000800000000000UL, 0xffff7fffffffffffUL,
				   0x1234567812345678UL, 0x00ffffffffffffffUL };
	unsigned int i;

	EXPECT_EQ(hc2(set_segment_base, SEGBASE_FS, &slot_a), 0);
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_KERNEL, &slot_b), 0);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		EXPECT_EQ(hc2(set_segment_base, SEGBASE_FS, bad[i]), X_EINVAL);
		EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_KERNEL, bad[i]), X_EINVAL);
		EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_USER, bad[i]), X_EINVAL);
	}
	EXPECT_EQ(read_fs(), 0xaaaa);
	EXPECT_EQ(read_gs(), 0xbbbb);
}

TEST(base_hole, "a base in the hole is taken: access faults, that is all")
{
	struct trap t;

	EXPECT_EQ(hc2(set_segment_base, SEGBASE_FS, HOLE_WINDOWS), 0);
	TRY(t, read_fs());
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_FS, 0), 0);
}

TEST(base_which, "set_segment_base: unknown base is -EINVAL")
{
	EXPECT_EQ(hc2(set_segment_base, 4, 0), X_EINVAL);
	EXPECT_EQ(hc2(set_segment_base, ~0u, 0), X_EINVAL);
}

TEST(base_sel_bad, "SEGBASE_GS_USER_SEL with a bad selector is 0, not a fault")
{
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_USER_SEL, 0xe008), 0);
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_USER_SEL, 0xfffb), 0);
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_USER_SEL, 0), 0);
	EXPECT_EQ(hc2(set_segment_base, SEGBASE_GS_KERNEL, &slot_b), 0);
	EXPECT_EQ(read_gs(), 0xbbbb);
}

TEST(base_msr, "FS and GS bases through rdmsr and wrmsr")
{
	u32 lo, hi;
	u64 base = (u64)&slot_c;

	asm volatile("wrmsr" : : "c" (0xc0000100), "a" ((u32)base), "d" ((u32)(base >> 32)));
	EXPECT_EQ(read_fs(), 0xcccc);
	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (0xc0000100));
	EXPECT_EQ(lo | (u64)hi << 32, base);
	asm volatile("wrmsr" : : "c" (0xc0000101), "a" ((u32)base), "d" ((u32)(base >> 32)));
	EXPECT_EQ(read_gs(), 0xcccc);
	asm volatile("wrmsr" : : "c" (0xc0000102), "a" ((u32)base), "d" ((u32)(base >> 32)));
	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (0xc0000102));
	EXPECT_EQ(lo | (u64)hi << 32, base);
}

TEST(base_msr_bad, "wrmsr of a non-canonical base is #GP (XSA-193)")
{
	static const u32 msr[] = { 0xc0000100, 0xc0000101, 0xc0000102 };
	struct trap t;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		TRY(t, asm volatile("wrmsr" : : "c" (msr[i]), "a" (0), "d" (0x80000000)));
		EXPECT_TRAP(t, X_GP);
	}
}

TEST(base_sel_clears, "loading a null selector into FS: the base read back is sane")
{
	u32 lo, hi;

	EXPECT_EQ(hc2(set_segment_base, SEGBASE_FS, &slot_a), 0);
	asm volatile("mov %0, %%fs" : : "r" (0));
	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (0xc0000100));
	EXPECT(((u64)hi << 32 | lo) == 0 || ((u64)hi << 32 | lo) == (u64)&slot_a);
	hc2(set_segment_base, SEGBASE_FS, 0);
	hc2(set_segment_base, SEGBASE_GS_KERNEL, 0);
	hc2(set_segment_base, SEGBASE_GS_USER, 0);
}

/* ---- trap table and callbacks ---- */

TEST(trap_null, "set_trap_table: an unreadable table is -EFAULT")
{
	EXPECT_EQ(hc1(set_trap_table, BAD_ADDRESS), X_EFAULT);
	EXPECT_EQ(hc1(set_trap_table, HOLE_WINDOWS), X_EFAULT);
}

TEST(trap_noncanonical, "set_trap_table refuses a non-canonical handler")
{
	struct trap_info ti[2] = {
		{ .vector = 200, .cs = FLAT_KERNEL_CS, .address = NON_CANONICAL },
	};

	EXPECT_EQ(hc1(set_trap_table, ti), X_EINVAL);
}

TEST(trap_partial, "set_trap_table keeps the entries before a bad one")
{
	static struct trap_info ti[3] = {
		{ .vector = 0x80, .flags = 3, .cs = FLAT_KERNEL_CS },
		{ .vector = 0x91, .cs = FLAT_KERNEL_CS, .address = NON_CANONICAL },
	};
	struct trap t;

	ti[0].address = trap_stub(0x90);
	EXPECT_EQ(hc1(set_trap_table, ti), X_EINVAL);
	TRY(t, asm volatile("int $0x80"));
	EXPECT_TRAP(t, 0x90);
	trap_set(0x80, trap_stub(0x80), 3);
}

TEST(trap_cs, "a handler's CS is forced to CPL 3")
{
	struct trap t;
	struct trap_info ti[2] = {
		{ .vector = 0x80, .flags = 3, .cs = FLAT_KERNEL_CS & ~3, .address = trap_stub(0x92) },
	};

	EXPECT_EQ(hc1(set_trap_table, ti), 0);
	TRY(t, asm volatile("int $0x80"));
	EXPECT_TRAP(t, 0x92);
	trap_set(0x80, trap_stub(0x80), 3);
}

TEST(callback_unknown, "callback_op: unknown command or type is -ENOSYS")
{
	struct callback_register cb = { .type = 77, .address = (u64)event_stub };
	struct callback_unregister un = { .type = 77 };

	EXPECT_EQ(hc2(callback_op, CALLBACKOP_register, &cb), X_ENOSYS);
	EXPECT_EQ(hc2(callback_op, CALLBACKOP_unregister, &un), X_ENOSYS);
	EXPECT_EQ(hc2(callback_op, 99, &cb), X_ENOSYS);
}

TEST(callback_bad, "callback_op: non-canonical address -EINVAL, unreadable argument -EFAULT")
{
	struct callback_register cb = { .type = CALLBACKTYPE_event, .address = NON_CANONICAL };

	EXPECT_EQ(hc2(callback_op, CALLBACKOP_register, &cb), X_EINVAL);
	EXPECT_EQ(hc2(callback_op, CALLBACKOP_register, BAD_ADDRESS), X_EFAULT);
	EXPECT_EQ(hc2(callback_op, CALLBACKOP_unregister, BAD_ADDRESS), X_EFAULT);
}

TEST(callback_unregister, "callback_op: only the NMI callback can be unregistered")
{
	struct callback_unregister un = { .type = CALLBACKTYPE_event };

	EXPECT_EQ(hc2(callback_op, CALLBACKOP_unregister, &un), X_EINVAL);
	un.type = CALLBACKTYPE_failsafe;
	EXPECT_EQ(hc2(callback_op, CALLBACKOP_unregister, &un), X_EINVAL);
	un.type = CALLBACKTYPE_syscall;
	EXPECT_EQ(hc2(callback_op, CALLBACKOP_unregister, &un), X_EINVAL);
	un.type = CALLBACKTYPE_nmi;
	EXPECT_EQ(hc2(callback_op, CALLBACKOP_unregister, &un), 0);
}

TEST(set_callbacks, "set_callbacks is 0")
{
	EXPECT_EQ(hc3(set_callbacks, event_stub, failsafe_stub, syscall_stub), 0);
}

TEST(stack_switch, "stack_switch takes anything: it is judged when used")
{
	EXPECT_EQ(hc2(stack_switch, 0, 0), 0);
	EXPECT_EQ(hc2(stack_switch, 0xe010, NON_CANONICAL), 0);
	EXPECT_EQ(hc2(stack_switch, FLAT_KERNEL_SS, kernel_stack_top), 0);
}

TEST(descriptor_instructions, "sgdt and sidt show no more than the CPU lets CPL 3 see")
{
	struct { u16 size; u64 base; } __attribute__((packed)) d = { 0, 0 };
	struct trap t;

	TRY(t, asm volatile("sgdt %0" : "=m" (d)));
	EXPECT(!t.taken || t.vector == X_GP);
	TRY(t, asm volatile("sidt %0" : "=m" (d)));
	EXPECT(!t.taken || t.vector == X_GP);
}
