// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Grants between two domains: role=mapper tests, role=granter does what it
 * is told.  Both are told the other's number (peer=N).
 *
 * The granter's reference 8 is a control page with one request at a time:
 * the mapper writes it, then counts @asked up; the granter answers and counts
 * @answered up.  Its pages 0..NR_PAGES-1 are granted and taken back on request.
 */
#include "guest.h"
#include "grant.h"

#define CONTROL_REF	8
#define REF		20
#define NR_PAGES	8
#define PATIENCE_NS	30000000000ULL

enum request {
	ASK_GRANT,	/* ref, page, flags */
	ASK_FLAGS,	/* ref: what the entry says */
	ASK_SET_FLAGS,	/* ref, flags */
	ASK_PEEK,	/* page, word */
	ASK_POKE,	/* page, word, value */
	ASK_PIN,	/* page: make it a table for a moment; 0 if that works */
	ASK_GIVE_UP,	/* page: back to the host; frames given up */
	ASK_MAP,	/* ref of the mapper's, readonly: status; stays mapped */
	ASK_UNMAP,	/* what ASK_MAP mapped: status */
	ASK_OFF,	/* power off; no answer */
};

struct control {
	u32 asked, answered;
	u32 request;
	u64 arg[3];
	s64 answer;
};

static domid_t peer;
static volatile struct control *control;

static void relax(void) { hc2(sched_op, SCHEDOP_yield, NULL); }

/* ---- the granter ---- */

static u64 *pages[NR_PAGES];
static u32 mapped_handle;

static s64 try_pin(u64 *page)
{
	u64 mfn = va_to_mfn(page);
	u64 was[PAGE / 8];
	s64 ret;

	memcpy(was, page, PAGE);
	memset(page, 0, PAGE);
	page_ro(page);
	ret = mmuext(MMUEXT_PIN_L1_TABLE, mfn);
	if (!ret)
		ret = mmuext(MMUEXT_UNPIN_TABLE, mfn);
	page_rw(page);
	memcpy(page, was, PAGE);
	return ret;
}

static s64 give_up(u64 *page)
{
	xen_pfn_t frame = va_to_mfn(page);
	struct xen_memory_reservation r = { .extent_start = &frame, .nr_extents = 1,
					    .domid = DOMID_SELF };

	REQUIRE(pte_set(page, 0) == 0);
	return hc2(memory_op, XENMEM_decrease_reservation, &r);
}

static s64 answer_to(u32 request, u64 a, u64 b, u64 c)
{
	switch (request) {
	case ASK_GRANT:
		grant(a, peer, va_to_mfn(pages[b]), c);
		return va_to_mfn(pages[b]);
	case ASK_FLAGS:
		return grants[a].flags;
	case ASK_SET_FLAGS:
		grants[a].flags = b;
		return 0;
	case ASK_PEEK:
		return ((volatile u64 *)pages[a])[b];
	case ASK_POKE:
		((volatile u64 *)pages[a])[b] = c;
		return 0;
	case ASK_PIN:
		return try_pin(pages[a]);
	case ASK_GIVE_UP:
		return give_up(pages[a]);
	case ASK_MAP:
		return grant_map(peer, a, (u64)window(9), b ? MAP_RO : MAP_RW, &mapped_handle);
	case ASK_UNMAP:
		return grant_unmap((u64)window(9), mapped_handle);
	case ASK_OFF:
		shutdown(SHUTDOWN_poweroff);
	}
	return -1000;
}

static void serve(void)
{
	u64 *page = page_alloc();
	unsigned int i;

	grant_init();
	for (i = 0; i < NR_PAGES; i++)
		pages[i] = page_alloc();
	control = (void *)page;
	grant(CONTROL_REF, peer, va_to_mfn(page), 0);
	for (;;) {
		while (control->asked == control->answered)
			relax();
		control->answer = answer_to(control->request, control->arg[0], control->arg[1],
					    control->arg[2]);
		barrier_();
		control->answered = control->asked;
	}
}

/* ---- the mapper ---- */

static void ask_only(u32 request, u64 a, u64 b, u64 c)
{
	control->request = request;
	control->arg[0] = a;
	control->arg[1] = b;
	control->arg[2] = c;
	barrier_();
	control->asked++;
}

