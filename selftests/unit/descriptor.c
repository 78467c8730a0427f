// SPDX-License-Identifier: GPL-2.0-only
/*
 * descriptor.c: the unit tests of hypercall/descriptor.c.
 */
#include "../../hypercall/descriptor.h"
#include "ktap.h"

#define KERNEL_CODE	0x00af9b000000ffffULL	/* stock Linux: DPL 0, long mode */
#define KERNEL_DATA	0x00cf93000000ffffULL
#define TSS_AVAILABLE	0x0000890000000067ULL
#define LDT		0x000082000000ffffULL
#define CALL_GATE	0x0000ec0000080000ULL	/* DPL 3, to selector 8 */
#define INTERRUPT_GATE	0x0000ee0000080000ULL

static void test_code_data(void)
{
	expect(!segment_descriptor_ok(KERNEL_CODE), "DPL 0 as it is");
	expect(segment_descriptor_ok(segment_descriptor_fixup(KERNEL_CODE)), "code");
	expect(segment_descriptor_ok(segment_descriptor_fixup(KERNEL_DATA)), "data");
	expect(segment_descriptor_fixup(KERNEL_DATA) == (KERNEL_DATA | DESC_DPL), "only the DPL");
}

static void test_system(void)
{
	static const uint64_t bad[] = { TSS_AVAILABLE, LDT, CALL_GATE, INTERRUPT_GATE };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect(!segment_descriptor_ok(segment_descriptor_fixup(bad[i])), "%#llx",
		       (unsigned long long)bad[i]);
		expect(segment_descriptor_ok(bad[i] & ~DESC_P), "absent: %#llx",
		       (unsigned long long)bad[i]);
	}
	expect(segment_descriptor_ok(0), "zero");
}

/* Whatever passes has no way to CPL 0 in it. */
static void test_random(void)
{
	int i;

	for (i = 0; i < 1000000; i++) {
		uint64_t d = segment_descriptor_fixup(ktap_random());

		if (!segment_descriptor_ok(d) || !(d >> 47 & 1))
			continue;
		if (!expect((d >> 44 & 1) ? (d >> 45 & 3) == 3 : (d >> 40 & 15) == 0, "%#llx",
			    (unsigned long long)d))
			return;
		expect(segment_descriptor_fixup(d) == d, "fixed once is fixed");
	}
}

static void test_selector(void)
{
	unsigned int sel;

	for (sel = 0; sel < 0x10000; sel++)
		if (!expect((guest_selector(sel) & 3) == 3 && guest_selector(sel) >> 2 == sel >> 2,
			    "%#x", sel))
			return;
}

static void test_base(void)
{
	expect(segment_descriptor_base(0x12cffb345678ffffULL) == 0x12345678, "base");
	expect(segment_loadable_as_data(segment_descriptor_fixup(KERNEL_DATA)), "data");
	expect(segment_loadable_as_data(segment_descriptor_fixup(KERNEL_CODE)), "readable code");
	expect(!segment_loadable_as_data(segment_descriptor_fixup(KERNEL_CODE) & ~DESC_RW),
	       "code that cannot be read");
	expect(!segment_loadable_as_data(0), "absent");
}

static const struct ktap_test tests[] = {
	{ "code and data segments pass, with DPL 3", test_code_data },
	{ "gates and system segments do not pass", test_system },
	{ "nothing random that passes leads to CPL 0", test_random },
	{ "a selector gets RPL 3 and keeps the rest", test_selector },
	{ "base and loadability are read right", test_base },
};

KTAP_MAIN(tests)
