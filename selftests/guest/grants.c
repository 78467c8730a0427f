// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Grant tables, version 1, with one domain alone: it maps and copies what
 * it has granted to itself.  Two domains: special/grant_pair.c.
 */
#include "guest.h"
#include "grant.h"

#define REF	20		/* the first that no test of ours keeps */
#define NO_REF	0x12345678

static domid_t self;

/* A guest is not told its number; only a grant to the right one can be used. */
TEST(init, "setup_table: the table's frame can be mapped and holds no grant")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page);
	unsigned int i, used = 0;

	grant_init();
	for (i = 8; i < 512; i++)
		used += grants[i].flags != 0;
	EXPECT_EQ(used, 0);
	for (self = 1; self < 2000; self++) {
		grant(REF, self, mfn, 0);
		if (!grant_copy_pages(REF, DOMID_SELF, mfn, DOMID_SELF, GNTCOPY_source_gref))
			break;
	}
	grants[REF].flags = 0;
	page_free(page);
	REQUIRE(self < 2000);
}

TEST(setup, "setup_table: limits, other domains, counts")
{
	static xen_pfn_t frames[80];
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .frame_list = frames };
	u64 first;

	REQUIRE(grant_setup(1, frames) == 0);
	first = frames[0];
	EXPECT_EQ(grant_setup(3, frames), GNTST_okay);
	EXPECT_EQ(frames[0], first);
	EXPECT(frames[1] && frames[2] && frames[1] != frames[2]);
	EXPECT_EQ(grant_setup(100000, frames), GNTST_general_error);
	EXPECT_EQ(grant_setup(0, frames), GNTST_okay);
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_setup_table, &s, 2), X_EINVAL);
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_setup_table, &s, 0), X_EINVAL);
	s.nr_frames = 1;
	s.dom = 0;
	EXPECT_EQ(grant_op(GNTTABOP_setup_table, &s), 0);
	EXPECT_EQ(s.status, GNTST_permission_denied);
	s.dom = 0x7000;
	EXPECT_EQ(grant_op(GNTTABOP_setup_table, &s), 0);
	EXPECT_EQ(s.status, GNTST_bad_domain);
	s.dom = self;
	EXPECT_EQ(grant_op(GNTTABOP_setup_table, &s), 0);
	EXPECT_EQ(s.status, GNTST_okay);
}

TEST(query, "query_size: frames now and at most")
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };

	EXPECT_EQ(grant_op(GNTTABOP_query_size, &q), 0);
	EXPECT_EQ(q.status, GNTST_okay);
	EXPECT_EQ(q.nr_frames, 3);
	EXPECT(q.max_nr_frames >= 4);
	q.dom = 0x7000;
	EXPECT_EQ(grant_op(GNTTABOP_query_size, &q), 0);
	EXPECT_EQ(q.status, GNTST_bad_domain);
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_query_size, &q, 2), X_EINVAL);
}

TEST(version, "get_version: 1; lodge has no other (XSA-255, 379, 382, 384)")
{
	struct gnttab_get_version g = { .dom = DOMID_SELF };
	struct gnttab_set_version s = { .version = 2 };

	EXPECT_EQ(grant_op(GNTTABOP_get_version, &g), 0);
	EXPECT_EQ(g.version, 1);
	g.dom = 0x7000;
	EXPECT_EQ(grant_op(GNTTABOP_get_version, &g), X_ESRCH);
	if (!on_lodge())
		return;
	EXPECT_EQ(grant_op(GNTTABOP_set_version, &s), X_ENOSYS);
	EXPECT_EQ(s.version, 1);
	EXPECT_EQ(grant_op(GNTTABOP_get_status_frames, &g), X_ENOSYS);
}

TEST(map_rw, "map and unmap, writable: contents, entry, flags of the grant")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page);
	u64 *at = window(0);
	u32 handle = ~0u;

	grant(REF, self, mfn, 0);
	REQUIRE(grant_map(self, REF, (u64)at, MAP_RW, &handle) == 0);
	EXPECT_EQ(window_pte(0) & (PTE_MFN | PTE_P | PTE_RW), mfn * PAGE | PTE_P | PTE_RW);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_USED);
	at[7] = 0x1234;
	EXPECT_EQ(((volatile u64 *)page)[7], 0x1234);
	EXPECT_EQ(grant_unmap((u64)at, handle), GNTST_okay);
	EXPECT_EQ(window_pte(0), 0);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
}