static s64 ask(u32 request, u64 a, u64 b, u64 c)
{
	u64 end = system_time_ns() + PATIENCE_NS;

	ask_only(request, a, b, c);
	while (control->asked != control->answered) {
		REQUIRE(system_time_ns() < end);
		relax();
	}
	return control->answer;
}

TEST(meet, "the control page of the granter can be mapped")
{
	u64 end = system_time_ns() + PATIENCE_NS;
	const char *role = cmdline_value("role");
	u32 handle;

	peer = cmdline_number("peer", 0);
	REQUIRE(role);
	if (role[0] == 'g')
		serve();
	grant_init();
	while (grant_map(peer, CONTROL_REF, (u64)window(100), MAP_RW, &handle)) {
		REQUIRE(system_time_ns() < end);
		relax();
	}
	control = window(100);
	EXPECT_EQ(ask(ASK_FLAGS, CONTROL_REF, 0, 0), GTF_permit_access | GTF_USED);
}

TEST(shared, "a writable mapping: both see what the other writes")
{
	volatile u64 *at = window(0);
	u32 handle;

	ask(ASK_GRANT, REF, 0, 0);
	ask(ASK_POKE, 0, 5, 0x1111);
	REQUIRE(grant_map(peer, REF, (u64)at, MAP_RW, &handle) == 0);
	EXPECT_EQ(at[5], 0x1111);
	at[6] = 0x2222;
	EXPECT_EQ(ask(ASK_PEEK, 0, 6, 0), 0x2222);
	EXPECT_EQ(ask(ASK_FLAGS, REF, 0, 0), GTF_permit_access | GTF_USED);
	EXPECT_EQ(grant_unmap((u64)at, handle), GNTST_okay);
	EXPECT_EQ(window_pte(0), 0);
	EXPECT_EQ(ask(ASK_FLAGS, REF, 0, 0), GTF_permit_access);
}

TEST(read_only, "a read-only mapping: no write, and no way to make it writable (XSA-182)")
{
	u64 *at = window(0), pte;
	struct trap t;
	u32 handle;

	ask(ASK_GRANT, REF, 0, 0);
	ask(ASK_POKE, 0, 5, 0x3333);
	REQUIRE(grant_map(peer, REF, (u64)at, MAP_RO, &handle) == 0);
	EXPECT_EQ(((volatile u64 *)at)[5], 0x3333);
	TRY(t, ((volatile u64 *)at)[5] = 1);
	EXPECT_TRAP(t, X_PF);
	pte = window_pte(0);
	EXPECT(pte_set(at, pte | PTE_RW) < 0);
	EXPECT(pte_write(pte_maddr((u64)at, 1), pte | PTE_RW) < 0);
	EXPECT_EQ(grant_unmap((u64)at, handle), GNTST_okay);
	EXPECT_EQ(ask(ASK_PEEK, 0, 5, 0), 0x3333);
}

TEST(no_copies, "the entry of a grant cannot be written elsewhere; its free bits can be changed")
{
	u64 *at = window(0), *other = page_alloc(), pte, mfn;
	struct trap t;
	u32 handle;

	mfn = ask(ASK_GRANT, REF, 0, 0);
	REQUIRE(grant_map(peer, REF, (u64)at, MAP_RW, &handle) == 0);
	pte = window_pte(0);
	EXPECT_EQ((pte & PTE_MFN) / PAGE, mfn);
	EXPECT(pte_set(window(1), pte) < 0);
	EXPECT(pte_set(window(1), pte & ~PTE_RW) < 0);
	EXPECT(pte_set(other, mfn * PAGE | PTE_RO_PAGE) < 0);
	EXPECT(pte_set(at, pte & ~PTE_RW) < 0);
	EXPECT_EQ(pte_set(at, pte | 0x400), 0);
	EXPECT_EQ(pte_set(at, pte & ~PTE_A), 0);
	TRY(t, at[0]++);
	EXPECT_NO_TRAP(t);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0);
	EXPECT(mmuext(MMUEXT_CLEAR_PAGE, mfn) < 0);
	EXPECT(pte_write(mfn * PAGE, 0) < 0);
	EXPECT(pte_write(pte_maddr((u64)window(0), 2), mfn * PAGE | PTE_RW_PAGE) < 0);
	EXPECT_EQ(grant_unmap((u64)at, handle), GNTST_okay);
	EXPECT_EQ(ask(ASK_FLAGS, REF, 0, 0), GTF_permit_access);
	page_free(other);
}

