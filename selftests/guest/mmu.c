// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: mmu_update and update_va_mapping: every rule of the page tables that a
 * guest could try to break, and the error it gets.
 */
#include "guest.h"

#define BAD_ADDRESS	0x1000UL
#define VA		0x60000000UL	/* a place of our own */

static u8 *page;	/* an ordinary page */
static u64 page_mfn;

static void need_page(void)
{
	if (page)
		return;
	page = page_alloc();
	page_mfn = va_to_mfn(page);
	map_tables(VA);
}

static u64 l1_maddr(void) { need_page(); return pte_maddr(VA, 1); }
static u64 now(void) { return *pte_of(VA, 1); }

/* ---- plain use ---- */

TEST(set, "mmu_update sets and clears an L1 entry; the mapping works")
{
	need_page();
	EXPECT_EQ(pte_write(l1_maddr(), page_mfn * PAGE | PTE_RW_PAGE), 0);
	mmuext(MMUEXT_INVLPG_LOCAL, VA);
	*(volatile u64 *)VA = 0x1234;
	EXPECT_EQ(*(volatile u64 *)page, 0x1234);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
	EXPECT_EQ(now(), 0);
}

TEST(done, "mmu_update counts what was done")
{
	struct mmu_update req[4];
	unsigned int done = 99, i;

	for (i = 0; i < 4; i++) {
		req[i].ptr = l1_maddr() + 8 * i;
		req[i].val = page_mfn * PAGE | PTE_RO_PAGE;
	}
	EXPECT_EQ(mmu_updates(req, 4, &done), 0);
	EXPECT_EQ(done, 4);
	for (i = 0; i < 4; i++)
		req[i].val = 0;
	req[2].val = 0x1000 | PTE_RW_PAGE;	/* frame 1: not ours */
	EXPECT(mmu_updates(req, 4, &done) < 0);
	EXPECT_EQ(done, 2);
	req[2].val = 0;
	EXPECT_EQ(mmu_updates(req, 4, &done), 0);
}

TEST(zero, "mmu_update of no requests is 0")
{
	unsigned int done = 99;

	EXPECT_EQ(mmu_updates(NULL, 0, NULL), 0);
	EXPECT_EQ(mmu_updates((void *)BAD_ADDRESS, 0, &done), 0);
}

TEST(fault, "mmu_update with unreadable requests is -EFAULT")
{
	EXPECT_EQ(mmu_updates((void *)BAD_ADDRESS, 1, NULL), X_EFAULT);
	EXPECT_EQ(mmu_updates((void *)(HOLE_WINDOWS), 1, NULL), X_EFAULT);
	EXPECT_EQ(mmu_updates((void *)0x8000000000000000UL, 1, NULL), X_EFAULT);
}

TEST(count, "mmu_update with a huge count fails where the requests end")
{
	struct mmu_update *req = (void *)(VA + PAGE - sizeof(*req));
	unsigned int done = 0;

	need_page();
	REQUIRE(pte_write(l1_maddr(), page_mfn * PAGE | PTE_RW_PAGE) == 0);
	req->ptr = l1_maddr() + 80;
	req->val = 0;
	EXPECT_EQ(mmu_updates(req, 0x7fffffff, &done), X_EFAULT);
	EXPECT_EQ(done, 1);
	REQUIRE(pte_write(l1_maddr(), 0) == 0);
}

TEST(batch, "a batch of 512 updates")
{
	static struct mmu_update req[512];
	unsigned int done = 0, i, bad = 0;

	for (i = 0; i < 512; i++) {
		req[i].ptr = (l1_maddr() & ~(PAGE - 1)) + 8 * i;
		req[i].val = page_mfn * PAGE | PTE_RO_PAGE;
	}
	EXPECT_EQ(mmu_updates(req, 512, &done), 0);
	EXPECT_EQ(done, 512);
	for (i = 0; i < 512; i++) {
		bad += *(volatile u64 *)(VA + i * PAGE) != *(u64 *)page;
		req[i].val = 0;
	}
	EXPECT_EQ(bad, 0);
	EXPECT_EQ(mmu_updates(req, 512, NULL), 0);
}

/* ---- what the entry may say ---- */

