// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Frames, the heap and page tables of a tiny guest.
 *
 * Everything the guest owns is reached through the initial mapping, where
 * pseudo-physical frame n lies at VIRT_BASE + n pages; what the builder left
 * free of it is the heap.
 */
#include "guest.h"

struct shared_info *shared_info;

static char shared_info_page[PAGE] __attribute__((aligned(4096)));
static u64 *heap;
static unsigned long heap_pages;
static u64 *l4;

extern char _image_start[], _image_end[];

#define M2P	((const volatile u64 *)MACH2PHYS_VIRT_START)

u64 pfn_to_mfn(u64 pfn) { return ((const u64 *)start_info->mfn_list)[pfn]; }
u64 mfn_to_pfn(u64 mfn) { return M2P[mfn]; }
void *pfn_to_va(u64 pfn) { return (void *)(VIRT_BASE + pfn * PAGE); }
u64 va_to_mfn(const void *va) { return pfn_to_mfn(((u64)va - VIRT_BASE) >> PAGE_BITS); }

/* The entry that maps @va at @level (4..1), or NULL: some table is missing. */
u64 *pte_of(u64 va, int level)
{
	u64 *table = l4;
	int l;

	for (l = 4; ; l--) {
		u64 *e = &table[va >> (PAGE_BITS + 9 * (l - 1)) & 511];

		if (l == level)
			return e;
		if (!(*e & PTE_P) || (*e & PTE_PSE))
			return NULL;
		table = pfn_to_va(mfn_to_pfn((*e & PTE_MFN) >> PAGE_BITS));
	}
}

u64 pte_maddr(u64 va, int level)
{
	u64 *e = pte_of(va, level);

	REQUIRE(e);
	return va_to_mfn((void *)((u64)e & ~(PAGE - 1))) * PAGE + ((u64)e & (PAGE - 1));
}

long pte_set(void *va, u64 pte)
{
	return hc3(update_va_mapping, va, pte, UVMF_INVLPG | UVMF_LOCAL);
}

long mmu_updates(struct mmu_update *req, unsigned int n, unsigned int *done)
{
	return hc4(mmu_update, req, n, done, DOMID_SELF);
}

long pte_write(u64 maddr, u64 val)
{
	struct mmu_update req = { .ptr = maddr, .val = val };

	return mmu_updates(&req, 1, NULL);
}

long mmuext2(unsigned int cmd, u64 arg1, u64 arg2)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1;
	op.arg2.src_mfn = arg2;		/* the widest member of the union */
	return hc4(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

long mmuext(unsigned int cmd, u64 arg)
{
	return mmuext2(cmd, arg, 0);
}

static bool in_range(u64 va, u64 start, u64 len)
{
	return va + PAGE > start && va < start + len;
}

static bool page_is_used(u64 va)
{
	struct start_info *si = start_info;

	return in_range(va, (u64)_image_start, _image_end - _image_start) ||
	       in_range(va, si->mfn_list, si->nr_pages * sizeof(u64)) ||
	       in_range(va, (u64)si, PAGE) ||
	       in_range(va, si->pt_base, si->nr_pt_frames * PAGE) ||
	       in_range(va, (u64)console_ring & ~(PAGE - 1), PAGE) ||
	       in_range(va, (boot_regs[0] - 1) & ~(PAGE - 1), 2 * PAGE) ||
	       (si->mod_start && in_range(va, si->mod_start, si->mod_len)) ||
	       (si->store_mfn && pfn_to_mfn((va - VIRT_BASE) >> PAGE_BITS) == si->store_mfn);
}

void mm_init(struct start_info *si)
{
	u64 pfn, va, *e;

	l4 = (u64 *)si->pt_base;
	shared_info = (struct shared_info *)shared_info_page;
	if (pte_set(shared_info_page, si->shared_info | PTE_RW_PAGE)) {
		print("Bail out! shared_info cannot be mapped\n");
		shutdown(SHUTDOWN_crash);
	}
	for (pfn = 0; pfn < si->nr_pages; pfn++) {
		va = (u64)pfn_to_va(pfn);
		e = pte_of(va, 1);
		if (!e || (*e & (PTE_P | PTE_RW)) != (PTE_P | PTE_RW) || page_is_used(va))
			continue;
		*(u64 *)va = (u64)heap;
		heap = (u64 *)va;
		heap_pages++;
	}
}

unsigned long pages_free(void) { return heap_pages; }

void *page_alloc(void)
{
	u64 *page = heap;

	REQUIRE(page);
	heap = (u64 *)*page;
	heap_pages--;
	memset(page, 0, PAGE);
	return page;
}

void page_free(void *page)
{
	*(u64 *)page = (u64)heap;
	heap = page;
	heap_pages++;
}

void page_ro(void *page)
{
	REQUIRE(pte_set(page, va_to_mfn(page) * PAGE | PTE_RO_PAGE) == 0);
}

void page_rw(void *page)
{
	REQUIRE(pte_set(page, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
}

/* Make the tables down to the L1 that maps @va exist. */
void map_tables(u64 va)
{
	int level;

	for (level = 4; level > 1; level--) {
		u64 *e = pte_of(va, level);
		void *page;

		if (*e & PTE_P)
			continue;
		page = page_alloc();
		page_ro(page);
		REQUIRE(pte_write(pte_maddr(va, level),
				  va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	}
}

/* Map anything anywhere, making tables as needed. */
long map_va(u64 va, u64 pte)
{
	map_tables(va);
	return pte_set((void *)va, pte);
}

/* A read-only page that holds a copy of the current L4 without the hole. */
u64 *l4_clone(void)
{
	u64 *page = page_alloc();
	int i;

	for (i = 0; i < 512; i++)
		if (i < 256 || i > 271)
			page[i] = l4[i];
	page_ro(page);
	return page;
}
