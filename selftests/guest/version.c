// SPDX-License-Identifier: GPL-2.0-only
/* DOC: xen_version, its subfunctions and their errors. */
#include "guest.h"

#define BAD_ADDRESS 0x1000UL	/* nothing is mapped there */

static u8 buf[2048] __attribute__((aligned(16)));

TEST(version, "XENVER_version is 4.17")
{
	EXPECT_EQ(hc2(xen_version, XENVER_version, 0), 4 << 16 | 17);
}

TEST(version_arg, "XENVER_version ignores its argument")
{
	EXPECT_EQ(hc2(xen_version, XENVER_version, BAD_ADDRESS), 4 << 16 | 17);
}

TEST(extraversion, "XENVER_extraversion fills 16 bytes, no more")
{
	memset(buf, 0xaa, sizeof(buf));
	EXPECT_EQ(hc2(xen_version, XENVER_extraversion, buf), 0);
	EXPECT(buf[15] == 0);
	EXPECT_EQ(buf[16], 0xaa);
	EXPECT(strlen((char *)buf) < 16);
	note("extraversion \"%s\"", buf);
}

TEST(compile_info, "XENVER_compile_info fills its structure, strings terminated")
{
	struct xen_compile_info *i = (void *)buf;

	memset(buf, 0xaa, sizeof(buf));
	EXPECT_EQ(hc2(xen_version, XENVER_compile_info, buf), 0);
	EXPECT_EQ(i->compiler[63], 0);
	EXPECT_EQ(i->compile_by[15], 0);
	EXPECT_EQ(i->compile_domain[31], 0);
	EXPECT_EQ(i->compile_date[31], 0);
	EXPECT_EQ(buf[sizeof(*i)], 0xaa);
}

TEST(capabilities, "XENVER_capabilities names xen-3.0-x86_64")
{
	memset(buf, 0xaa, sizeof(buf));
	EXPECT_EQ(hc2(xen_version, XENVER_capabilities, buf), 0);
	buf[1023] = 0;
	EXPECT(strstr((char *)buf, "xen-3.0-x86_64"));
	EXPECT_EQ(buf[1024], 0xaa);
}

TEST(changeset, "XENVER_changeset fills 64 bytes, no more")
{
	memset(buf, 0xaa, sizeof(buf));
	EXPECT_EQ(hc2(xen_version, XENVER_changeset, buf), 0);
	EXPECT_EQ(buf[63], 0);
	EXPECT_EQ(buf[64], 0xaa);
}

TEST(platform, "XENVER_platform_parameters: the hole starts at 0xffff800000000000")
{
	u64 *v = (u64 *)buf;

	EXPECT_EQ(hc2(xen_version, XENVER_platform_parameters, buf), 0);
	EXPECT_EQ(*v, HOLE_FIRST);
}

TEST(features, "XENVER_get_features: what a PV guest of 64 bits has")
{
	struct xen_feature_info fi = { .submap_idx = 0 };
	u32 want = 1 << XENFEAT_mmu_pt_update_preserve_ad | 1 << XENFEAT_highmem_assist;
	u32 never = 1 << XENFEAT_writable_page_tables | 1 << XENFEAT_auto_translated_physmap |
		    1 << XENFEAT_supervisor_mode_kernel | 1 << XENFEAT_dom0;

	EXPECT_EQ(hc2(xen_version, XENVER_get_features, &fi), 0);
	EXPECT_EQ(fi.submap & want, want);
	EXPECT_EQ(fi.submap & never, 0);
	note("features 0x%x", fi.submap);
}

TEST(features_index, "XENVER_get_features: submap 1 is -EINVAL")
{
	struct xen_feature_info fi = { .submap_idx = 1 };

	EXPECT_EQ(hc2(xen_version, XENVER_get_features, &fi), X_EINVAL);
}

TEST(features_huge, "XENVER_get_features: submap 0xffffffff is -EINVAL")
{
	struct xen_feature_info fi = { .submap_idx = ~0u };

	EXPECT_EQ(hc2(xen_version, XENVER_get_features, &fi), X_EINVAL);
}

TEST(pagesize, "XENVER_pagesize is 4096 with a null argument, else -EINVAL")
{
	EXPECT_EQ(hc2(xen_version, XENVER_pagesize, 0), 4096);
	EXPECT_EQ(hc2(xen_version, XENVER_pagesize, buf), X_EINVAL);
}

