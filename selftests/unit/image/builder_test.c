// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The domain builder against memory that is only memory
 *
 * Builds domains into a mapping with invented machine frames, then walks the
 * page tables it made as the MMU would, and checks what they reach.
 *
 * LODGE_TEST_KERNELS names real kernel files, separated by spaces.
 */
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "builder.h"
#include "fixture.h"
#include "../ktap.h"
#include "xen_abi.h"

#define MIB		(1ULL << 20)
#define MFN_BASE	0x123456ULL
#define PORT		7
#define SHARED_INFO	0x77ULL
#define PTE_MFN(pte)	((pte) >> 12 & 0xffffffffffULL)
#define USER_TABLE	0x67ULL		/* present, rw, user, accessed, dirty */
#define READ_ONLY_PAGE	0x65ULL

static const char cmdline[] = "console=hvc0 test=\"a b\"";

/* A built domain and what the walk found. */
struct built {
	struct image img;
	struct layout l;
	struct start_state s;
	struct build_target t;
	uint64_t *mfns;
	uint8_t *seen_table;	/* per gpfn: how often used as a table, and its level */
	uint8_t *writable;	/* per gpfn: mapped writable */
	uint64_t mapped, bad;
};

/* Machine frames in an order that no two neighbours share. */
static uint64_t mfn_of(uint64_t gpfn, uint64_t nr_pages)
{
	return MFN_BASE + (nr_pages - 1 - gpfn) * 2;
}

static uint64_t gpfn_of(uint64_t mfn, uint64_t nr_pages)
{
	uint64_t twice = mfn - MFN_BASE;

	if (mfn < MFN_BASE || twice & 1 || twice / 2 >= nr_pages)
		return ~0ULL;
	return nr_pages - 1 - twice / 2;
}

/* What the kernel asked to have at va; ~0 if nothing. */
static uint64_t expected_gpfn(const struct layout *l, uint64_t va)
{
	if (va - l->map.va < l->map.pages << 12)
		return (va - l->map.va) >> 12;
	if (va - l->p2m_map.va < l->p2m_map.pages << 12)
		return l->p2m.gpfn + ((va - l->p2m_map.va) >> 12);
	return ~0ULL;
}

static void walk(struct built *b, uint64_t table, int level, uint64_t va)
{
	const uint64_t *entry = (uint64_t *)(b->t.mem + (table << 12));
	uint64_t nr = b->l.nr_pages;

	b->seen_table[table] += 1 + 16 * level;
	for (unsigned int i = 0; i < 512; i++) {
		uint64_t here = va | (uint64_t)i << (3 + 9 * level), gpfn;

		if (!entry[i])
			continue;
		if (level == 4 && i >= 256)
			here |= 0xffffULL << 48;
		if (level == 4 && i >= 256 && i <= 271)
			b->bad++;
		gpfn = gpfn_of(PTE_MFN(entry[i]), nr);
		if (gpfn == ~0ULL || entry[i] >> 52) {
			b->bad++;
			continue;
		}
		if (level > 1) {
			b->bad += (entry[i] & 0xfff) != USER_TABLE;
			walk(b, gpfn, level - 1, here);
			continue;
		}
		b->mapped++;
		b->bad += gpfn != expected_gpfn(&b->l, here);
		b->bad += (entry[i] & 0xfff) != USER_TABLE && (entry[i] & 0xfff) != READ_ONLY_PAGE;
		if (entry[i] & 2)
			b->writable[gpfn] = 1;
	}
}

