// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What the guest kernel sees
 *
 * Walks vCPU 0's page tables, which hold machine frame numbers, and notes which
 * virtual pages lie in consecutive places of the core file: these runs become
 * its program headers, so that a debugger reads any of the kernel's addresses
 * (text, direct map, vmalloc, modules, stacks) without knowing of Xen.
 */
#include <elf.h>
#include <stdlib.h>

#include "core.h"

#define ENTRIES		512
#define P		(1ULL << 0)
#define RW		(1ULL << 1)
#define PSE		(1ULL << 7)
#define NX		(1ULL << 63)
#define ADDR		0x000ffffffffff000ULL
#define UPPER_HALF	256	/* in a top-level table */
#define HOLE_FIRST	256	/* slots that are the hypervisor's */
#define HOLE_LAST	271
#define ALIASES_MAX	8	/* mappings of one page that are worth a header each */

struct walk {
	const struct core_source *s;
	uint8_t *aliases;	/* by place: how often it was seen */
	struct core_view *view;
	struct errbuf *e;
};

/**
 * core_add_run() - add to what the core file shows, to the last run if it goes on there
 * @view: what it shows
 * @run: pages
 * @e: why not
 *
 * Return: 0 or -1.
 */
int core_add_run(struct core_view *view, const struct core_run *run, struct errbuf *e)
{
	struct core_run *last = view->nr ? &view->runs[view->nr - 1] : NULL, *more;

	if (last && last->va + last->pages * CORE_PAGE == run->va &&
	    last->slot + last->pages == run->slot && last->mfn + last->pages == run->mfn &&
	    last->flags == run->flags) {
		last->pages += run->pages;
		return 0;
	}
	if (view->nr == view->room) {
		view->room = view->room * 2 + 256;
		more = realloc(view->runs, view->room * sizeof(*more));
		if (!more)
			return fail(e, "no memory for the list of mappings; free some memory");
		view->runs = more;
	}
	view->runs[view->nr++] = *run;
	return 0;
}

static uint64_t canonical(uint64_t va)
{
	return va & (1ULL << 47) ? va | 0xffffULL << 48 : va;
}

/* @rights: what the tables above allow. */
static int walk_table(struct walk *w, uint64_t mfn, unsigned int level, uint64_t base,
		      unsigned int first, uint64_t rights)
{
	uint64_t table[ENTRIES], va, slot;
	unsigned int shift = 12 + 9 * (level - 1);
	struct core_run run;

	if (core_read_frames(w->s, &mfn, 1, table, w->e))
		return -1;
	for (unsigned int i = first; i < ENTRIES; i++) {
		uint64_t entry = table[i], r;

		if (!(entry & P) || (level == 4 && i >= HOLE_FIRST && i <= HOLE_LAST))
			continue;
		slot = core_slot(w->s, (entry & ADDR) >> 12);
		if (slot == CORE_NONE)		/* another domain's, by a grant */
			continue;
		va = base | (uint64_t)i << shift;
		r = (rights & entry & RW) | ((rights | entry) & NX);
		if (level == 1) {
			/* Linux maps one page of zeroes or of stacks a million times. */
			if (w->aliases[slot]++ >= ALIASES_MAX) {
				w->aliases[slot] = ALIASES_MAX;
				continue;
			}
			run = (struct core_run){
				.va = canonical(va), .slot = slot, .mfn = (entry & ADDR) >> 12,
				.pages = 1, .flags = PF_R | (r & RW ? PF_W : 0) |
						     (r & NX ? 0 : PF_X),
			};
			if (core_add_run(w->view, &run, w->e))
				return -1;
		} else if (!(entry & PSE)) {
			if (walk_table(w, (entry & ADDR) >> 12, level - 1, va, 0, r))
				return -1;
		}
	}
	return 0;
}

/* Only of a kernel that lives in the lower half, as a tiny guest may, that half. */
static unsigned int first_slot(const struct lodge_dump_vcpu *v)
{
	return v->kernel_sp >> 63 ? UPPER_HALF : 0;
}

/**
 * core_walk() - find what the guest kernel sees
 * @view: filled; free its runs, also after a failure
 * @s: the domain
 * @e: why not
 *
 * Return: 0 or -1.
 */
int core_walk(struct core_view *view, const struct core_source *s, struct errbuf *e)
{
	struct walk w = { .s = s, .view = view, .e = e };
	struct lodge_dump_vcpu v;
	int rc;

	*view = (struct core_view){ 0 };
	if (core_vcpu(s, 0, &v, e))
		return -1;
	if (core_slot(s, v.l4_kernel) == CORE_NONE)
		return fail(e, "the domain has no page tables; was it ever started?");
	w.aliases = calloc(s->slots, 1);
	if (!w.aliases)
		return fail(e, "no memory for the list of pages; free some memory");
	rc = walk_table(&w, v.l4_kernel, 4, 0, first_slot(&v), RW);
	free(w.aliases);
	return rc;
}