TEST(handle, "XENVER_guest_handle fills 16 bytes, no more")
{
	memset(buf, 0xaa, sizeof(buf));
	EXPECT_EQ(hc2(xen_version, XENVER_guest_handle, buf), 0);
	EXPECT_EQ(buf[16], 0xaa);
}

TEST(commandline, "XENVER_commandline tells a guest nothing")
{
	memset(buf, 0xaa, sizeof(buf));
	EXPECT_EQ(hc2(xen_version, XENVER_commandline, buf), 0);
	EXPECT(strlen((char *)buf) < 16);
}

TEST(build_id, "XENVER_build_id is refused to a guest with -EPERM")
{
	EXPECT_EQ(hc2(xen_version, XENVER_build_id, 0), X_EPERM);
}

TEST(unknown, "unknown subfunctions are -ENOSYS")
{
	EXPECT_EQ(hc2(xen_version, 11, buf), X_ENOSYS);
	EXPECT_EQ(hc2(xen_version, 0x7fffffff, buf), X_ENOSYS);
	EXPECT_EQ(hc2(xen_version, -1, buf), X_ENOSYS);
}

TEST(cmd_is_int, "the subfunction is an int: the upper half of rdi is ignored")
{
	EXPECT_EQ(hc2(xen_version, 0x100000000UL | XENVER_version, 0), 4 << 16 | 17);
}

static const int with_buffer[] = {
	XENVER_extraversion, XENVER_compile_info, XENVER_capabilities, XENVER_changeset,
	XENVER_platform_parameters, XENVER_get_features, XENVER_guest_handle,
	XENVER_commandline,
};

TEST(unmapped, "an unmapped buffer is -EFAULT")
{
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(with_buffer); i++)
		EXPECT_EQ(hc2(xen_version, with_buffer[i], BAD_ADDRESS), X_EFAULT);
}

TEST(null, "a null buffer is -EFAULT")
{
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(with_buffer); i++)
		EXPECT_EQ(hc2(xen_version, with_buffer[i], 0), X_EFAULT);
}

TEST(noncanonical, "a non-canonical buffer is -EFAULT")
{
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(with_buffer); i++)
		EXPECT_EQ(hc2(xen_version, with_buffer[i], 0x8000000000000000UL), X_EFAULT);
}

TEST(hole, "a buffer in the hypervisor's hole is -EFAULT, the M2P included")
{
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(with_buffer); i++) {
		EXPECT_EQ(hc2(xen_version, with_buffer[i], HOLE_FIRST), X_EFAULT);
		EXPECT_EQ(hc2(xen_version, with_buffer[i], HOLE_WINDOWS), X_EFAULT);
		EXPECT_EQ(hc2(xen_version, with_buffer[i], HOLE_LAST - 7), X_EFAULT);
	}
}

TEST(straddle_hole, "a buffer that runs into the hole is -EFAULT")
{
	EXPECT_EQ(hc2(xen_version, XENVER_capabilities, HOLE_FIRST - 8), X_EFAULT);
	EXPECT_EQ(hc2(xen_version, XENVER_capabilities, 0x00007ffffffffff8UL), X_EFAULT);
}

TEST(read_only, "a read-only buffer is -EFAULT and stays as it was")
{
	u64 *page = page_alloc();

	page[0] = 0x1234;
	page_ro(page);
	EXPECT_EQ(hc2(xen_version, XENVER_extraversion, page), X_EFAULT);
	EXPECT_EQ(page[0], 0x1234);
	page_rw(page);
	page_free(page);
}

TEST(page_table, "a buffer in a page table is -EFAULT and the table stays as it was")
{
	u64 *l1 = (u64 *)((u64)pte_of((u64)buf, 1) & ~(PAGE - 1));
	u64 old = l1[0];

	EXPECT_EQ(hc2(xen_version, XENVER_extraversion, l1), X_EFAULT);
	EXPECT_EQ(l1[0], old);
}

TEST(straddle, "a buffer whose second page is unmapped is -EFAULT")
{
	u8 *page = page_alloc();
	u64 va = 0x10000000;

	REQUIRE(map_va(va, va_to_mfn(page) * PAGE | PTE_RW_PAGE) == 0);
	EXPECT_EQ(hc2(xen_version, XENVER_capabilities, va + PAGE - 8), X_EFAULT);
	EXPECT_EQ(hc2(xen_version, XENVER_extraversion, va + PAGE - 16), 0);
	EXPECT_EQ(hc2(xen_version, XENVER_extraversion, va + PAGE - 15), X_EFAULT);
}
