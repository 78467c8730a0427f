// SPDX-License-Identifier: GPL-2.0-only
/* DOC: memory_op and grant_table_op, as far as a stock kernel uses them. */
#include "guest.h"

#define BAD_ADDRESS 0x1000UL

static long op(unsigned int cmd, void *arg) { return hc2(memory_op, cmd, arg); }

TEST(maximum_reservation, "maximum_reservation: at least the domain's memory")
{
	domid_t self = DOMID_SELF;
	long n = op(XENMEM_maximum_reservation, &self);

	EXPECT(n >= (long)start_info->nr_pages);
}

TEST(current_reservation,
	"current_reservation: the domain's memory, a few pages of the hypervisor's aside")
{
	domid_t self = DOMID_SELF;
	long n = op(XENMEM_current_reservation, &self);

	EXPECT(n >= (long)start_info->nr_pages - 16 && n <= (long)start_info->nr_pages + 16);
}

TEST(reservation_foreign, "reservations of others are refused")
{
	domid_t other = 0;

	EXPECT(op(XENMEM_maximum_reservation, &other) < 0);
	EXPECT(op(XENMEM_current_reservation, &other) < 0);
	other = 0x1234;
	EXPECT(op(XENMEM_maximum_reservation, &other) < 0);
	EXPECT_EQ(op(XENMEM_maximum_reservation, (void *)BAD_ADDRESS), X_EFAULT);
}

TEST(memory_map, "memory_map: -ENOSYS for a domain without one, or a map with RAM")
{
	static u8 buf[20 * 32];
	struct xen_memory_map m = { .nr_entries = 32, .buffer = buf };
	long ret = op(XENMEM_memory_map, &m);

	EXPECT(ret == X_ENOSYS || ret == 0);
	if (!ret) {
		EXPECT(m.nr_entries >= 1 && m.nr_entries <= 32);
	}
}

TEST(machphys_mapping, "machphys_mapping: where the M2P is")
{
	struct xen_machphys_mapping m;

	EXPECT_EQ(op(XENMEM_machphys_mapping, &m), 0);
	EXPECT_EQ(m.v_start, MACH2PHYS_VIRT_START);
	EXPECT(m.v_end > m.v_start && m.v_end <= MACH2PHYS_VIRT_END);
	EXPECT(m.max_mfn > va_to_mfn(start_info));
}

TEST(m2p_all, "the M2P names every frame of the domain")
{
	unsigned int bad = 0;
	u64 pfn;

	for (pfn = 0; pfn < start_info->nr_pages; pfn++)
		bad += mfn_to_pfn(pfn_to_mfn(pfn)) != pfn;
	EXPECT_EQ(bad, 0);
}

TEST(m2p_foreign, "lodge's M2P of frames of others reads ~0 or faults; nothing of the host shows")
{
	struct xen_machphys_mapping m;
	u64 mfn, odd = 0;

	if (!on_lodge())
		test_skip("Xen has one M2P for all");
	REQUIRE(op(XENMEM_machphys_mapping, &m) == 0);
	for (mfn = 0; mfn < m.max_mfn; mfn += 13) {
		struct trap t;
		u64 pfn = 0;

		TRY(t, pfn = mfn_to_pfn(mfn));
		if (!t.taken && pfn != ~0UL)
			odd += pfn >= start_info->nr_pages || pfn_to_mfn(pfn) != mfn;
	}
	/* shared_info has a machine frame of its own, with a number of its own. */
	EXPECT(odd <= 1);
}

TEST(m2p_end, "reads beyond the M2P's end fault")
{
	struct xen_machphys_mapping m;
	struct trap t;

	REQUIRE(op(XENMEM_machphys_mapping, &m) == 0);
	TRY(t, (void)*(volatile u64 *)MACH2PHYS_VIRT_END);
	EXPECT_TRAP(t, X_PF);
}

TEST(maximum_ram_page, "maximum_ram_page is told, or not offered")
{
	long n = op(XENMEM_maximum_ram_page, NULL);

	EXPECT(n > 0 || n == X_ENOSYS);
}

TEST(unknown, "unknown commands are -ENOSYS")
{
	EXPECT_EQ(op(60, NULL), X_ENOSYS);
	EXPECT_EQ(op(63, NULL), X_ENOSYS);
}