TEST(map_ro, "map read-only: it is, and the grant says so")
{
	u64 *page = page_alloc();
	volatile u64 *at = window(0);
	struct trap t;
	u32 handle;

	page[3] = 0x4321;
	grant(REF, self, va_to_mfn(page), 0);
	REQUIRE(grant_map(self, REF, (u64)at, MAP_RO, &handle) == 0);
	EXPECT_EQ(window_pte(0) & (PTE_P | PTE_RW), PTE_P);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_reading);
	EXPECT_EQ(at[3], 0x4321);
	TRY(t, at[3] = 1);
	EXPECT_TRAP(t, X_PF);
	EXPECT_EQ(grant_unmap((u64)at, handle), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
}

TEST(readonly, "a read-only grant: only read-only, also when it is mapped already")
{
	u64 *page = page_alloc();
	u32 handle;

	grant(REF, self, va_to_mfn(page), GTF_readonly);
	EXPECT_EQ(grant_map(self, REF, (u64)window(0), MAP_RW, NULL), GNTST_general_error);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RO, &handle) == 0);
	EXPECT_EQ(grant_map(self, REF, (u64)window(1), MAP_RW, NULL), GNTST_general_error);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_readonly | GTF_reading);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_readonly);
	page_free(page);
}

TEST(counts, "the flags of a grant go with the last use of their kind (XSA-224, 236)")
{
	u64 *page = page_alloc();
	u32 ro, rw, rw2;

	grant(REF, self, va_to_mfn(page), 0);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RO, &ro) == 0);
	REQUIRE(grant_map(self, REF, (u64)window(1), MAP_RW, &rw) == 0);
	REQUIRE(grant_map(self, REF, (u64)window(2), MAP_RW, &rw2) == 0);
	EXPECT_EQ(grant_unmap((u64)window(1), rw), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_USED);
	EXPECT_EQ(grant_unmap((u64)window(2), rw2), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_reading);
	EXPECT_EQ(grant_unmap((u64)window(0), ro), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
}

TEST(pin_limit, "a grant is used 128 times at once, of each kind, and not once more (XSA-236)")
{
	u64 *page = page_alloc();
	static u32 handles[128];
	unsigned int i, ok = 0;

	grant(REF, self, va_to_mfn(page), 0);
	for (i = 0; i < 128; i++)
		ok += grant_map(self, REF, (u64)window(i), MAP_RO, &handles[i]) == 0;
	EXPECT_EQ(ok, 128);
	EXPECT_EQ(grant_map(self, REF, (u64)window(200), MAP_RO, NULL), GNTST_general_error);
	for (i = 0, ok = 0; i < 128; i++)
		ok += grant_unmap((u64)window(i), handles[i]) == 0;
	EXPECT_EQ(ok, 128);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
}

TEST(contains_pte, "map by the machine address of an entry; misaligned ones are refused (XSA-227)")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page);
	u64 slot = pte_maddr((u64)window(5), 1);
	volatile u64 *at = window(5);
	u32 handle;

	page[0] = 0x55;
	grant(REF, self, mfn, 0);
	EXPECT_EQ(grant_map(self, REF, slot + 4, MAP_RW | GNTMAP_contains_pte, NULL),
		  GNTST_general_error);
	EXPECT_EQ(grant_map(self, REF, slot + 1, MAP_RW | GNTMAP_contains_pte, NULL),
		  GNTST_general_error);
	REQUIRE(grant_map(self, REF, slot, MAP_RW | GNTMAP_contains_pte | GNTMAP_application_map |
			  1 << _GNTMAP_guest_avail0, &handle) == 0);
	EXPECT_EQ(at[0], 0x55);
	EXPECT_EQ(window_pte(5) & 0xe00, 0x200);
	EXPECT(grant_unmap(slot + PAGE / 2, handle) < 0);
	EXPECT_EQ(at[0], 0x55);
	EXPECT_EQ(grant_unmap(slot, handle), GNTST_okay);
	EXPECT_EQ(window_pte(5), 0);
	/* A frame that is no L1 table. */
	EXPECT_EQ(grant_map(self, REF, mfn * PAGE, MAP_RW | GNTMAP_contains_pte, NULL),
		  GNTST_general_error);
	EXPECT_EQ(grant_map(self, REF, pte_maddr((u64)window(5), 2),
			    MAP_RW | GNTMAP_contains_pte, NULL), GNTST_general_error);
	EXPECT_EQ(grant_map(self, REF, ~7UL, MAP_RW | GNTMAP_contains_pte, NULL),
		  GNTST_general_error);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
}

