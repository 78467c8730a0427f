/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: The domain builder
 *
 * layout_plan() decides where everything lies from sizes alone, before there
 * is a domain; layout_build() then fills any memory area that is laid out as
 * guest memory, given the machine frame of each guest frame.  Neither makes a
 * system call, so the unit tests run them on ordinary memory.
 *
 * The order is the ABI's start-of-day layout (xen/interface/xen.h):
 *
 *	initial mapping, from virt_base, guest frame 0 on:
 *	  kernel | initrd (1) | P2M list (2) | start_info | store | console |
 *	  page tables | boot stack | padding to 4 MiB, 512 KiB or more
 *	behind it, not in the initial mapping:
 *	  initrd (1) | P2M list and the tables that map it (2)
 *
 * (1) inside unless the kernel takes a frame number (MOD_START_PFN)
 * (2) inside unless the kernel names an address for it (INIT_P2M)
 *
 * Memory that is not written is taken to be zero.
 */
#ifndef LODGE_BUILDER_H
#define LODGE_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "image.h"

/**
 * struct extent - a run of guest frames
 * @gpfn: the first
 * @count: how many; 0: there is none
 */
struct extent {
	uint64_t gpfn;
	uint64_t count;
};

/**
 * struct page_range - virtual pages that some tables map to consecutive frames
 * @va: the first address
 * @pages: how many
 * @gpfn: the frame of the first page
 * @tables: frames of the tables made for it; the L4 is in the first range's
 * @level: where in @tables those of each level start, [1]..[4], and how many
 */
struct page_range {
	uint64_t va;
	uint64_t pages;
	uint64_t gpfn;
	struct extent tables;
	struct extent level[5];
};

struct layout {
	uint64_t nr_pages;
	uint64_t virt_base;
	uint64_t initrd_size;
	struct extent kernel, initrd, p2m, start_info, store, console, stack;
	bool initrd_mapped;
	bool p2m_own_range;
	struct page_range map;		/* the initial mapping */
	struct page_range p2m_map;	/* pages is 0 unless p2m_own_range */
	uint64_t needed;		/* frames used by all of this */
};

/**
 * struct build_target - what a layout is written to
 * @mem: guest frame 0; nr_pages frames follow
 * @mfns: machine frame of each guest frame
 * @shared_info_mfn: for start_info
 * @console_port: for start_info
 * @store_port: for start_info; 0: no xenstore
 */
struct build_target {
	uint8_t *mem;
	const uint64_t *mfns;
	uint64_t shared_info_mfn;
	uint32_t console_port;
	uint32_t store_port;
};

/**
 * struct start_state - what vCPU 0 starts with
 */
struct start_state {
	uint64_t rip, rsp, start_info, l4_gpfn;
};

int layout_plan(struct layout *l, const struct image *img, uint64_t initrd_size,
		uint64_t nr_pages, struct errbuf *e);
int layout_build(const struct layout *l, const struct image *img, const void *initrd,
		 const char *cmdline, const struct build_target *t, struct start_state *s,
		 struct errbuf *e);

/* page_tables.c */
int tables_plan(struct page_range *r, const struct page_range *first, uint64_t gpfn,
		struct errbuf *e);
void tables_write(const struct page_range *first, const struct page_range *second,
		  const struct build_target *t);

/* hypercall_page.c */
void hypercall_page_write(uint8_t *page);

#endif