static void *reserve(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static void *guest(const struct built *b, uint64_t gpfn)
{
	return b->t.mem + (gpfn << 12);
}

static void check_tables(struct built *b)
{
	const struct layout *l = &b->l;
	uint64_t tables = 0;

	walk(b, b->s.l4_gpfn, 4, 0);
	expect_is(b->bad, 0ULL);
	expect_is(b->mapped, l->map.pages + l->p2m_map.pages);
	for (uint64_t g = 0; g < l->nr_pages; g++) {
		if (!b->seen_table[g])
			continue;
		tables++;
		expect((b->seen_table[g] & 15) == 1, "table %llu used more than once",
		       (unsigned long long)g);
		expect(!b->writable[g], "table %llu writable", (unsigned long long)g);
	}
	expect_is(tables, l->map.tables.count + l->p2m_map.tables.count);
	for (uint64_t g = 0; g < l->map.pages; g++) {
		expect_is(b->writable[g], !b->seen_table[g]);
	}
}

static void check_start_info(struct built *b)
{
	const struct layout *l = &b->l;
	const struct start_info *si = guest(b, l->start_info.gpfn);

	expect(!strcmp("xen-3.0-x86_64", si->magic), "%s", si->magic);
	expect_is(si->nr_pages, l->nr_pages);
	expect_is(si->shared_info, SHARED_INFO << 12);
	expect_is(si->console.domU.mfn, b->mfns[l->console.gpfn]);
	expect_is(si->console.domU.evtchn, (uint32_t)PORT);
	expect_is(si->store_mfn, b->t.store_port ? b->mfns[l->store.gpfn] : 0UL);
	expect_is(si->store_evtchn, b->t.store_port);
	expect_is(si->pt_base, l->virt_base + (b->s.l4_gpfn << 12));
	expect_is(si->nr_pt_frames, l->map.tables.count);
	expect(!strcmp(cmdline, (const char *)si->cmd_line), "%s", (const char *)si->cmd_line);
	expect_is(si->mod_len, l->initrd_size);
	if (l->p2m_own_range) {
		expect_is(si->mfn_list, b->img.init_p2m);
		expect_is(si->first_p2m_pfn, l->p2m.gpfn);
		expect_is(si->nr_p2m_frames, l->p2m.count + l->p2m_map.tables.count);
		expect(si->first_p2m_pfn >= l->map.pages, "in the initial mapping");
	} else {
		expect_is(si->mfn_list, l->virt_base + (l->p2m.gpfn << 12));
		expect_is(si->nr_p2m_frames, 0UL);
	}
	if (l->initrd_size && b->img.unmapped_initrd) {
		expect_is(si->flags, (uint32_t)SIF_MOD_START_PFN);
		expect_is(si->mod_start, l->initrd.gpfn);
		expect(si->mod_start >= l->map.pages, "in the initial mapping");
	} else if (l->initrd_size) {
		expect_is(si->flags, 0U);
		expect_is(si->mod_start, l->virt_base + (l->initrd.gpfn << 12));
	}
}

static void check_content(struct built *b,
			  const uint8_t *initrd)
{
	const struct layout *l = &b->l;
	uint64_t hypercall = b->img.hypercall_page - b->img.virt_base;

	expect(!memcmp(guest(b, l->p2m.gpfn), b->mfns, l->nr_pages * 8), "another P2M list");
	if (l->initrd_size) {
		expect(!memcmp(guest(b, l->initrd.gpfn), initrd, l->initrd_size), "another initrd");
	}
	for (unsigned int i = 0; i < b->img.nr_segments; i++) {
		const struct image_segment *s = &b->img.segments[i];

		for (uint64_t n = 0; n < s->mem_size; n++) {
			uint8_t want = n < s->file_size ? s->data[n] : 0;

			if (b->img.hypercall_page != IMAGE_UNSET &&
			    s->offset + n - hypercall < 4096)
				continue;
			if (b->t.mem[s->offset + n] != want) {
				expect_is(b->t.mem[s->offset + n], want);
				break;
			}
		}
	}
}

static void check_order(struct built *b)
{
	const struct layout *l = &b->l;
	uint64_t end = l->map.va + (l->map.pages << 12);

	expect_is(end & (4 * MIB - 1), 0ULL);
	expect(end - b->s.rsp >= MIB / 2, "too little padding");
	expect_is(b->s.rip, b->img.entry);
	expect_is(b->s.start_info, l->virt_base + (l->start_info.gpfn << 12));
	expect_is(b->s.rsp, l->virt_base + ((l->stack.gpfn + 1) << 12));
	expect(b->img.end <= l->start_info.gpfn << 12, "in the kernel");
	expect_is(l->store.gpfn, l->start_info.gpfn + 1);
	expect_is(l->console.gpfn, l->store.gpfn + 1);
	expect_is(l->map.tables.gpfn, l->console.gpfn + 1);
	expect_is(l->stack.gpfn, l->map.tables.gpfn + l->map.tables.count);
	expect(l->needed <= l->nr_pages, "more than there is");
}

static void build_and_check(struct image *img,
			    uint64_t memory, uint64_t initrd_size)
{
	struct built b = { .img = *img };
	uint64_t nr = memory >> 12;
	uint8_t *initrd = reserve(initrd_size + 1);
	struct errbuf e = { "" };

	memset(initrd, 0xa5, initrd_size);
	if (!expect(!layout_plan(&b.l, img, initrd_size, nr, &e), "%s", e.text))
		return;
	b.t = (struct build_target){ .mem = reserve(memory), .shared_info_mfn = SHARED_INFO,
				     .console_port = PORT,
				     .store_port = initrd_size ? PORT + 1 : 0 };
	b.mfns = reserve(nr * 8);
	b.seen_table = reserve(nr);
	b.writable = reserve(nr);
	b.t.mfns = b.mfns;
	if (!expect((void *)b.t.mem != MAP_FAILED, "%m"))
		return;
	for (uint64_t g = 0; g < nr; g++)
		b.mfns[g] = mfn_of(g, nr);
	if (!expect(!layout_build(&b.l, img, initrd, cmdline, &b.t, &b.s, &e), "%s", e.text))
		return;
	check_order(&b);
	check_tables(&b);
	check_start_info(&b);
	check_content(&b, initrd);
	munmap(b.t.mem, memory);
	munmap(b.mfns, nr * 8);
	munmap(b.seen_table, nr);
	munmap(b.writable, nr);
	munmap(initrd, initrd_size + 1);
}

static void load_fixture(struct image *img,
			 const struct kernel_spec *spec)
{
	struct errbuf e;
	struct blob k;

	make_kernel(&k, spec);
	if (!expect(!image_parse(img, k.data, k.size, &e), "%s", e.text))
		return;
	blob_free(&k);
}

static void every_kind_of_kernel(void)
{
	static const uint64_t init_p2m[] = { 0x8000000000ULL, IMAGE_UNSET,
					     TK_VIRT_BASE - 0x40000000ULL,
					     TK_VIRT_BASE - 0x80000ULL,
					     0x8000000123ULL };
	static const uint64_t memory[] = { 12 * MIB, 33 * MIB, 96 * MIB, 512 * MIB + 4096 };

	for (int i = 0; i < 5 * 4 * 2 * 2; i++) {
		struct kernel_spec s = SPEC_GOOD;
		struct image img;

		s.init_p2m = init_p2m[i % 5];
		s.mod_start_pfn = i / 20 & 1;
		/* 512 KiB below the kernel there is room for 256 MiB's list. */
		if (s.init_p2m == init_p2m[3] && memory[i / 5 % 4] > 256 * MIB)
			continue;
		load_fixture(&img, &s);
		build_and_check(&img, memory[i / 5 % 4], i / 40 ? 0 : 3 * MIB + 17);
		image_free(&img);
	}
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void low_half_kernel(void)
{
	struct kernel_spec s = SPEC_GOOD;
	struct image img;

	s.virt_base = 0x400000;
	s.entry = s.virt_base + TK_TEXT;
	s.hypercall_page = IMAGE_UNSET;
	load_fixture(&img, &s);
	build_and_check(&img, 16 * MIB, 0);
	image_free(&img);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void too_little_memory_says_how_much(void)
{
	struct kernel_spec s = SPEC_GOOD;
	unsigned long long need;
	struct layout l;
	struct errbuf e;
	struct image img;

	for (int p2m = 0; p2m < 2; p2m++) {
		s.init_p2m = p2m ? IMAGE_UNSET : 0x8000000000ULL;
		load_fixture(&img, &s);
		if (!expect(layout_plan(&l, &img, 70 * MIB, 8, &e) == -1, "%s", e.text))
			return;
		if (!expect(strstr(e.text, "at least "), "%s", e.text))
			return;
		need = strtoull(strstr(e.text, "at least ") + 9, NULL, 10);
		expect(!layout_plan(&l, &img, 70 * MIB, need << 8, &e), "%s", e.text);
		expect(layout_plan(&l, &img, 70 * MIB, (need - 1) << 8, &e) == -1, "%s", e.text);
		image_free(&img);
	}
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void impossible_layouts(void)
{
	struct kernel_spec s = SPEC_GOOD;
	struct layout l;
	struct errbuf e;
	struct image img;

	/* An initrd that must be mapped but does not fit under the top. */
	s.mod_start_pfn = 0;
	load_fixture(&img, &s);
	expect(layout_plan(&l, &img, 4096 * MIB, 8192 * MIB >> 12, &e) == -1, "%s", e.text);
	expect(strstr(e.text, "do not fit"), "%s", e.text);
	image_free(&img);
	/* A P2M list that would run into the hole, or into the kernel. */
	s = SPEC_GOOD;
	s.init_p2m = 0xffff7ffffffff000ULL;
	load_fixture(&img, &s);
	expect(layout_plan(&l, &img, 0, 512 * MIB >> 12, &e) == -1, "%s", e.text);
	image_free(&img);
	s.init_p2m = 0xffff87fffffff000ULL;
	load_fixture(&img, &s);
	expect(layout_plan(&l, &img, 0, 512 * MIB >> 12, &e) == -1, "%s", e.text);
	image_free(&img);
	s.init_p2m = TK_VIRT_BASE - 4096;
	load_fixture(&img, &s);
	expect(layout_plan(&l, &img, 0, 512 * MIB >> 12, &e) == -1, "%s", e.text);
	image_free(&img);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void long_command_line(void)
{
	struct kernel_spec s = SPEC_GOOD;
	char line[MAX_GUEST_CMDLINE + 1];
	struct build_target t = { 0 };
	struct start_state st;
	struct layout l;
	struct errbuf e;
	struct image img;

	memset(line, 'x', sizeof(line));
	line[MAX_GUEST_CMDLINE] = '\0';
	load_fixture(&img, &s);
	if (!expect(!layout_plan(&l, &img, 0, 16 * MIB >> 12, &e), "%s", e.text))
		return;
	expect(layout_build(&l, &img, NULL, line, &t, &st, &e) == -1, "%s", e.text);
	image_free(&img);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void hypercall_page(void)
{
	static const uint8_t call5[] = { 0x51, 0x41, 0x53, 0xb8, 5, 0, 0, 0, 0x0f, 0x05,
					 0x41, 0x5b, 0x59, 0xc3 };
	static const uint8_t iret[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, 23, 0, 0, 0, 0x0f, 0x05 };
	uint8_t page[4096];

	hypercall_page_write(page);
	expect(!memcmp(page + 5 * 32, call5, sizeof(call5)), "other bytes");
	expect(!memcmp(page + 23 * 32, iret, sizeof(iret)), "other bytes");
	for (int i = 0; i < 128; i++) {
		expect_is(page[i * 32 + (i == 23 ? 5 : 4)], i);
	}
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void real_kernels(void)
{
	char *list = getenv("LODGE_TEST_KERNELS"), *path;

	if (!list)
		{
		printf("# LODGE_TEST_KERNELS names no kernel: only made ones were built\n");
		return;
	}
	list = strdup(list);
	for (path = strtok(list, " "); path; path = strtok(NULL, " ")) {
		struct errbuf e = { "" };
		struct image img;

		if (!expect(!image_load(&img, path, &e), "%s", e.text))
			return;
		printf("# %s: %s, ends at %llu KiB\n", path, img.compression,
		       (unsigned long long)img.end >> 10);
		build_and_check(&img, 96 * MIB, 2 * MIB);
		build_and_check(&img, 512 * MIB, 20 * MIB + 1);
		build_and_check(&img, 4096 * MIB, 0);
		image_free(&img);
	}
	free(list);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static const struct ktap_test tests[] = {
	{ "every kind of kernel", every_kind_of_kernel },
	{ "low half kernel", low_half_kernel },
	{ "too little memory says how much", too_little_memory_says_how_much },
	{ "impossible layouts", impossible_layouts },
	{ "long command line", long_command_line },
	{ "hypercall page", hypercall_page },
	{ "real kernels", real_kernels },
};

KTAP_MAIN(tests)