TEST(refused, "map: bad references, domains, flags, addresses, grants and frames")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page), at = (u64)window(0);

	grant(REF, self, mfn, 0);
	EXPECT_EQ(grant_map(self, NO_REF, at, MAP_RW, NULL), GNTST_bad_gntref);
	EXPECT_EQ(grant_map(self, ~0u, at, MAP_RW, NULL), GNTST_bad_gntref);
	EXPECT_EQ(grant_map(0x7000, REF, at, MAP_RW, NULL), GNTST_bad_domain);
	EXPECT_EQ(grant_map(DOMID_SELF, REF, at, MAP_RW, NULL), GNTST_bad_domain);
	EXPECT_EQ(grant_map(self, REF, at, 0, NULL), GNTST_bad_gntref);
	EXPECT_EQ(grant_map(self, REF, at, GNTMAP_readonly, NULL), GNTST_bad_gntref);
	EXPECT_EQ(grant_map(self, REF, 0x123456789000, MAP_RW, NULL), GNTST_general_error);
	EXPECT_EQ(grant_map(self, REF, 0x8000000000000000, MAP_RW, NULL), GNTST_general_error);
	EXPECT_EQ(grant_map(self, REF + 1, at, MAP_RW, NULL), GNTST_general_error);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	grants[REF].flags = GTF_permit_access | GTF_sub_page;
	EXPECT_EQ(grant_map(self, REF, at, MAP_RW, NULL), GNTST_general_error);
	grants[REF].flags = GTF_accept_transfer;
	EXPECT_EQ(grant_map(self, REF, at, MAP_RW, NULL), GNTST_general_error);
	grant(REF, self + 1, mfn, 0);
	EXPECT_EQ(grant_map(self, REF, at, MAP_RW, NULL), GNTST_general_error);
	grant(REF, self, 0x7fffffff, 0);
	EXPECT_EQ(grant_map(self, REF, at, MAP_RW, NULL), GNTST_bad_page);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
}

TEST(device_map, "lodge has no device for a guest to map for")
{
	if (!on_lodge())
		test_skip("Xen maps for devices as if the guest had some");
	grant(REF, self, va_to_mfn(window_pte), 0);
	EXPECT_EQ(grant_map(self, REF, (u64)window(0), MAP_RW | GNTMAP_device_map, NULL),
		  GNTST_no_device_space);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
}

TEST(unmap_refused, "unmap: bad handles, twice, elsewhere, no address (XSA-218, 228, 234)")
{
	u64 *page = page_alloc();
	u32 handle;

	EXPECT_EQ(grant_unmap((u64)window(0), ~0u), GNTST_bad_handle);
	EXPECT_EQ(grant_unmap((u64)window(0), 100000), GNTST_bad_handle);
	grant(REF, self, va_to_mfn(page), 0);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RW, &handle) == 0);
	EXPECT_EQ(grant_unmap((u64)window(1), handle), GNTST_general_error);
	EXPECT_EQ(grant_unmap((u64)page, handle + 1) < 0, 1);
	EXPECT_EQ(grant_unmap(0x8000000000000000, handle), GNTST_general_error);
	EXPECT_EQ(grant_unmap(0, handle), GNTST_okay);
	EXPECT(window_pte(0) & PTE_P);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_USED);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_bad_handle);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
}

TEST(twice_in_list, "unmap: the same handle twice in one list goes once (XSA-218)")
{
	u64 *page = page_alloc();
	struct gnttab_unmap_grant_ref u[2] = {};

	grant(REF, self, va_to_mfn(page), 0);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RW, &u[0].handle) == 0);
	u[0].host_addr = u[1].host_addr = (u64)window(0);
	u[1].handle = u[0].handle;
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_unmap_grant_ref, u, 2), 0);
	EXPECT_EQ(u[0].status, GNTST_okay);
	EXPECT(u[1].status < 0);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
}