TEST(no_table, "what is mapped writable elsewhere cannot become a table; a table not be mapped so")
{
	u32 handle;

	ask(ASK_GRANT, REF, 1, 0);
	REQUIRE(grant_map(peer, REF, (u64)window(0), MAP_RW, &handle) == 0);
	EXPECT(ask(ASK_PIN, 1, 0, 0) < 0);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
	EXPECT_EQ(ask(ASK_PIN, 1, 0, 0), 0);
	REQUIRE(grant_map(peer, REF, (u64)window(0), MAP_RO, &handle) == 0);
	EXPECT_EQ(ask(ASK_PIN, 1, 0, 0), 0);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
}

TEST(other_user, "a grant to somebody else is no grant")
{
	ask(ASK_GRANT, REF, 1, 0);
	ask(ASK_SET_FLAGS, REF, 0, 0);
	EXPECT_EQ(grant_map(peer, REF, (u64)window(0), MAP_RO, NULL), GNTST_general_error);
	EXPECT_EQ(grant_map(peer, REF + 300, (u64)window(0), MAP_RO, NULL), GNTST_general_error);
	EXPECT_EQ(grant_map(peer, 100000, (u64)window(0), MAP_RO, NULL), GNTST_bad_gntref);
}

TEST(revoked, "a grant taken back while mapped goes on to its end, and then is none (XSA-396)")
{
	volatile u64 *at = window(0);
	u32 handle;

	ask(ASK_GRANT, REF, 2, 0);
	REQUIRE(grant_map(peer, REF, (u64)at, MAP_RW, &handle) == 0);
	ask(ASK_SET_FLAGS, REF, 0, 0);
	at[1] = 0x77;
	EXPECT_EQ(ask(ASK_PEEK, 2, 1, 0), 0x77);
	EXPECT(ask(ASK_PIN, 2, 0, 0) < 0);
	EXPECT_EQ(grant_unmap((u64)at, handle), GNTST_okay);
	EXPECT_EQ(ask(ASK_PIN, 2, 0, 0), 0);
	EXPECT_EQ(ask(ASK_FLAGS, REF, 0, 0), 0);
	EXPECT_EQ(grant_map(peer, REF, (u64)at, MAP_RW, NULL), GNTST_general_error);
}

TEST(given_up, "a frame that its owner gives up while it is mapped stays as it is")
{
	volatile u64 *at = window(0);
	u32 handle;

	ask(ASK_GRANT, REF, 3, 0);
	ask(ASK_POKE, 3, 9, 0x5a5a);
	REQUIRE(grant_map(peer, REF, (u64)at, MAP_RW, &handle) == 0);
	EXPECT_EQ(ask(ASK_GIVE_UP, 3, 0, 0), 1);
	EXPECT_EQ(at[9], 0x5a5a);
	at[10] = 1;
	EXPECT_EQ(grant_unmap((u64)at, handle), GNTST_okay);
	EXPECT_EQ(grant_map(peer, REF, (u64)at, MAP_RW, NULL), GNTST_bad_page);
}

TEST(overwritten, "an entry that the guest overwrites: its grant stays in use")
{
	u64 *own = page_alloc();
	u32 handle, again = ~0u;

	ask(ASK_GRANT, REF + 1, 4, 0);
	REQUIRE(grant_map(peer, REF + 1, (u64)window(2), MAP_RW, &handle) == 0);
	REQUIRE(pte_set(window(2), 0) == 0);
	EXPECT_EQ(grant_unmap((u64)window(2), handle), GNTST_general_error);
	EXPECT(ask(ASK_PIN, 4, 0, 0) < 0);
	/* The place is free for others, and the old handle does not fit them. */
	REQUIRE(pte_set(window(2), va_to_mfn(own) * PAGE | PTE_RW_PAGE) == 0);
	EXPECT_EQ(grant_unmap((u64)window(2), handle), GNTST_general_error);
	EXPECT_EQ(grant_map(peer, REF + 1, (u64)window(2), MAP_RW, &again), GNTST_okay);
	own[0] = 1;	/* not mapped there any more, still mapped here */
	EXPECT_EQ(grant_unmap((u64)window(2), again), GNTST_okay);
	EXPECT_EQ(grant_unmap((u64)window(2), handle), GNTST_general_error);
	EXPECT(ask(ASK_PIN, 4, 0, 0) < 0);
	EXPECT_EQ(ask(ASK_FLAGS, REF + 1, 0, 0), GTF_permit_access | GTF_USED);
	page_free(own);
}

