/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Kernels made at test time
 *
 * make_kernel() writes a small ELF with Xen notes, right or wrong in any way
 * a test asks for; pack() compresses it as distributions do; make_bzimage()
 * wraps it.  Memory is the caller's to free with blob_free().
 */
#ifndef LODGE_TEST_FIXTURE_H
#define LODGE_TEST_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "../ktap.h"
#include "image.h"

#define TK_VIRT_BASE	0xffffffff80000000ULL
#define TK_TEXT		0x200000ULL	/* p_paddr of the text */
#define TK_TEXT_SIZE	0x5000ULL
#define TK_DATA		0x400000ULL	/* data and bss */
#define TK_DATA_SIZE	0x1800ULL
#define TK_DATA_MEM	0x9000ULL

/**
 * struct kernel_spec - what to write; start from SPEC_GOOD
 */
struct kernel_spec {
	bool class32;
	uint16_t machine;
	bool no_notes;
	bool notes_in_section;
	bool no_pv_entry;
	uint64_t virt_base;		/* IMAGE_UNSET in any of these: no such note */
	uint64_t entry;
	uint64_t paddr_offset;
	uint64_t hypercall_page;
	uint64_t init_p2m;
	uint64_t mod_start_pfn;
	const char *features;
	const char *xen_version;
	const char *loader;
	const char *guest_os;
	uint64_t text_paddr, text_filesz, text_memsz;
	uint64_t data_paddr;
};

#define SPEC_GOOD (struct kernel_spec){ \
	.machine = 62, \
	.virt_base = TK_VIRT_BASE, \
	.entry = TK_VIRT_BASE + TK_TEXT + 0x100, \
	.paddr_offset = 0, \
	.hypercall_page = TK_VIRT_BASE + TK_TEXT + 0x1000, \
	.init_p2m = 0x8000000000ULL, \
	.mod_start_pfn = 1, \
	.features = "!writable_page_tables|pae_pgdir_above_4gb", \
	.xen_version = "xen-3.0", .loader = "generic", .guest_os = "linux", \
	.text_paddr = TK_TEXT, .text_filesz = TK_TEXT_SIZE, \
	.text_memsz = TK_TEXT_SIZE, .data_paddr = TK_DATA }

#define expect_is(seen, wanted) \
	expect((seen) == (wanted), "%#llx, not %#llx", (unsigned long long)(seen), \
	       (unsigned long long)(wanted))

/* The byte at an offset of the text or the data. */
uint8_t fixture_byte(uint64_t paddr);

void make_kernel(struct blob *out, const struct kernel_spec *spec);
void pack(struct blob *out, const struct blob *in, const char *format);
void make_bzimage(struct blob *out, const struct blob *kernel, const char *format);

extern const char * const pack_formats[];	/* ends in NULL */

#endif
