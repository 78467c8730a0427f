/* SPDX-License-Identifier: GPL-2.0-only */
/* DOC: Grants, for the guests that use them: the table and single operations. */
#ifndef GUEST_GRANT_H
#define GUEST_GRANT_H

#include "guest.h"

#define GRANT_VA	0xffffd00000000000UL	/* the table; then room for mappings */
#define GRANT_WINDOW	(GRANT_VA + 0x200000)	/* one L1 table of its own */
#define GTF_USED	(GTF_reading | GTF_writing)

static volatile struct grant_entry_v1 *const grants = (void *)GRANT_VA;

static inline void *window(unsigned int i) { return (void *)(GRANT_WINDOW + i * PAGE); }
static inline u64 window_pte(unsigned int i) { return *pte_of((u64)window(i), 1); }

static inline long grant_op(unsigned int cmd, void *arg)
{
	return hc3(grant_table_op, cmd, arg, 1);
}

static inline int grant_setup(unsigned int nr, xen_pfn_t *frames)
{
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = nr, .frame_list = frames };

	return grant_op(GNTTABOP_setup_table, &s) ? 1 : s.status;
}

/* Map the first frame of the table, and make an empty L1 for mappings. */
static inline void grant_init(void)
{
	xen_pfn_t frame;

	REQUIRE(grant_setup(1, &frame) == 0);
	REQUIRE(map_va(GRANT_VA, frame * PAGE | PTE_RW_PAGE) == 0);
	map_tables(GRANT_WINDOW);
}

static inline void grant(unsigned int ref, domid_t to, u64 mfn, unsigned int flags)
{
	grants[ref].flags = 0;
	grants[ref].domid = to;
	grants[ref].frame = mfn;
	barrier_();
	grants[ref].flags = GTF_permit_access | flags;
}

static inline int grant_copy_pages(u64 from, domid_t from_dom, u64 to, domid_t to_dom,
				   unsigned int flags)
{
	struct gnttab_copy c = { .len = PAGE, .flags = flags };

	if (flags & GNTCOPY_source_gref)
		c.source.u.ref = from;
	else
		c.source.u.gmfn = from;
	if (flags & GNTCOPY_dest_gref)
		c.dest.u.ref = to;
	else
		c.dest.u.gmfn = to;
	c.source.domid = from_dom;
	c.dest.domid = to_dom;
	return grant_op(GNTTABOP_copy, &c) ? 1 : c.status;
}

/* Map; the status, and the handle if it is 0. */
static inline int grant_map(domid_t dom, unsigned int ref, u64 address, u32 flags, u32 *handle)
{
	struct gnttab_map_grant_ref m = {
		.host_addr = address, .flags = flags, .ref = ref, .dom = dom, .status = 77,
	};

	if (grant_op(GNTTABOP_map_grant_ref, &m))
		return 1;
	if (handle && !m.status)
		*handle = m.handle;
	return m.status;
}

static inline int grant_unmap(u64 address, u32 handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = address, .handle = handle, .status = 77 };

	return grant_op(GNTTABOP_unmap_grant_ref, &u) ? 1 : u.status;
}

#define MAP_RW		GNTMAP_host_map
#define MAP_RO		(GNTMAP_host_map | GNTMAP_readonly)

#endif