TEST(table_gone, "a table with the entry of a grant ceases to be one; it cannot come back")
{
	u64 *table = page_alloc(), mfn = va_to_mfn(table), slot = mfn * PAGE + 8;
	u32 handle;

	ask(ASK_GRANT, REF + 2, 5, 0);
	page_ro(table);
	REQUIRE(mmuext(MMUEXT_PIN_L1_TABLE, mfn) == 0);
	REQUIRE(grant_map(peer, REF + 2, slot, MAP_RW | GNTMAP_contains_pte, &handle) == 0);
	EXPECT(table[1] & PTE_P);
	REQUIRE(mmuext(MMUEXT_UNPIN_TABLE, mfn) == 0);
	EXPECT_EQ(grant_unmap(slot, handle), GNTST_general_error);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0);
	EXPECT_EQ(grant_unmap(slot, handle), GNTST_general_error);
	page_rw(table);
	table[1] = 0;
	page_ro(table);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn), 0);
	EXPECT_EQ(grant_unmap(slot, handle), GNTST_general_error);
	EXPECT(ask(ASK_PIN, 5, 0, 0) < 0);
	REQUIRE(mmuext(MMUEXT_UNPIN_TABLE, mfn) == 0);
	page_rw(table);
	page_free(table);
}

TEST(replaced, "unmap_and_replace: one's own entry may move, another grant's may not")
{
	struct gnttab_unmap_and_replace r = { .host_addr = (u64)window(0) };
	u64 *own = page_alloc();
	u32 second;

	ask(ASK_GRANT, REF, 0, 0);
	REQUIRE(grant_map(peer, REF, (u64)window(0), MAP_RW, &r.handle) == 0);
	REQUIRE(grant_map(peer, REF, (u64)window(1), MAP_RO, &second) == 0);
	if (on_lodge()) {
		r.new_addr = (u64)window(1);
		EXPECT_EQ(grant_op(GNTTABOP_unmap_and_replace, &r), 0);
		EXPECT_EQ(r.status, GNTST_general_error);
		r.new_addr = (u64)window(0);
		EXPECT_EQ(grant_op(GNTTABOP_unmap_and_replace, &r), 0);
		EXPECT_EQ(r.status, GNTST_general_error);
	}
	REQUIRE(pte_set(window(3), va_to_mfn(own) * PAGE | PTE_RW_PAGE) == 0);
	r.new_addr = (u64)window(3);
	EXPECT_EQ(grant_op(GNTTABOP_unmap_and_replace, &r), 0);
	EXPECT_EQ(r.status, GNTST_okay);
	*(volatile u64 *)window(0) = 0x99;
	EXPECT_EQ(own[0], 0x99);
	EXPECT_EQ(grant_unmap((u64)window(1), second), GNTST_okay);
	EXPECT_EQ(ask(ASK_FLAGS, REF, 0, 0), GTF_permit_access);
	REQUIRE(pte_set(window(0), 0) == 0);
	page_free(own);
}