TEST(increase_fault, "increase, decrease, populate: unreadable arguments are -EFAULT or do nothing")
{
	EXPECT(op(XENMEM_increase_reservation, (void *)BAD_ADDRESS) <= 0);
	EXPECT(op(XENMEM_decrease_reservation, (void *)BAD_ADDRESS) <= 0);
	EXPECT(op(XENMEM_populate_physmap, (void *)BAD_ADDRESS) <= 0);
}

TEST(decrease_foreign, "decrease_reservation of frames of others frees nothing")
{
	xen_pfn_t frame = 1;
	struct xen_memory_reservation r = {
		.extent_start = &frame, .nr_extents = 1, .domid = DOMID_SELF,
	};

	EXPECT(op(XENMEM_decrease_reservation, &r) <= 0);
	r.domid = 0;
	EXPECT(op(XENMEM_decrease_reservation, &r) <= 0);
}

TEST(decrease_in_use,
	"decrease_reservation of a frame that is mapped: it does not reach anybody else")
{
	u64 *page = page_alloc();
	xen_pfn_t frame = va_to_mfn(page);
	struct xen_memory_reservation r = {
		.extent_start = &frame, .nr_extents = 1, .domid = DOMID_SELF,
	};
	long ret;

	page[0] = 0x1234;
	ret = op(XENMEM_decrease_reservation, &r);
	EXPECT(ret <= 1);
	/* Still mapped: the reference keeps it ours. */
	EXPECT_EQ(*(volatile u64 *)page, 0x1234);
	page[0] = 0x4321;
	EXPECT_EQ(*(volatile u64 *)page, 0x4321);
}

TEST(physmap, "add_to_physmap, its batch, remove_from_physmap: not for PV")
{
	struct xen_add_to_physmap a = { .domid = DOMID_SELF };
	struct xen_add_to_physmap_range b = { .domid = DOMID_SELF };
	struct xen_remove_from_physmap r = { .domid = DOMID_SELF };

	EXPECT_EQ(op(XENMEM_add_to_physmap, &a), X_EACCES);
	a.space = XENMAPSPACE_gmfn_foreign;
	EXPECT_EQ(op(XENMEM_add_to_physmap, &a), X_ENOSYS);
	a.space = 0;
	a.domid = 0x1234;
	EXPECT_EQ(op(XENMEM_add_to_physmap, &a), X_ESRCH);
	a.domid = 0;
	EXPECT_EQ(op(XENMEM_add_to_physmap, &a), X_EACCES);
	EXPECT_EQ(op(XENMEM_add_to_physmap, (void *)BAD_ADDRESS), X_EFAULT);
	EXPECT_EQ(hc2(memory_op, XENMEM_add_to_physmap | 0x10000UL << 6, &a), X_EDOM);
	EXPECT_EQ(op(XENMEM_add_to_physmap_range, &b), X_EACCES);
	b.space = XENMAPSPACE_gmfn_range;
	EXPECT_EQ(op(XENMEM_add_to_physmap_range, &b), X_EOPNOTSUPP);
	EXPECT_EQ(op(XENMEM_remove_from_physmap, &r), X_EACCES);
	r.domid = 0x1234;
	EXPECT_EQ(op(XENMEM_remove_from_physmap, &r), X_ESRCH);
	EXPECT_EQ(hc2(memory_op, XENMEM_remove_from_physmap | 1 << 6, &r), X_EINVAL);
}

TEST(for_toolstacks, "claim_pages, acquire_resource, target, access, vNUMA, machine map: refused")
{
	struct xen_memory_reservation claim = { .nr_extents = 1, .domid = DOMID_SELF };
	struct xen_mem_acquire_resource res = { .domid = DOMID_SELF, .nr_frames = 1 };
	u64 words[8] = { 0 };

	EXPECT_EQ(op(24, &claim), X_EINVAL);
	claim.domid = 0;
	EXPECT_EQ(op(24, &claim), X_EPERM);
	claim.extent_order = 1;
	EXPECT_EQ(op(24, &claim), X_EINVAL);
	EXPECT_EQ(op(24, (void *)BAD_ADDRESS), X_EFAULT);
	EXPECT_EQ(op(XENMEM_acquire_resource, &res), X_ESRCH);
	res.domid = 0;
	EXPECT_EQ(op(XENMEM_acquire_resource, &res), X_EPERM);
	res.frame = 1UL << 32;
	EXPECT_EQ(op(XENMEM_acquire_resource, &res), X_EINVAL);
	words[4] = DOMID_SELF;
	EXPECT_EQ(op(16, words), X_EINVAL);
	EXPECT_EQ(op(17, words), X_EINVAL);
	EXPECT_EQ(op(XENMEM_machine_memory_map, words), X_EPERM);
	words[0] = DOMID_SELF;
	EXPECT_EQ(op(26, words), X_EOPNOTSUPP);
	words[0] = (u64)DOMID_SELF << 16;
	EXPECT_EQ(op(21, words), X_ESRCH);
	EXPECT_EQ(op(18, NULL), 0);
	EXPECT_EQ(op(19, NULL), 0);
}