TEST(readonly_mismatch, "unmap: the entry must have the rights that were mapped (XSA-234)")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page);
	u32 ro, rw;

	grant(REF, self, mfn, 0);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RO, &ro) == 0);
	/* One's own frame: the guest may write the entry as it likes. */
	REQUIRE(pte_set(window(0), mfn * PAGE | PTE_RW_PAGE) == 0);
	EXPECT_EQ(grant_unmap((u64)window(0), ro), GNTST_general_error);
	REQUIRE(pte_set(window(0), mfn * PAGE | PTE_RO_PAGE) == 0);
	EXPECT_EQ(grant_unmap((u64)window(0), ro), GNTST_okay);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RW, &rw) == 0);
	REQUIRE(pte_set(window(0), mfn * PAGE | PTE_RO_PAGE) == 0);
	EXPECT_EQ(grant_unmap((u64)window(0), rw), GNTST_general_error);
	REQUIRE(pte_set(window(0), mfn * PAGE | PTE_RW_PAGE) == 0);
	EXPECT_EQ(grant_unmap((u64)window(0), rw), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
}

TEST(revoked, "a grant that is changed while mapped: the use goes on as it began")
{
	u64 *page = page_alloc(), *other = page_alloc();
	u32 handle, second;

	grant(REF, self, va_to_mfn(page), 0);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RW, &handle) == 0);
	grants[REF].frame = va_to_mfn(other);
	grants[REF].domid = self + 1;
	REQUIRE(grant_map(self, REF, (u64)window(1), MAP_RW, &second) == 0);
	EXPECT_EQ((window_pte(1) & PTE_MFN) / PAGE, va_to_mfn(page));
	grants[REF].flags = 0;
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
	EXPECT_EQ(grant_unmap((u64)window(1), second), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, 0);
	EXPECT_EQ(grant_map(self, REF, (u64)window(0), MAP_RW, NULL), GNTST_general_error);
	page_free(page);
	page_free(other);
}

TEST(no_table, "a frame that is mapped writable by a grant cannot become a table")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page);
	u32 handle;

	page_ro(page);
	grant(REF, self, mfn, 0);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RW, &handle) == 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn), 0);
	/* A table can be read, and not written. */
	EXPECT_EQ(grant_map(self, REF, (u64)window(0), MAP_RW, NULL), GNTST_general_error);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	EXPECT_EQ(grant_map(self, REF, (u64)window(0), MAP_RO, &handle), GNTST_okay);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	page_rw(page);
	page_free(page);
}

TEST(list_fault, "unmap: a list that runs into a fault: what came before is done")
{
	u64 *page = page_alloc(), *list_page = page_alloc(), *after = window(11);
	struct gnttab_unmap_grant_ref *u;
	unsigned int i;

	/* The list ends where a page ends, and nothing is mapped behind it. */
	REQUIRE(map_va((u64)window(10), va_to_mfn(list_page) * PAGE | PTE_RW_PAGE) == 0);
	u = (struct gnttab_unmap_grant_ref *)after - 2;
	grant(REF, self, va_to_mfn(page), 0);
	for (i = 0; i < 2; i++) {
		u[i] = (struct gnttab_unmap_grant_ref){ .host_addr = (u64)window(i) };
		REQUIRE(grant_map(self, REF, (u64)window(i), MAP_RW, &u[i].handle) == 0);
	}
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_unmap_grant_ref, u, 3), X_EFAULT);
	EXPECT_EQ(u[0].status, GNTST_okay);
	EXPECT_EQ(u[1].status, GNTST_okay);
	EXPECT_EQ(window_pte(0) | window_pte(1), 0);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_unmap_grant_ref, u, 0x80000000u), X_EINVAL);
	EXPECT_EQ(pte_set(window(10), 0), 0);
	page_free(list_page);
	page_free(page);
}