TEST(copied, "copies both ways; a read-only grant is only read")
{
	u64 *own = page_alloc(), mfn = va_to_mfn(own);

	ask(ASK_GRANT, REF, 0, GTF_readonly);
	ask(ASK_GRANT, REF + 3, 6, 0);
	ask(ASK_POKE, 0, 0, 0xabcd);
	EXPECT_EQ(grant_copy_pages(REF, peer, mfn, DOMID_SELF, GNTCOPY_source_gref), GNTST_okay);
	EXPECT_EQ(((volatile u64 *)own)[0], 0xabcd);
	EXPECT_EQ(grant_copy_pages(mfn, DOMID_SELF, REF, peer, GNTCOPY_dest_gref),
		  GNTST_general_error);
	own[1] = 0x5678;
	EXPECT_EQ(grant_copy_pages(mfn, DOMID_SELF, REF + 3, peer, GNTCOPY_dest_gref), GNTST_okay);
	EXPECT_EQ(ask(ASK_PEEK, 6, 1, 0), 0x5678);
	ask(ASK_POKE, 0, 2, 0x9999);
	EXPECT_EQ(grant_copy_pages(REF, peer, REF + 3, peer,
				   GNTCOPY_source_gref | GNTCOPY_dest_gref), GNTST_okay);
	EXPECT_EQ(ask(ASK_PEEK, 6, 2, 0), 0x9999);
	EXPECT_EQ(grant_copy_pages(mfn, peer, REF + 3, peer, GNTCOPY_dest_gref),
		  GNTST_permission_denied);
	EXPECT_EQ(ask(ASK_FLAGS, REF, 0, 0), GTF_permit_access | GTF_readonly);
	EXPECT_EQ(ask(ASK_FLAGS, REF + 3, 0, 0), GTF_permit_access);
	page_free(own);
}

TEST(arguments, "hypercall arguments may lie in a frame that was granted")
{
	struct gnttab_query_size *q = window(0);
	u32 handle;

	ask(ASK_GRANT, REF, 0, 0);
	REQUIRE(grant_map(peer, REF, (u64)q, MAP_RW, &handle) == 0);
	q->dom = DOMID_SELF;
	q->status = 77;
	EXPECT_EQ(grant_op(GNTTABOP_query_size, q), 0);
	EXPECT_EQ(q->status, GNTST_okay);
	EXPECT_EQ(grant_unmap((u64)q, handle), GNTST_okay);
	EXPECT_EQ(grant_op(GNTTABOP_query_size, q), X_EFAULT);
}

TEST(flushed, "a cache flush: of a frame that is mapped, and of no other of somebody else")
{
	struct gnttab_cache_flush f = { .length = PAGE, .op = GNTTAB_CACHE_CLEAN };
	u32 handle;

	f.a.dev_bus_addr = ask(ASK_GRANT, REF, 0, 0) * PAGE;
	EXPECT(grant_op(GNTTABOP_cache_flush, &f) < 0);
	REQUIRE(grant_map(peer, REF, (u64)window(0), MAP_RO, &handle) == 0);
	EXPECT_EQ(grant_op(GNTTABOP_cache_flush, &f), 0);
	EXPECT_EQ(grant_unmap((u64)window(0), handle), GNTST_okay);
	EXPECT(grant_op(GNTTABOP_cache_flush, &f) < 0);
}

TEST(both_ways, "the granter maps a grant of the mapper's, too")
{
	u64 *own = page_alloc();

	grant(REF, peer, va_to_mfn(own), 0);
	EXPECT_EQ(ask(ASK_MAP, REF, 0, 0), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_USED);
	EXPECT_EQ(ask(ASK_UNMAP, 0, 0, 0), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	EXPECT_EQ(ask(ASK_MAP, REF, 1, 0), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_reading);
}

TEST(granter_gone, "the granter ends: its frames stay while mapped, what it mapped is free")
{
	u64 end = system_time_ns() + PATIENCE_NS;
	volatile u64 *at = window(0);
	u32 handle;

	ask(ASK_GRANT, REF, 7, 0);
	ask(ASK_POKE, 7, 3, 0x600d);
	REQUIRE(grant_map(peer, REF, (u64)at, MAP_RW, &handle) == 0);
	ask_only(ASK_OFF, 0, 0, 0);
	/* The granter had our page mapped read-only. */
	while (grants[REF].flags & GTF_USED) {
		REQUIRE(system_time_ns() < end);
		relax();
	}
	while (grant_map(peer, REF, (u64)window(1), MAP_RO, NULL) != GNTST_bad_domain) {
		REQUIRE(system_time_ns() < end);
		relax();
	}
	EXPECT_EQ(at[3], 0x600d);
	at[4] = 1;
	EXPECT_EQ(at[4], 1);
	EXPECT_EQ(grant_copy_pages(REF, peer, va_to_mfn(window_pte), DOMID_SELF,
				   GNTCOPY_source_gref), GNTST_bad_domain);
	EXPECT_EQ(grant_unmap((u64)at, handle), GNTST_okay);
	EXPECT_EQ(window_pte(0), 0);
	/* The control page stays mapped: our own end must do. */
}
