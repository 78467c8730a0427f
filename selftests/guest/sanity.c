// SPDX-License-Identifier: GPL-2.0-only
/* DOC: What a domain finds at its first instruction. */
#include "guest.h"

TEST(magic, "start_info has the ABI's magic")
{
	EXPECT_EQ(strncmp(start_info->magic, "xen-3.0-x86_64", 15), 0);
}

TEST(nr_pages, "start_info.nr_pages is whole MiB, 16 to 32 of them as these guests are booted")
{
	EXPECT_EQ(start_info->nr_pages & 255, 0);
	EXPECT(start_info->nr_pages >= 16 << 8 && start_info->nr_pages <= 32 << 8);
}

TEST(flags, "start_info.flags: unprivileged")
{
	EXPECT_EQ(start_info->flags & (SIF_PRIVILEGED | SIF_INITDOMAIN), 0);
}

TEST(si_reg, "RSI holds start_info's virtual address, page-aligned")
{
	EXPECT_EQ(boot_regs[1], (u64)start_info);
	EXPECT_EQ(boot_regs[1] & (PAGE - 1), 0);
}

TEST(other_regs, "the other registers are 0 at entry")
{
	int i;

	for (i = 2; i < 10; i++)
		EXPECT_EQ(boot_regs[i], 0);
}

TEST(selectors, "flat selectors of the ABI at entry")
{
	EXPECT_EQ(boot_regs[11], FLAT_KERNEL_CS);
	EXPECT_EQ(boot_regs[12], FLAT_KERNEL_SS);
	EXPECT_EQ(boot_regs[15], 0);
	EXPECT_EQ(boot_regs[16], 0);
}

TEST(rflags, "RFLAGS at entry: IF, nothing else of weight")
{
	EXPECT_EQ(boot_regs[10] & (FL_IF | FL_TF | FL_DF | FL_NT | FL_AC | FL_IOPL),
		  FL_IF);
}

TEST(cpl, "the guest kernel runs at CPL 3")
{
	u16 cs;

	asm("mov %%cs, %0" : "=r" (cs));
	EXPECT_EQ(cs & 3, 3);
}

TEST(masked, "events start masked on vCPU 0")
{
	/* The library masks too; what it found is gone, so ask a fresh vCPU's. */
	EXPECT_EQ(VCPU_INFO->evtchn_upcall_mask, 1);
}

TEST(stack, "the boot stack is writable and lies in the initial mapping")
{
	u64 *e = pte_of(boot_regs[0] - 8, 1);

	REQUIRE(e);
	EXPECT_EQ(*e & (PTE_P | PTE_RW), PTE_P | PTE_RW);
}

TEST(spare, "at least 512 KiB of the initial mapping lie behind the boot stack")
{
	u64 va = boot_regs[0] & ~(PAGE - 1);
	unsigned long n = 0;
	u64 *e;

	for (; (e = pte_of(va, 1)) && (*e & PTE_P); va += PAGE)
		n++;
	EXPECT(n >= 128);
	EXPECT_EQ(va & 0x3fffff, 0);
}

TEST(tables_ro, "the page tables are mapped read-only")
{
	unsigned long i;

	EXPECT(start_info->nr_pt_frames >= 4);
	for (i = 0; i < start_info->nr_pt_frames; i++) {
		u64 *e = pte_of(start_info->pt_base + i * PAGE, 1);

		REQUIRE(e);
		EXPECT_EQ(*e & (PTE_P | PTE_RW), PTE_P);
	}
}

TEST(user_bits,
	"every entry of the initial tables has the user bit; no superpage; lodge: none global")
{
	u64 global = on_lodge() ? PTE_G : 0;	/* Xen marks user pages global itself */
	u64 va;
	u64 *e;
	int level;

	for (va = VIRT_BASE; (e = pte_of(va, 1)); va += PAGE) {
		if (*e & PTE_P) {
			EXPECT_EQ(*e & (PTE_US | global), PTE_US);
		}
		if (va & 0x1fffff)
			continue;
		for (level = 4; level > 1; level--)
			EXPECT_EQ(*pte_of(va, level) & (PTE_P | PTE_US | PTE_PSE),
				  PTE_P | PTE_US);
	}
}

TEST(p2m, "mfn_list: every frame once, none 0, all different")
{
	u64 pfn, bad = 0;

	for (pfn = 0; pfn < start_info->nr_pages; pfn++)
		bad += pfn_to_mfn(pfn) == 0 || mfn_to_pfn(pfn_to_mfn(pfn)) != pfn;
	EXPECT_EQ(bad, 0);
}

TEST(linear, "frame n is mapped at VIRT_BASE + n pages")
{
	u64 va, *e, bad = 0;

	for (va = VIRT_BASE; (e = pte_of(va, 1)); va += PAGE)
		if ((*e & PTE_P) && va != (u64)shared_info)
			bad += (*e & PTE_MFN) >> PAGE_BITS != va_to_mfn((void *)va);
	EXPECT_EQ(bad, 0);
}

TEST(bss, "bss is zero")
{
	static u64 zero[4096];
	int i;

	for (i = 0; i < 4096; i++)
		EXPECT_EQ(zero[i], 0);
}

TEST(fresh, "memory nobody has written is zero (XSA-100, XSA-313)")
{
	u64 *page, bad = 0;
	u64 va;
	int i;

	/* Frames behind the initial mapping: map them one by one. */
	page = page_alloc();
	for (va = 2048; va < start_info->nr_pages; va += 61) {
		REQUIRE(pte_set(page, pfn_to_mfn(va) * PAGE | PTE_RW_PAGE) == 0);
		for (i = 0; i < 512; i++)
			bad += page[i] != 0;
	}
	EXPECT_EQ(bad, 0);
}

TEST(console, "the console ring and its port were named")
{
	EXPECT(console_ring);
	EXPECT(start_info->console.domU.evtchn > 0);
}

TEST(cmdline, "the command line is there and ends within its bounds")
{
	unsigned int i;

	for (i = 0; i < MAX_GUEST_CMDLINE && start_info->cmd_line[i]; i++)
		;
	EXPECT(i < MAX_GUEST_CMDLINE);
}

TEST(hypercall_page_filled, "the hypercall page was filled and works")
{
	long ret;
	u64 fn = (u64)hypercall_page + 32 * __HYPERVISOR_xen_version;

	EXPECT(*(u8 *)hypercall_page != 0xcc);
	asm volatile("call *%2" : "=a" (ret) : "0" (0), "r" (fn), "D" (XENVER_version), "S" (0)
		     : "memory", "cc");
	EXPECT_EQ(ret >> 16, 4);
}

TEST(cr3, "CR3 names the initial L4 (reads are emulated, as a frame number of the ABI)")
{
	u64 cr3;

	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	EXPECT_EQ(cr3, va_to_mfn((void *)start_info->pt_base) * PAGE);
}
