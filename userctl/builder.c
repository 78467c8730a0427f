// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Building a domain's memory
 *
 * See builder.h for the order.  Called by the create command; makes no system
 * call, prints nothing, and trusts its struct image, which image.c checked.
 */
#include <string.h>

#include "builder.h"
#include "xen_abi.h"

#define MAP_ALIGN	(4UL << 20)	/* bytes, both ends of the initial mapping */
#define MAP_PADDING	(512UL << 10)	/* bytes at least after the last element */
#define PAGES(bytes)	(((bytes) + GUEST_PAGE_SIZE - 1) >> GUEST_PAGE_SHIFT)
#define MIB_PAGES	(1UL << (20 - GUEST_PAGE_SHIFT))

static void take(uint64_t *next, struct extent *x, uint64_t count)
{
	*x = (struct extent){ .gpfn = *next, .count = count };
	*next += count;
}

static uint64_t va_of(const struct layout *l, uint64_t gpfn)
{
	return l->virt_base + (gpfn << GUEST_PAGE_SHIFT);
}

/* The tables lie in what they map: more of them may need yet more. */
static int plan_initial_mapping(struct layout *l, uint64_t *next, struct errbuf *e)
{
	/* Up to the end of the half of the address space that it is in. */
	uint64_t room = (l->virt_base >> 63 ? 0 : 1UL << 47) - l->virt_base, tables = 0, end;

	l->map = (struct page_range){ .va = l->virt_base };
	for (;;) {
		end = ((*next + tables + 1) << GUEST_PAGE_SHIFT) + MAP_PADDING;
		if (end > room)
			return fail(e, "kernel, initrd and tables together do not fit into its address space above %#llx; use less memory or a smaller initrd",
				    (unsigned long long)l->virt_base);
		end = ((l->virt_base + end + MAP_ALIGN - 1) & ~(MAP_ALIGN - 1)) - l->virt_base;
		l->map.pages = end >> GUEST_PAGE_SHIFT;
		if (tables_plan(&l->map, NULL, *next, e))
			return -1;
		if (l->map.tables.count <= tables)
			break;
		tables = l->map.tables.count;
	}
	*next += l->map.tables.count;
	take(next, &l->stack, 1);
	*next = l->map.pages;
	return 0;
}

static int plan_for(struct layout *l, const struct image *img, uint64_t initrd_size,
		    uint64_t nr_pages, struct errbuf *e)
{
	uint64_t next = 0, p2m_pages = PAGES(nr_pages * sizeof(uint64_t));

	memset(l, 0, sizeof(*l));
	l->nr_pages = nr_pages;
	l->virt_base = img->virt_base;
	l->initrd_size = initrd_size;
	l->initrd_mapped = !img->unmapped_initrd;
	/* An address the list cannot have is no wish: Xen's loader says so too. */
	l->p2m_own_range = img->init_p2m < img->virt_base &&
			   !(img->init_p2m & (GUEST_PAGE_SIZE - 1));

	take(&next, &l->kernel, PAGES(img->end));
	if (l->initrd_mapped)
		take(&next, &l->initrd, PAGES(initrd_size));
	if (!l->p2m_own_range)
		take(&next, &l->p2m, p2m_pages);
	take(&next, &l->start_info, 1);
	take(&next, &l->store, 1);
	take(&next, &l->console, 1);
	if (plan_initial_mapping(l, &next, e))
		return -1;
	if (!l->initrd_mapped)
		take(&next, &l->initrd, PAGES(initrd_size));
	if (l->p2m_own_range) {
		take(&next, &l->p2m, p2m_pages);
		l->p2m_map = (struct page_range){
			.va = img->init_p2m, .pages = p2m_pages, .gpfn = l->p2m.gpfn,
		};
		if (tables_plan(&l->p2m_map, &l->map, next, e))
			return -1;
		next += l->p2m_map.tables.count;
	}
	l->needed = next;
	return 0;
}

/**
 * layout_plan() - decide where everything lies
 * @l: filled
 * @img: the kernel
 * @initrd_size: bytes, 0 for none; below 2^40
 * @nr_pages: size of the domain in pages, below 2^36
 * @e: why not; says how much memory would do if it is too little
 *
 * Return: 0 or -1.
 */