TEST(rdm_map, "reserved_device_memory_map: there is none")
{
	struct { u32 flags, nr; void *buffer; u64 dev; } map = { .nr = 8, .flags = 1 };

	EXPECT_EQ(op(27, &map), 0);
	EXPECT_EQ(map.nr, 0);
	map.flags = 2;
	EXPECT_EQ(op(27, &map), X_EINVAL);
}

TEST(set_memory_map, "a domain may say what its memory map is, and gets that")
{
	struct { domid_t domid; struct xen_memory_map map; } f = { .domid = DOMID_SELF };
	static u8 set[2 * 20], got[32 * 20];
	struct xen_memory_map m = { .nr_entries = 32, .buffer = got };

	set[8] = 1;
	set[20 + 4] = 2;
	f.map.nr_entries = 2;
	f.map.buffer = set;
	EXPECT_EQ(op(13, &f), 0);
	EXPECT_EQ(op(XENMEM_memory_map, &m), 0);
	EXPECT_EQ(m.nr_entries, 2);
	EXPECT(!memcmp(set, got, sizeof(set)));
	f.map.nr_entries = 1025;
	EXPECT_EQ(op(13, &f), X_EINVAL);
	f.map.nr_entries = 2;
	f.domid = 0x1234;
	EXPECT_EQ(op(13, &f), X_ESRCH);
	f.domid = 0;
	EXPECT_EQ(op(13, &f), X_EPERM);
	f.domid = DOMID_SELF;
	f.map.buffer = (void *)BAD_ADDRESS;
	EXPECT_EQ(op(13, &f), X_EFAULT);
	EXPECT_EQ(op(XENMEM_memory_map, &m), 0);
	EXPECT_EQ(m.nr_entries, 2);
}

/* ---- grants: version 1 or none, never 2 ---- */

TEST(grant_query_size, "GNTTABOP_query_size: an answer, or not offered")
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	long ret = hc3(grant_table_op, GNTTABOP_query_size, &q, 1);

	EXPECT(ret == 0 || ret == X_ENOSYS);
	if (!ret && q.status == 0) {
		EXPECT(q.max_nr_frames >= q.nr_frames);
	}
}

TEST(grant_version,
	"GNTTABOP_set_version: version 3 and 0 are refused; lodge refuses 2 as well "
	"(XSA-255, 379, 382, 384)")
{
	struct gnttab_set_version v;
	long ret;

	v.version = 3;
	ret = hc3(grant_table_op, GNTTABOP_set_version, &v, 1);
	EXPECT(ret < 0);
	v.version = 0;
	EXPECT(hc3(grant_table_op, GNTTABOP_set_version, &v, 1) < 0);
	if (on_lodge()) {
		v.version = 2;
		EXPECT(hc3(grant_table_op, GNTTABOP_set_version, &v, 1) < 0);
	}
	v.version = 1;
	ret = hc3(grant_table_op, GNTTABOP_set_version, &v, 1);
	EXPECT(ret == 0 || ret == X_ENOSYS);
}

TEST(grant_fault, "grant_table_op with unreadable arguments: -EFAULT or not offered")
{
	long ret = hc3(grant_table_op, GNTTABOP_query_size, BAD_ADDRESS, 1);

	EXPECT(ret == X_EFAULT || ret == X_ENOSYS);
	ret = hc3(grant_table_op, GNTTABOP_setup_table, BAD_ADDRESS, 1);
	EXPECT(ret == X_EFAULT || ret == X_ENOSYS);
}

TEST(grant_unknown, "grant_table_op: unknown command is -ENOSYS")
{
	EXPECT_EQ(hc3(grant_table_op, 99, 0, 0), X_ENOSYS);
}

TEST(grant_map_bad, "mapping a grant nobody gave is refused")
{
	struct gnttab_map_grant_ref m = {
		.host_addr = 0x60000000, .flags = GNTMAP_host_map, .ref = 8, .dom = 0,
	};
	long ret = hc3(grant_table_op, GNTTABOP_map_grant_ref, &m, 1);

	EXPECT(ret == X_ENOSYS || m.status < 0);
}