TEST(user_bit, "the user bit is forced on: the guest kernel runs at CPL 3")
{
	EXPECT_EQ(pte_write(l1_maddr(), page_mfn * PAGE | PTE_P | PTE_RW | PTE_A | PTE_D), 0);
	EXPECT_EQ(now() & PTE_US, PTE_US);
	*(volatile u64 *)VA = 0x55;
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(absent_bits, "a not-present entry may hold anything (swap entries), and reads back")
{
	u64 val = 0x0123456789abcd00UL & ~PTE_P;

	EXPECT_EQ(pte_write(l1_maddr(), val), 0);
	if (now() != val)	/* L1TF hosts: inverted or stripped, but never present */
		EXPECT_EQ(now() & PTE_P, 0);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(available, "the three bits for software survive")
{
	EXPECT_EQ(pte_write(l1_maddr(), page_mfn * PAGE | PTE_RO_PAGE | 0xe00), 0);
	EXPECT_EQ(now() & 0xe00, 0xe00);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(nx, "NX in an entry is honoured")
{
	struct trap t;

	EXPECT_EQ(pte_write(l1_maddr(), page_mfn * PAGE | PTE_RO_PAGE | PTE_NX), 0);
	mmuext(MMUEXT_INVLPG_LOCAL, VA);
	TRY(t, asm volatile("call *%0" : : "r" (VA)));
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error, PF_P | PF_I);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(reserved, "address bits beyond the machine's are no frame of ours")
{
	EXPECT(pte_write(l1_maddr(), 0x000ff00000000000UL | PTE_RW_PAGE) < 0);
	EXPECT(pte_write(l1_maddr(), PTE_MFN | PTE_RW_PAGE) < 0);
	EXPECT_EQ(now(), 0);
}

TEST(high_available, "bits 52..62 of an entry do no harm")
{
	long ret = pte_write(l1_maddr(), page_mfn * PAGE | PTE_RO_PAGE | 0x7ff0000000000000UL);
	struct trap t;

	if (!ret) {
		TRY(t, (void)*(volatile u64 *)VA);
		EXPECT(!t.taken || t.vector == X_PF);
		EXPECT_EQ(t.regs.error & PF_RSVD, 0);
	} else {
		EXPECT_EQ(ret, X_EINVAL);
	}
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(cache_bits,
	"cache attributes: Xen refuses them, lodge strips or refuses them; RAM stays "
	"write-back")
{
	static const u64 bits[] = { PTE_PCD, PTE_PWT, PTE_PCD | PTE_PWT, PTE_PSE /* PAT */ };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(bits); i++) {
		long ret = pte_write(l1_maddr(), page_mfn * PAGE | PTE_RW_PAGE | bits[i]);

		EXPECT(ret == 0 || ret == X_EINVAL || ret == X_EPERM);
		if (on_lodge() && !ret)
			EXPECT_EQ(now() & bits[i], 0);
		EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
	}
}

TEST(global_bit, "the global bit: nothing the guest sets reaches another address space")
{
	long ret = pte_write(l1_maddr(), page_mfn * PAGE | PTE_RW_PAGE | PTE_G);

	EXPECT(ret == 0 || ret == X_EINVAL);
	if (on_lodge() && !ret)
		EXPECT_EQ(now() & PTE_G, 0);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

/* ---- frames of others ---- */

TEST(foreign, "no frame but the domain's own can be mapped")
{
	static const u64 mfn[] = { 0, 1, 2, 0x9f, 0xa0, 0xb8, 0xf0, 0x100, 0x1000, 0xfee00,
				   0xfec00, 0xfffff, 0x100000, 0xffffff, 0xffffffff,
				   0xffffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(mfn); i++) {
		EXPECT(pte_write(l1_maddr(), mfn[i] * PAGE | PTE_RW_PAGE) < 0);
		EXPECT(pte_write(l1_maddr(), mfn[i] * PAGE | PTE_RO_PAGE) < 0);
		EXPECT_EQ(now(), 0);
	}
}

static bool own(u64 mfn)
{
	u64 pfn;

	for (pfn = 0; pfn < start_info->nr_pages; pfn++)
		if (pfn_to_mfn(pfn) == mfn)
			return true;
	return false;
}

TEST(foreign_random, "two thousand random frames: not one of another's can be mapped")
{
	u64 seed = 88172645463325252UL;
	unsigned int i, mapped = 0;

	need_page();
	for (i = 0; i < 2000; i++) {
		u64 mfn;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		mfn = seed % 0x100000;
		if (!pte_write(l1_maddr(), mfn * PAGE | PTE_RO_PAGE) &&
		    !own(mfn) && mfn != start_info->shared_info / PAGE)
			mapped++;
	}
	EXPECT_EQ(mapped, 0);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(neighbours, "the frames next to the domain's own cannot be mapped unless they are its own")
{
	unsigned int mapped = 0;
	u64 pfn, mfn;

	for (pfn = 0; pfn < start_info->nr_pages; pfn += 97)
		for (mfn = pfn_to_mfn(pfn) - 2; mfn <= pfn_to_mfn(pfn) + 2; mfn++)
			if (!own(mfn) && !pte_write(l1_maddr(), mfn * PAGE | PTE_RO_PAGE) &&
			    mfn != start_info->shared_info / PAGE)
				mapped++;
	EXPECT_EQ(mapped, 0);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(shared_info_twice, "shared_info may be mapped a second time, writable")
{
	EXPECT_EQ(pte_write(l1_maddr(), start_info->shared_info | PTE_RW_PAGE), 0);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

/* ---- tables stay read-only ---- */

static u64 table_mfn(int level)
{
	u64 *e = pte_of(VA, level);

	return va_to_mfn((void *)((u64)e & ~(PAGE - 1)));
}

TEST(table_ro, "an L1, L2, L3 and L4 table may be mapped read-only")
{
	int level;

	need_page();
	for (level = 1; level <= 4; level++) {
		EXPECT_EQ(pte_set((void *)VA, table_mfn(level) * PAGE | PTE_RO_PAGE), 0);
		EXPECT_EQ(*(volatile u64 *)VA, *(u64 *)((u64)pte_of(VA, level) & ~(PAGE - 1)));
	}
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(table_rw_mmu, "no table can be mapped writable: mmu_update")
{
	int level;

	need_page();
	for (level = 1; level <= 4; level++)
		EXPECT(pte_write(l1_maddr(), table_mfn(level) * PAGE | PTE_RW_PAGE) < 0);
	EXPECT_EQ(now(), 0);
}

TEST(table_rw_va, "no table can be mapped writable: update_va_mapping")
{
	int level;

	need_page();
	for (level = 1; level <= 4; level++)
		EXPECT(pte_set((void *)VA, table_mfn(level) * PAGE | PTE_RW_PAGE) < 0);
	EXPECT_EQ(now(), 0);
}

TEST(table_rw_flags_xsa182,
	"RW cannot be added to a table's mapping by changing flags only (XSA-182)")
{
	int level;

	need_page();
	for (level = 1; level <= 4; level++) {
		u64 ro = table_mfn(level) * PAGE | PTE_RO_PAGE;

		EXPECT_EQ(pte_write(l1_maddr(), ro), 0);
		EXPECT(pte_write(l1_maddr(), ro | PTE_RW) < 0);
		EXPECT(pte_write(l1_maddr(), ro | PTE_RW | PTE_D) < 0);
		EXPECT(pte_write(l1_maddr() | MMU_PT_UPDATE_PRESERVE_AD, ro | PTE_RW) < 0);
		EXPECT(pte_set((void *)VA, ro | PTE_RW) < 0);
		EXPECT_EQ(now() & PTE_RW, 0);
	}
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(l4_flags_xsa182, "nor at L4, L3, L2: a table linked read-only is still checked (XSA-182)")
{
	u64 *fresh = page_alloc();	/* stays writable */
	int level;

	need_page();
	for (level = 2; level <= 4; level++) {
		u64 e = pte_maddr(VA + 0x8000000000UL * 5, 4);

		if (level == 4)
			EXPECT(pte_write(e, va_to_mfn(fresh) * PAGE | PTE_RW_PAGE) < 0);
		else
			EXPECT(pte_write(pte_maddr(VA, level) + 8 * 17,
					 va_to_mfn(fresh) * PAGE | PTE_RW_PAGE) < 0);
	}
	page_free(fresh);
}

TEST(pse_xsa148, "PSE in an L2 entry is refused: no superpages (XSA-148)")
{
	u64 maddr = pte_maddr(VA, 2);
	u64 free = maddr + 8;		/* the next 2 MiB */
	u64 old = *pte_of(VA, 2);

	need_page();
	EXPECT_EQ(pte_write(free, (page_mfn & ~511UL) * PAGE | PTE_RW_PAGE | PTE_PSE), X_EINVAL);
	EXPECT_EQ(pte_write(free, PTE_RW_PAGE | PTE_PSE), X_EINVAL);
	EXPECT(pte_write(maddr, old | PTE_PSE) < 0);
	EXPECT_EQ(pte_write(maddr | MMU_PT_UPDATE_PRESERVE_AD, old | PTE_PSE), X_EINVAL);
	EXPECT_EQ(*pte_of(VA, 2) & PTE_PSE, 0);
}

TEST(pse_l3_l4, "PSE in L3 and L4 entries is refused, too (XSA-148)")
{
	u64 m3, m4;

	need_page();
	m3 = pte_maddr(VA, 3);
	m4 = pte_maddr(VA, 4);
	EXPECT(pte_write(m3 + 8 * 9, (page_mfn & ~0x3ffffUL) * PAGE | PTE_RW_PAGE | PTE_PSE) < 0);
	EXPECT(pte_write(m3, *pte_of(VA, 3) | PTE_PSE) < 0);
	EXPECT(pte_write(m4, *pte_of(VA, 4) | PTE_PSE) < 0);
}

TEST(link_writable, "a page that is mapped writable cannot be linked as a table")
{
	u64 *fresh = page_alloc();
	int level;

	need_page();
	for (level = 2; level <= 4; level++)
		EXPECT(pte_write(pte_maddr(VA, level) + 8 * 33,
				 va_to_mfn(fresh) * PAGE | PTE_RW_PAGE) < 0);
	fresh[0] = 1;
	page_free(fresh);
}

TEST(link_then_write, "a page linked as a table cannot be made writable until unlinked")
{
	u64 *fresh = page_alloc();
	u64 rw = va_to_mfn(fresh) * PAGE | PTE_RW_PAGE;
	u64 slot;

	need_page();
	slot = pte_maddr(VA, 2) + 8 * 34;
	page_ro(fresh);
	EXPECT_EQ(pte_write(slot, rw), 0);
	EXPECT(pte_set(fresh, rw) < 0);
	EXPECT_EQ(pte_write(slot, 0), 0);
	EXPECT_EQ(pte_set(fresh, rw), 0);
	page_free(fresh);
}

TEST(link_garbage, "a page with garbage cannot become a table, and stays what it was")
{
	u64 *fresh = page_alloc();
	u64 slot;

	need_page();
	slot = pte_maddr(VA, 2) + 8 * 35;
	fresh[77] = 0x1000 | PTE_RW_PAGE;	/* frame 1 */
	page_ro(fresh);
	EXPECT(pte_write(slot, va_to_mfn(fresh) * PAGE | PTE_RW_PAGE) < 0);
	page_rw(fresh);
	EXPECT_EQ(fresh[77], 0x1000 | PTE_RW_PAGE);
	fresh[77] = 0;
	fresh[511] = ~0UL;
	page_ro(fresh);
	EXPECT(pte_write(slot, va_to_mfn(fresh) * PAGE | PTE_RW_PAGE) < 0);
	page_rw(fresh);
	page_free(fresh);
}

TEST(link_wrong_level, "an L1 table cannot be linked where an L2 or L3 belongs, nor the reverse")
{
	u64 l1, l2, l3;

	need_page();
	l1 = table_mfn(1) * PAGE | PTE_RW_PAGE;
	l2 = table_mfn(2) * PAGE | PTE_RW_PAGE;
	l3 = table_mfn(3) * PAGE | PTE_RW_PAGE;
	EXPECT(pte_write(pte_maddr(VA, 4) + 8 * 7, l2) < 0);
	EXPECT(pte_write(pte_maddr(VA, 4) + 8 * 7, l1) < 0);
	EXPECT(pte_write(pte_maddr(VA, 3) + 8 * 7, l1) < 0);
	EXPECT(pte_write(pte_maddr(VA, 3) + 8 * 7, l3) < 0);
	EXPECT(pte_write(pte_maddr(VA, 2) + 8 * 36, l2) < 0);
	EXPECT(pte_write(pte_maddr(VA, 2) + 8 * 36, l3) < 0);
}

TEST(linear, "linear page tables: lodge refuses them; Xen may not")
{
	u64 maddr, self;
	long ret;

	need_page();
	maddr = pte_maddr(VA, 4) + 8 * 6;
	self = table_mfn(4) * PAGE;
	ret = pte_write(maddr, self | PTE_RW_PAGE);
	EXPECT(ret < 0);	/* writable: refused by both */
	ret = pte_write(maddr, self | PTE_RO_PAGE);
	if (on_lodge())
		EXPECT(ret < 0);
	EXPECT_EQ(pte_write(maddr, 0), 0);
}

TEST(share_l1, "one L1 table may be linked twice")
{
	u64 slot, l1;

	need_page();
	slot = pte_maddr(VA, 2) + 8 * 37;
	l1 = table_mfn(1);
	REQUIRE(pte_write(l1_maddr(), page_mfn * PAGE | PTE_RW_PAGE) == 0);
	EXPECT_EQ(pte_write(slot, l1 * PAGE | PTE_RW_PAGE), 0);
	*(volatile u64 *)page = 0x4321;
	EXPECT_EQ(*(volatile u64 *)((VA & ~0x1fffffUL) + 37 * 0x200000), 0x4321);
	EXPECT_EQ(pte_write(slot, 0), 0);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

/* ---- the hole ---- */

TEST(hole_slots, "L4 entries 256..271 belong to the hypervisor: updates are refused")
{
	u64 base = va_to_mfn((void *)start_info->pt_base) * PAGE;
	u64 fresh;
	int i;

	need_page();
	fresh = table_mfn(3) * PAGE | PTE_RW_PAGE;
	for (i = 256; i < 272; i++) {
		EXPECT(pte_write(base + 8 * i, fresh) < 0);
		EXPECT(pte_write(base + 8 * i, 0) < 0);
		EXPECT(pte_write(base + 8 * i, page_mfn * PAGE | PTE_RW_PAGE) < 0);
	}
}

TEST(hole_neighbours, "L4 entries 255 and 272 are the guest's")
{
	u64 base = va_to_mfn((void *)start_info->pt_base) * PAGE;

	EXPECT_EQ(pte_write(base + 8 * 255, 0), 0);
	EXPECT_EQ(pte_write(base + 8 * 272, 0), 0);
	EXPECT_EQ(pte_write(base + 8 * 300, 0), 0);
}

TEST(hole_va, "update_va_mapping of an address in the hole is refused")
{
	static const u64 va[] = { HOLE_FIRST, HOLE_FIRST + PAGE, 0xffff848000000000UL,
				  0xffff810000000000UL, 0xffff87fffffff000UL };
	unsigned int i;

	need_page();
	for (i = 0; i < ARRAY_LEN(va); i++)
		EXPECT(hc3(update_va_mapping, va[i], page_mfn * PAGE | PTE_RW_PAGE, 0) < 0);
}

/* ---- update_va_mapping ---- */

TEST(va_none, "update_va_mapping where there is no L1 is -EINVAL")
{
	need_page();
	EXPECT_EQ(hc3(update_va_mapping, 0x7f0000000000UL, page_mfn * PAGE | PTE_RW_PAGE, 0),
		  X_EINVAL);
}

TEST(va_noncanonical, "update_va_mapping of a non-canonical address fails or means its 48 bits")
{
	long ret;

	need_page();
	ret = hc3(update_va_mapping, 0x8000000000000000UL, page_mfn * PAGE | PTE_RW_PAGE, 0);
	EXPECT_EQ(ret, X_EINVAL);
}

TEST(va_flags, "update_va_mapping: every flush flag is taken, INVLPG and full, local and all")
{
	static const u64 flags[] = { UVMF_NONE, UVMF_TLB_FLUSH | UVMF_LOCAL,
				     UVMF_TLB_FLUSH | UVMF_ALL, UVMF_INVLPG | UVMF_LOCAL,
				     UVMF_INVLPG | UVMF_ALL };
	unsigned int i;

	need_page();
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		EXPECT_EQ(hc3(update_va_mapping, VA, page_mfn * PAGE | PTE_RW_PAGE, flags[i]), 0);
		EXPECT_EQ(hc3(update_va_mapping, VA, 0, flags[i]), 0);
	}
}

TEST(va_multi, "update_va_mapping: a flush mask in the pointer's place is read, bad ones -EFAULT")
{
	u64 mask = 1;

	need_page();
	EXPECT_EQ(hc3(update_va_mapping, VA, 0, (u64)&mask | UVMF_INVLPG), 0);
	EXPECT_EQ(hc3(update_va_mapping, VA, 0, (u64)&mask | UVMF_TLB_FLUSH), 0);
	EXPECT_EQ(hc3(update_va_mapping, VA, 0, BAD_ADDRESS | UVMF_TLB_FLUSH), X_EFAULT);
}

TEST(va_bad, "update_va_mapping of a foreign frame fails and leaves the entry alone")
{
	need_page();
	REQUIRE(pte_write(l1_maddr(), page_mfn * PAGE | PTE_RO_PAGE) == 0);
	EXPECT(hc3(update_va_mapping, VA, 0x1000 | PTE_RW_PAGE, 0) < 0);
	EXPECT_EQ(now() & PTE_MFN, page_mfn * PAGE);
	REQUIRE(pte_write(l1_maddr(), 0) == 0);
}

TEST(va_otherdomain, "update_va_mapping_otherdomain: other domains are refused")
{
	need_page();
	EXPECT(hc4(update_va_mapping_otherdomain, VA, 0x1000 | PTE_RO_PAGE, 0, 0) < 0);
	EXPECT(hc4(update_va_mapping_otherdomain, VA, 0x1000 | PTE_RO_PAGE, 0, 0x1234) < 0);
	EXPECT(hc4(update_va_mapping_otherdomain, VA, 0x1000 | PTE_RO_PAGE, 0, DOMID_IO) < 0);
	EXPECT(hc4(update_va_mapping_otherdomain, VA, 0x1000 | PTE_RO_PAGE, 0, DOMID_XEN) < 0);
	EXPECT_EQ(now(), 0);
}

/* ---- mmu_update's other faces ---- */

TEST(bad_ptr, "mmu_update on a frame that is not ours fails")
{
	static const u64 mfn[] = { 0, 1, 0x100, 0xfffff, 0xffffffff, 0xffffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(mfn); i++)
		EXPECT(pte_write(mfn[i] * PAGE, 0) < 0);
}

TEST(ordinary_page, "mmu_update on an ordinary page of ours writes it, entry or not")
{
	need_page();
	EXPECT_EQ(pte_write(page_mfn * PAGE + 64, 0x1122334455667788UL), 0);
	EXPECT_EQ(*(volatile u64 *)(page + 64), 0x1122334455667788UL);
}

TEST(unaligned, "mmu_update at an unaligned address: the low bits are the command or -EINVAL")
{
	u64 old;

	need_page();
	old = now();
	EXPECT(pte_write(l1_maddr() + 4, page_mfn * PAGE | PTE_RO_PAGE) < 0 || now() == old);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(machphys, "MMU_MACHPHYS_UPDATE sets the M2P entry of an own frame")
{
	u64 pfn;

	need_page();
	pfn = mfn_to_pfn(page_mfn);
	EXPECT_EQ(pte_write(page_mfn * PAGE | MMU_MACHPHYS_UPDATE, 0x123), 0);
	EXPECT_EQ(mfn_to_pfn(page_mfn), 0x123);
	EXPECT_EQ(pte_write(page_mfn * PAGE | MMU_MACHPHYS_UPDATE, pfn), 0);
	EXPECT_EQ(mfn_to_pfn(page_mfn), pfn);
}

TEST(machphys_foreign, "MMU_MACHPHYS_UPDATE of a foreign frame is refused")
{
	EXPECT(pte_write(0 | MMU_MACHPHYS_UPDATE, 1) < 0);
	EXPECT(pte_write(0x1000 | MMU_MACHPHYS_UPDATE, 1) < 0);
	EXPECT(pte_write(0xffffffffff000UL | MMU_MACHPHYS_UPDATE, 1) < 0);
}

TEST(preserve_ad, "PRESERVE_AD keeps A and D of the old entry")
{
	need_page();
	REQUIRE(pte_write(l1_maddr(), page_mfn * PAGE | PTE_P | PTE_US | PTE_RW | PTE_A | PTE_D) == 0);
	EXPECT_EQ(pte_write(l1_maddr() | MMU_PT_UPDATE_PRESERVE_AD,
			    page_mfn * PAGE | PTE_P | PTE_US), 0);
	EXPECT_EQ(now() & (PTE_A | PTE_D | PTE_RW), PTE_A | PTE_D);
	EXPECT_EQ(pte_write(l1_maddr(), page_mfn * PAGE | PTE_P | PTE_US), 0);
	EXPECT_EQ(now() & (PTE_A | PTE_D), 0);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(bad_command, "mmu_update: command 3 without its meaning fails or is a plain update")
{
	long ret = pte_write(l1_maddr() | 3, 0);

	EXPECT(ret == 0 || ret == X_ENOSYS || ret == X_EINVAL);
}

TEST(foreigndom, "mmu_update in another domain's name is refused")
{
	struct mmu_update req = { .ptr = l1_maddr(), .val = 0 };

	EXPECT(hc4(mmu_update, &req, 1, NULL, 0) < 0);
	EXPECT(hc4(mmu_update, &req, 1, NULL, 0x1234) < 0);
	EXPECT(hc4(mmu_update, &req, 1, NULL, 0x10000) < 0);
}

TEST(result_fault, "an unwritable count is not an error of the updates")
{
	struct mmu_update req = { .ptr = l1_maddr(), .val = page_mfn * PAGE | PTE_RO_PAGE };

	EXPECT_EQ(mmu_updates(&req, 1, (void *)BAD_ADDRESS), 0);
	EXPECT_EQ(now() & PTE_MFN, page_mfn * PAGE);
	EXPECT_EQ(pte_write(l1_maddr(), 0), 0);
}

TEST(result_in_table_xsa212, "the count cannot be written into a table or the hole (XSA-212)")
{
	struct mmu_update req = { .ptr = l1_maddr(), .val = 0 };
	u64 *l4 = (u64 *)start_info->pt_base;
	u64 old = l4[400];

	mmu_updates(&req, 1, (void *)&l4[400]);
	EXPECT_EQ(l4[400], old);
	mmu_updates(&req, 1, (void *)(HOLE_WINDOWS));
	mmu_updates(&req, 1, (void *)(HOLE_FIRST + 8 * page_mfn));
	EXPECT_EQ(mfn_to_pfn(page_mfn), ((u64)page - VIRT_BASE) / PAGE);
}

/* ---- upper levels ---- */

TEST(l2_clear, "an L2 entry can be cleared and set again, the mappings behind it with it")
{
	u64 m2, old;
	struct trap t;

	need_page();
	REQUIRE(pte_write(l1_maddr(), page_mfn * PAGE | PTE_RW_PAGE) == 0);
	m2 = pte_maddr(VA, 2);
	old = *pte_of(VA, 2);
	(void)*(volatile u64 *)VA;
	EXPECT_EQ(pte_write(m2, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	TRY(t, (void)*(volatile u64 *)VA);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error, 0);
	EXPECT_EQ(pte_write(m2, old), 0);
	TRY(t, (void)*(volatile u64 *)VA);
	EXPECT_NO_TRAP(t);
	REQUIRE(pte_write(l1_maddr(), 0) == 0);
}

TEST(l2_read_only, "an L2 entry without RW makes its 2 MiB read-only")
{
	u64 m2, old;
	struct trap t;

	need_page();
	REQUIRE(pte_write(l1_maddr(), page_mfn * PAGE | PTE_RW_PAGE) == 0);
	m2 = pte_maddr(VA, 2);
	old = *pte_of(VA, 2);
	EXPECT_EQ(pte_write(m2, old & ~PTE_RW), 0);
	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	TRY(t, *(volatile u64 *)VA = 1);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(t.regs.error, PF_P | PF_W);
	EXPECT_EQ(pte_write(m2, old), 0);
	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	TRY(t, *(volatile u64 *)VA = 1);
	EXPECT_NO_TRAP(t);
	REQUIRE(pte_write(l1_maddr(), 0) == 0);
}

TEST(l4_unlink, "an L4 entry can be cleared and set again")
{
	u64 va = 0x200000000000UL, m4, old;
	struct trap t;

	REQUIRE(map_va(va, va_to_mfn(page_alloc()) * PAGE | PTE_RW_PAGE) == 0);
	*(volatile u64 *)va = 7;
	m4 = pte_maddr(va, 4);
	old = *pte_of(va, 4);
	EXPECT_EQ(pte_write(m4, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	TRY(t, (void)*(volatile u64 *)va);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(pte_write(m4, old), 0);
	EXPECT_EQ(*(volatile u64 *)va, 7);
}