int layout_plan(struct layout *l, const struct image *img, uint64_t initrd_size,
		uint64_t nr_pages, struct errbuf *e)
{
	struct layout larger;
	uint64_t enough;

	if (plan_for(l, img, initrd_size, nr_pages, e))
		return -1;
	if (l->needed <= nr_pages)
		return 0;
	/* The P2M list grows with the domain, so look again. */
	enough = l->needed;
	while (!plan_for(&larger, img, initrd_size, enough, e) && larger.needed > enough)
		enough = larger.needed;
	return fail(e, "%llu MiB of memory are too little: this kernel%s needs at least %llu MiB to be loaded; use a larger --memory",
		    (unsigned long long)nr_pages / MIB_PAGES, initrd_size ? " with its initrd" : "",
		    (unsigned long long)(enough + MIB_PAGES - 1) / MIB_PAGES);
}

static void write_kernel(const struct layout *l, const struct image *img, uint8_t *mem)
{
	for (unsigned int i = 0; i < img->nr_segments; i++) {
		const struct image_segment *s = &img->segments[i];

		memcpy(mem + s->offset, s->data, s->file_size);
	}
	if (img->hypercall_page != IMAGE_UNSET)
		hypercall_page_write(mem + (img->hypercall_page - l->virt_base));
}

static void write_start_info(const struct layout *l, const char *cmdline,
			     const struct build_target *t)
{
	struct start_info *si;

	si = (struct start_info *)(t->mem + (l->start_info.gpfn << GUEST_PAGE_SHIFT));
	strcpy(si->magic, "xen-3.0-x86_64");
	si->nr_pages = l->nr_pages;
	si->shared_info = t->shared_info_mfn << GUEST_PAGE_SHIFT;
	if (t->store_port) {
		si->store_mfn = t->mfns[l->store.gpfn];
		si->store_evtchn = t->store_port;
	}
	si->console.domU.mfn = t->mfns[l->console.gpfn];
	si->console.domU.evtchn = t->console_port;
	si->pt_base = va_of(l, l->map.tables.gpfn);
	si->nr_pt_frames = l->map.tables.count;
	if (l->p2m_own_range) {
		si->mfn_list = l->p2m_map.va;
		si->first_p2m_pfn = l->p2m.gpfn;
		si->nr_p2m_frames = l->p2m.count + l->p2m_map.tables.count;
	} else {
		si->mfn_list = va_of(l, l->p2m.gpfn);
	}
	if (l->initrd_size) {
		si->mod_len = l->initrd_size;
		si->mod_start = l->initrd_mapped ? va_of(l, l->initrd.gpfn) : l->initrd.gpfn;
		si->flags = l->initrd_mapped ? 0 : SIF_MOD_START_PFN;
	}
	memcpy(si->cmd_line, cmdline, strlen(cmdline) + 1);
}

/**
 * layout_build() - write a domain's initial memory
 * @l: from layout_plan() for the same kernel and sizes
 * @img: the kernel
 * @initrd: l->initrd_size bytes; NULL if that is 0
 * @cmdline: below MAX_GUEST_CMDLINE bytes
 * @t: where; its memory is zero
 * @s: filled: how vCPU 0 starts
 * @e: why not
 *
 * Return: 0 or -1.
 */
int layout_build(const struct layout *l, const struct image *img, const void *initrd,
		 const char *cmdline, const struct build_target *t, struct start_state *s,
		 struct errbuf *e)
{
	if (strlen(cmdline) >= MAX_GUEST_CMDLINE)
		return fail(e, "the command line has %zu bytes; at most %u are possible",
			    strlen(cmdline), MAX_GUEST_CMDLINE - 1);
	write_kernel(l, img, t->mem);
	if (l->initrd_size)
		memcpy(t->mem + (l->initrd.gpfn << GUEST_PAGE_SHIFT), initrd, l->initrd_size);
	memcpy(t->mem + (l->p2m.gpfn << GUEST_PAGE_SHIFT), t->mfns,
	       l->nr_pages * sizeof(uint64_t));
	write_start_info(l, cmdline, t);
	tables_write(&l->map, &l->p2m_map, t);

	s->rip = img->entry;
	s->rsp = va_of(l, l->stack.gpfn + 1);
	s->start_info = va_of(l, l->start_info.gpfn);
	s->l4_gpfn = l->map.tables.gpfn;
	return 0;
}