TEST(long_list, "lists of 500: mapped, copied and unmapped, each with its status")
{
	static struct gnttab_map_grant_ref m[500];
	static struct gnttab_unmap_grant_ref u[500];
	u64 *page = page_alloc(), mfn = va_to_mfn(page);
	unsigned int i, good = 0;

	for (i = 0; i < 500; i++) {
		grant(500 - i % 100, self, mfn, 0);
		m[i] = (struct gnttab_map_grant_ref){ .host_addr = (u64)window(i), .dom = self,
			.ref = i % 7 ? 500 - i % 100 : NO_REF, .flags = MAP_RW };
	}
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_map_grant_ref, m, 500), 0);
	for (i = 0; i < 500; i++) {
		good += m[i].status == (i % 7 ? GNTST_okay : GNTST_bad_gntref);
		u[i].host_addr = m[i].host_addr;
		u[i].handle = i % 7 ? m[i].handle : 4000000000u;
	}
	EXPECT_EQ(good, 500);
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_unmap_grant_ref, u, 500), 0);
	for (i = 0, good = 0; i < 500; i++)
		good += u[i].status == (i % 7 ? GNTST_okay : GNTST_bad_handle);
	EXPECT_EQ(good, 500);
	for (i = 401; i <= 500; i++)
		good += grants[i].flags != GTF_permit_access;
	EXPECT_EQ(good, 500);
	page_free(page);
}

/* ---- unmap_and_replace ---- */

static int replace(u64 address, u64 new_address, u32 handle)
{
	struct gnttab_unmap_and_replace r = {
		.host_addr = address, .new_addr = new_address, .handle = handle, .status = 77,
	};

	return grant_op(GNTTABOP_unmap_and_replace, &r) ? 1 : r.status;
}

TEST(replaced, "unmap_and_replace: another mapping moves to where the grant was")
{
	u64 *page = page_alloc(), *other = page_alloc();
	u32 handle;

	grant(REF, self, va_to_mfn(page), 0);
	REQUIRE(map_va((u64)window(1), va_to_mfn(other) * PAGE | PTE_RW_PAGE) == 0);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RW, &handle) == 0);
	EXPECT_EQ(replace((u64)window(0), (u64)window(1), handle), GNTST_okay);
	EXPECT_EQ((window_pte(0) & PTE_MFN) / PAGE, va_to_mfn(other));
	EXPECT_EQ(window_pte(1), 0);
	*(volatile u64 *)window(0) = 0x77;
	EXPECT_EQ(other[0], 0x77);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	EXPECT_EQ(replace((u64)window(0), (u64)window(1), handle), GNTST_bad_handle);
	REQUIRE(pte_set(window(0), 0) == 0);
	/* By the address of an entry there is no replacing. */
	REQUIRE(grant_map(self, REF, pte_maddr((u64)window(0), 1), MAP_RW | GNTMAP_contains_pte,
			  &handle) == 0);
	EXPECT_EQ(replace(pte_maddr((u64)window(0), 1), (u64)window(2), handle),
		  GNTST_general_error);
	EXPECT_EQ(replace(pte_maddr((u64)window(0), 1), 0, handle), GNTST_okay);
	EXPECT_EQ(window_pte(0), 0);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(page);
	page_free(other);
}

/* ---- copy ---- */

static int copy(struct gnttab_copy *c)
{
	c->status = 77;
	return grant_op(GNTTABOP_copy, c) ? 1 : c->status;
}

TEST(copies, "copy: by frame and by reference, both ways, parts of a page")
{
	u64 *a = page_alloc(), *b = page_alloc(), ma = va_to_mfn(a), mb = va_to_mfn(b);
	struct gnttab_copy c = { .flags = GNTCOPY_source_gref | GNTCOPY_dest_gref, .len = 16 };
	volatile u64 *vb = b;

	a[0] = 1;
	grant(REF, self, ma, GTF_readonly);
	grant(REF + 1, self, mb, 0);
	EXPECT_EQ(grant_copy_pages(ma, DOMID_SELF, mb, DOMID_SELF, 0), GNTST_okay);
	EXPECT_EQ(vb[0], 1);
	a[0] = 2;
	EXPECT_EQ(grant_copy_pages(REF, self, mb, DOMID_SELF, GNTCOPY_source_gref), GNTST_okay);
	EXPECT_EQ(vb[0], 2);
	a[0] = 3;
	EXPECT_EQ(grant_copy_pages(ma, DOMID_SELF, REF + 1, DOMID_SELF, GNTCOPY_dest_gref),
		  GNTST_okay);
	EXPECT_EQ(vb[0], 3);
	a[1] = 4;
	a[2] = 5;
	c.source.u.ref = REF;
	c.dest.u.ref = REF + 1;
	c.source.domid = c.dest.domid = self;
	c.source.offset = 8;
	c.dest.offset = PAGE - 16;
	EXPECT_EQ(copy(&c), GNTST_okay);
	EXPECT_EQ(vb[510], 4);
	EXPECT_EQ(vb[511], 5);
	c.len = 0;
	EXPECT_EQ(copy(&c), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_readonly);
	EXPECT_EQ(grants[REF + 1].flags, GTF_permit_access);
	page_free(a);
	page_free(b);
}

TEST(copies_refused, "copy: bad lengths, frames, references, domains, rights")
{
	u64 *a = page_alloc(), *b = page_alloc(), ma = va_to_mfn(a), mb = va_to_mfn(b);
	u64 table = (pte_maddr((u64)window(0), 1)) / PAGE;
	struct gnttab_copy c = { .source.domid = DOMID_SELF, .dest.domid = DOMID_SELF };

	c.source.u.gmfn = ma;
	c.dest.u.gmfn = mb;
	c.len = PAGE;
	c.source.offset = 1;
	EXPECT_EQ(copy(&c), GNTST_bad_copy_arg);
	c.source.offset = 0;
	c.dest.offset = 0xffff;
	EXPECT_EQ(copy(&c), GNTST_bad_copy_arg);
	c.dest.offset = 0;
	c.len = 0xffff;
	EXPECT_EQ(copy(&c), GNTST_bad_copy_arg);
	EXPECT_EQ(grant_copy_pages(0x7fffffff, DOMID_SELF, mb, DOMID_SELF, 0), GNTST_bad_page);
	EXPECT_EQ(grant_copy_pages(ma, DOMID_SELF, 0x7fffffff, DOMID_SELF, 0), GNTST_bad_page);
	EXPECT_EQ(grant_copy_pages(ma, self, mb, DOMID_SELF, 0), GNTST_permission_denied);
	EXPECT_EQ(grant_copy_pages(ma, 0, mb, DOMID_SELF, 0), GNTST_permission_denied);
	EXPECT_EQ(grant_copy_pages(ma, DOMID_SELF, table, DOMID_SELF, 0), GNTST_general_error);
	EXPECT_EQ(grant_copy_pages(table, DOMID_SELF, mb, DOMID_SELF, 0), GNTST_okay);
	grant(REF, self, ma, GTF_readonly);
	EXPECT_EQ(grant_copy_pages(mb, DOMID_SELF, REF, self, GNTCOPY_dest_gref),
		  GNTST_general_error);
	EXPECT_EQ(grant_copy_pages(mb, DOMID_SELF, NO_REF, self, GNTCOPY_dest_gref),
		  GNTST_bad_gntref);
	EXPECT_EQ(grant_copy_pages(mb, DOMID_SELF, REF, 0x7000, GNTCOPY_dest_gref),
		  GNTST_bad_domain);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_readonly);
	page_free(a);
	page_free(b);
}

TEST(copy_pinned, "copy: to a grant that is mapped read-only, or revoked meanwhile (XSA-411, 500)")
{
	u64 *a = page_alloc(), *b = page_alloc(), ma = va_to_mfn(a);
	u32 handle;

	a[0] = 0x99;
	grant(REF, self, va_to_mfn(b), GTF_readonly);
	REQUIRE(grant_map(self, REF, (u64)window(0), MAP_RO, &handle) == 0);
	EXPECT_EQ(grant_copy_pages(ma, DOMID_SELF, REF, self, GNTCOPY_dest_gref),
		  GNTST_general_error);
	EXPECT_EQ(((volatile u64 *)b)[0], 0);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_readonly | GTF_reading);
	/* In use it may still be read from, whatever the entry says now. */
	grants[REF].flags = 0;
	EXPECT_EQ(grant_copy_pages(REF, self, ma, DOMID_SELF, GNTCOPY_source_gref), GNTST_okay);
	EXPECT_EQ(((volatile u64 *)a)[0], 0);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
	EXPECT_EQ(grant_copy_pages(REF, self, ma, DOMID_SELF, GNTCOPY_source_gref),
		  GNTST_general_error);
	page_free(a);
	page_free(b);
}

TEST(copy_list, "copy: a list of 300, some of them refused, goes on to its end")
{
	static struct gnttab_copy c[300];
	u64 *a = page_alloc(), *b = page_alloc();
	unsigned int i, good = 0;

	grant(REF, self, va_to_mfn(a), 0);
	for (i = 0; i < 300; i++) {
		c[i] = (struct gnttab_copy){ .source.domid = self, .dest.domid = DOMID_SELF,
			.source.u.ref = i % 11 ? REF : NO_REF, .dest.u.gmfn = va_to_mfn(b),
			.len = 8, .flags = GNTCOPY_source_gref, .status = 77 };
		c[i].source.offset = i % 512 * 8;
		c[i].dest.offset = i % 512 * 8;
		a[i] = i + 1;
	}
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_copy, c, 300), 0);
	for (i = 0; i < 300; i++)
		good += c[i].status == (i % 11 ? GNTST_okay : GNTST_bad_gntref) &&
			((volatile u64 *)b)[i] == (i % 11 ? i + 1 : 0);
	EXPECT_EQ(good, 300);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	page_free(a);
	page_free(b);
}

/* ---- the rest ---- */

TEST(swap, "swap_grant_ref: two entries change places, unless one is in use")
{
	struct { u32 a, b; s16 status; } s = { REF, REF + 1, 77 };
	u64 *page = page_alloc(), mfn = va_to_mfn(page);
	u32 handle;

	grant(REF, self, mfn, 0);
	grant(REF + 1, self + 7, 99, GTF_readonly);
	EXPECT_EQ(grant_op(GNTTABOP_swap_grant_ref, &s), 0);
	EXPECT_EQ(s.status, GNTST_okay);
	EXPECT_EQ(grants[REF + 1].frame, mfn);
	EXPECT_EQ(grants[REF + 1].domid, self);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_readonly);
	EXPECT_EQ(grants[REF].frame, 99);
	REQUIRE(grant_map(self, REF + 1, (u64)window(0), MAP_RW, &handle) == 0);
	EXPECT_EQ(grant_op(GNTTABOP_swap_grant_ref, &s), 0);
	EXPECT_EQ(s.status, GNTST_eagain);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
	s.b = NO_REF;
	EXPECT_EQ(grant_op(GNTTABOP_swap_grant_ref, &s), 0);
	EXPECT_EQ(s.status, GNTST_bad_gntref);
	s.b = s.a;
	EXPECT_EQ(grant_op(GNTTABOP_swap_grant_ref, &s), 0);
	EXPECT_EQ(s.status, GNTST_okay);
	page_free(page);
}

TEST(cache, "cache_flush: one's own frames, and only what x86 has")
{
	u64 *page = page_alloc(), mfn = va_to_mfn(page);
	struct gnttab_cache_flush f = { .a.dev_bus_addr = mfn * PAGE, .length = PAGE,
					.op = GNTTAB_CACHE_CLEAN };

	EXPECT_EQ(grant_op(GNTTABOP_cache_flush, &f), 0);
	f.op = GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL;
	f.offset = 100;
	f.length = 64;
	EXPECT_EQ(grant_op(GNTTABOP_cache_flush, &f), 0);
	f.op = GNTTAB_CACHE_INVAL;
	EXPECT_EQ(grant_op(GNTTABOP_cache_flush, &f), X_EOPNOTSUPP);
	f.op = 8;
	EXPECT_EQ(grant_op(GNTTABOP_cache_flush, &f), X_EINVAL);
	f.op = GNTTAB_CACHE_CLEAN;
	f.length = PAGE;
	EXPECT_EQ(grant_op(GNTTABOP_cache_flush, &f), X_EINVAL);
	f.length = 0;
	EXPECT_EQ(grant_op(GNTTABOP_cache_flush, &f), 0);
	f.length = 8;
	f.a.dev_bus_addr = 0xfffffffff000;
	EXPECT(grant_op(GNTTABOP_cache_flush, &f) < 0);
	f.a.dev_bus_addr = 0;
	EXPECT(grant_op(GNTTABOP_cache_flush, &f) < 0);
	page_free(page);
}

TEST(unknown, "operations that are not there; lodge does not transfer frames")
{
	struct gnttab_transfer t = { .mfn = ~0UL };

	EXPECT_EQ(hc3(grant_table_op, 100, &t, 1), X_ENOSYS);
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_dump_table, &t, 1), X_ENOSYS);
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_map_grant_ref, &t, 0), 0);
	EXPECT_EQ(hc3(grant_table_op, GNTTABOP_map_grant_ref, 0x8000000000000000, 1), X_EFAULT);
	if (on_lodge())
		EXPECT_EQ(grant_op(GNTTABOP_transfer, &t), X_ENOSYS);
}
