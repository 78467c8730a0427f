// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The image loader against good, bad and mutilated files
 *
 * Runs under ASan and UBSan: for the random cases "did not crash" is the
 * statement, and that every refusal is one line that ends in advice.
 */
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <asm/bootparam.h>
#include <elf.h>

#include "fixture.h"
#include "../ktap.h"

static bool is_one_line_of_advice(const struct errbuf *e)
{
	return e->text[0] && !strchr(e->text, '\n') && strpbrk(e->text, ";?");
}

/* Parse, judge the error text, free.  Return: what image_parse() returned. */
static int try_bytes(const uint8_t *data, size_t size, struct errbuf *e)
{
	/* An exact copy, so that ASan sees a read past the end. */
	uint8_t *copy = malloc(size ? size : 1);
	struct image img;
	int rc;

	memcpy(copy, data, size);
	rc = image_parse(&img, copy, size, e);
	free(copy);
	if (rc)
		return is_one_line_of_advice(e) ? rc : -2;
	image_free(&img);
	return 0;
}

static int try_spec(const struct kernel_spec *spec, struct errbuf *e)
{
	struct blob b;
	int rc;

	make_kernel(&b, spec);
	rc = try_bytes(b.data, b.size, e);
	blob_free(&b);
	return rc;
}

#define EXPECT_REFUSED(spec, words) do { \
	struct errbuf err; \
	expect(try_spec(spec, &err) == -1, "not refused: %s", words); \
	expect(strstr(err.text, words), "said: %s", err.text); \
} while (0)

static void check_good(const uint8_t *data, size_t size,
		       const char *compression)
{
	struct errbuf e = { "" };
	struct image img;

	if (!expect(!image_parse(&img, data, size, &e), "%s: %s", compression, e.text))
		return;
	expect(!strcmp(compression, img.compression), "%s", img.compression);
	expect_is(img.virt_base, TK_VIRT_BASE);
	expect_is(img.entry, TK_VIRT_BASE + TK_TEXT + 0x100);
	expect_is(img.hypercall_page, TK_VIRT_BASE + TK_TEXT + 0x1000);
	expect_is(img.init_p2m, 0x8000000000ULL);
	expect_is(img.end, TK_DATA + TK_DATA_MEM);
	expect(img.unmapped_initrd, "MOD_START_PFN not seen");
	expect(!strcmp("linux", img.guest_os), "%s", img.guest_os);
	if (!expect_is(img.nr_segments, 2U))
		return;
	expect_is(img.segments[0].offset, TK_TEXT);
	expect_is(img.segments[1].mem_size, TK_DATA_MEM);
	for (uint64_t i = 0; i < TK_TEXT_SIZE; i++) {
		if (!expect_is(img.segments[0].data[i], fixture_byte(TK_TEXT + i)))
			return;
	}
	for (uint64_t i = 0; i < TK_DATA_SIZE; i++) {
		if (!expect_is(img.segments[1].data[i], fixture_byte(TK_DATA + i)))
			return;
	}
	image_free(&img);
}

static void plain_elf(void)
{
	struct kernel_spec s = SPEC_GOOD;
	struct blob b;

	make_kernel(&b, &s);
	check_good(b.data, b.size, "none");
	blob_free(&b);
	s.notes_in_section = true;
	make_kernel(&b, &s);
	check_good(b.data, b.size, "none");
	blob_free(&b);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void every_compression(void)
{
	struct kernel_spec s = SPEC_GOOD;
	struct blob kernel, b;

	make_kernel(&kernel, &s);
	for (int i = 0; pack_formats[i]; i++) {
		make_bzimage(&b, &kernel, pack_formats[i]);
		check_good(b.data, b.size, pack_formats[i]);
		blob_free(&b);
		pack(&b, &kernel, pack_formats[i]);
		check_good(b.data, b.size, pack_formats[i]);
		blob_free(&b);
	}
	blob_free(&kernel);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

/* More than one LZ4 block and more than one step of growth. */
static void large_payload(void)
{
	const size_t size = 21UL << 20;
	struct kernel_spec s = SPEC_GOOD;
	struct blob kernel, b;

	make_kernel(&kernel, &s);
	kernel.data = realloc(kernel.data, size);
	if (!expect(kernel.data, "no memory"))
		return;
	memset(kernel.data + kernel.size, 0x5a, size - kernel.size);
	kernel.size = size;
	for (int i = 0; pack_formats[i]; i++) {
		make_bzimage(&b, &kernel, pack_formats[i]);
		check_good(b.data, b.size, pack_formats[i]);
		blob_free(&b);
		pack(&b, &kernel, pack_formats[i]);
		check_good(b.data, b.size, pack_formats[i]);
		blob_free(&b);
	}
	blob_free(&kernel);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void refused_with_its_reason(void)
{
	struct kernel_spec s;

	s = SPEC_GOOD; s.no_notes = true;
	EXPECT_REFUSED(&s, "no Xen PV support (CONFIG_XEN_PV)");
	s = SPEC_GOOD; s.no_pv_entry = true;
	EXPECT_REFUSED(&s, "no Xen PV support (CONFIG_XEN_PV)");
	s = SPEC_GOOD; s.class32 = true;
	EXPECT_REFUSED(&s, "32-bit");
	s = SPEC_GOOD; s.machine = EM_AARCH64;
	EXPECT_REFUSED(&s, "another machine");
	s = SPEC_GOOD; s.xen_version = "xen-4.0";
	EXPECT_REFUSED(&s, "xen-3.0");
	s = SPEC_GOOD; s.loader = "special"; s.guest_os = "plan9";
	EXPECT_REFUSED(&s, "loader");
	s = SPEC_GOOD; s.features = "writable_page_tables|!auto_translated_physmap";
	EXPECT_REFUSED(&s, "auto_translated_physmap");
	s = SPEC_GOOD; s.virt_base = IMAGE_UNSET;
	EXPECT_REFUSED(&s, "VIRT_BASE");
	s = SPEC_GOOD; s.paddr_offset = TK_TEXT + 1;
	EXPECT_REFUSED(&s, "outside the first");
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void addresses_judged(void)
{
	struct kernel_spec s;

	s = SPEC_GOOD; s.entry = TK_VIRT_BASE + TK_DATA + TK_DATA_MEM;
	EXPECT_REFUSED(&s, "entry point");
	s = SPEC_GOOD; s.entry = 0x1000;
	EXPECT_REFUSED(&s, "entry point");
	s = SPEC_GOOD; s.hypercall_page = TK_VIRT_BASE + TK_TEXT + 8;
	EXPECT_REFUSED(&s, "hypercall page");
	s = SPEC_GOOD; s.hypercall_page = TK_VIRT_BASE + TK_DATA + TK_DATA_MEM;
	EXPECT_REFUSED(&s, "hypercall page");
	s = SPEC_GOOD; s.hypercall_page = IMAGE_UNSET - 0xfff;
	EXPECT_REFUSED(&s, "hypercall page");
	s = SPEC_GOOD; s.virt_base = 0xffff800000000000ULL; s.entry = s.virt_base;
	EXPECT_REFUSED(&s, "no guest can be");
	s = SPEC_GOOD; s.virt_base = 0x7fffffe00000ULL;
	EXPECT_REFUSED(&s, "no guest can be");
	s = SPEC_GOOD; s.virt_base = 0x900000000000ULL;
	EXPECT_REFUSED(&s, "no guest can be");
	s = SPEC_GOOD; s.virt_base = 0xfffffffffff00000ULL;
	EXPECT_REFUSED(&s, "no guest can be");
	s = SPEC_GOOD; s.virt_base++;
	EXPECT_REFUSED(&s, "page-aligned");
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void segments_judged(void)
{
	struct kernel_spec s;

	s = SPEC_GOOD; s.data_paddr = TK_TEXT + TK_TEXT_SIZE - 1;
	EXPECT_REFUSED(&s, "overlap");
	s = SPEC_GOOD; s.text_memsz = s.text_filesz - 1;
	EXPECT_REFUSED(&s, "outside the file");
	s = SPEC_GOOD; s.text_filesz = s.text_memsz = 1ULL << 40;
	EXPECT_REFUSED(&s, "outside the file");
	s = SPEC_GOOD; s.text_memsz = IMAGE_MAX_KERNEL;
	EXPECT_REFUSED(&s, "outside the first");
	s = SPEC_GOOD; s.text_memsz = ~0ULL;
	EXPECT_REFUSED(&s, "outside the first");
	s = SPEC_GOOD; s.text_paddr = ~0ULL - 0x100;
	EXPECT_REFUSED(&s, "outside the first");
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void truncated_anywhere(void)
{
	struct kernel_spec s = SPEC_GOOD;
	struct blob kernel, b;
	struct errbuf e;

	make_kernel(&kernel, &s);
	for (size_t n = 0; n < kernel.size; n += n < 0x1000 ? 1 : 61) {
		if (!expect(try_bytes(kernel.data, n, &e) == -1, "%zu bytes of ELF: %s", n, e.text))
			return;
	}
	for (int i = 0; pack_formats[i]; i++) {
		make_bzimage(&b, &kernel, pack_formats[i]);
		for (size_t n = 0; n < b.size; n += 1 + n / 64) {
			if (!expect(try_bytes(b.data, n, &e) == -1, "%zu bytes of %s: %s", n, pack_formats[i], e.text))
				return;
		}
		blob_free(&b);
		pack(&b, &kernel, pack_formats[i]);
		for (size_t n = 0; n < b.size; n += 1 + n / 64) {
			if (!expect(try_bytes(b.data, n, &e) == -1, "%zu bytes of %s: %s", n, pack_formats[i], e.text))
				return;
		}
		blob_free(&b);
	}
	blob_free(&kernel);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

/* What the header says about the payload, wrong in each way. */
static void bzimage_header_lies(void)
{
	struct kernel_spec s = SPEC_GOOD;
	struct setup_header *h;
	struct blob kernel, b;
	struct errbuf e;

	make_kernel(&kernel, &s);
	make_bzimage(&b, &kernel, "gzip");
	h = (struct setup_header *)malloc(sizeof(*h));
	for (int i = 0; i < 8; i++) {
		struct setup_header good;

		memcpy(&good, b.data + 0x1f1, sizeof(good));
		*h = good;
		switch (i) {
		case 0:
			h->version = 0x0207;
			break;
		case 1:
			h->payload_offset = ~0U;
			break;
		case 2:
			h->payload_length = ~0U;
			break;
		case 3:
			h->payload_length = 7;
			break;
		case 4:
			h->setup_sects = 255;
			break;
		case 5:
			h->payload_offset++;
			break;
		case 6:
			h->payload_length--;
			break;
		case 7:
			h->syssize++;
			break;
		}
		memcpy(b.data + 0x1f1, h, sizeof(*h));
		expect(try_bytes(b.data, b.size, &e) == -1, "lie %d", i);
		memcpy(b.data + 0x1f1, &good, sizeof(good));
	}
	expect(!try_bytes(b.data, b.size, &e), "%s", e.text);
	free(h);
	blob_free(&b);
	blob_free(&kernel);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static size_t payload_end(const struct blob *b)
{
	struct setup_header h;

	memcpy(&h, b->data + 0x1f1, sizeof(h));
	return (h.setup_sects + 1) * 512UL + h.payload_offset + h.payload_length;
}

static void wrong_size_promised(void)
{
	struct kernel_spec s = SPEC_GOOD;
	struct blob kernel, b;
	struct errbuf e;
	uint32_t size;

	make_kernel(&kernel, &s);
	for (int i = 0; pack_formats[i]; i++) {
		uint32_t sizes[] = { 0, 1, kernel.size - 1, kernel.size + 1,
				     IMAGE_MAX_KERNEL + 1, ~0U };

		make_bzimage(&b, &kernel, pack_formats[i]);
		for (size_t n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
			size = sizes[n];
			memcpy(b.data + payload_end(&b) - 4, &size, 4);
			expect(try_bytes(b.data, b.size, &e) == -1, "%s promises %u",
			       pack_formats[i], size);
		}
		blob_free(&b);
	}
	blob_free(&kernel);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

/* 600 MiB of zeros in a few KiB, with no size promised. */
static void bomb(void)
{
	struct blob zeros = { .size = 600UL << 20 }, b;
	struct errbuf e;

	zeros.data = calloc(1, zeros.size);
	if (!expect(zeros.data, "no memory"))
		return;
	pack(&b, &zeros, "zstd");
	blob_free(&zeros);
	expect(try_bytes(b.data, b.size, &e) == -1, "%s", e.text);
	expect(strstr(e.text, "decompresses to more than"), "%s", e.text);
	blob_free(&b);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void random_bytes(void)
{
	static const uint8_t magics[][4] = {
		{ 0x1f, 0x8b, 8, 0 }, { 0xfd, '7', 'z', 'X' }, { 0x28, 0xb5, 0x2f, 0xfd },
		{ 0x02, 0x21, 0x4c, 0x18 }, { 0x5d, 0, 0, 0 }, { 'B', 'Z', 'h', '9' },
		{ 0x89, 'L', 'Z', 'O' }, { 0x7f, 'E', 'L', 'F' }, { 0 },
	};
	uint8_t bytes[4096];
	struct errbuf e;

	for (int round = 0; round < 3000; round++) {
		size_t size = ktap_random() % sizeof(bytes);

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = ktap_random();
		memcpy(bytes, magics[round % 9], 4);
		if (!expect(try_bytes(bytes, size, &e) == -1, "round %d", round))
			return;
	}
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void corrupt_payloads(void)
{
	struct kernel_spec s = SPEC_GOOD;
	struct blob kernel, b;
	struct errbuf e;

	make_kernel(&kernel, &s);
	for (int i = 0; pack_formats[i]; i++) {
		make_bzimage(&b, &kernel, pack_formats[i]);
		for (int round = 0; round < 300; round++) {
			size_t at = 1024 + 0x300 + ktap_random() % (b.size - 1024 - 0x300);
			uint8_t old = b.data[at];

			b.data[at] ^= 1 + ktap_random() % 255;
			/* Some formats have no checksum: success is possible. */
			if (!expect(try_bytes(b.data, b.size, &e) != -2, "%s", e.text))
				return;
			b.data[at] = old;
		}
		blob_free(&b);
	}
	blob_free(&kernel);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

/* Headers, program headers, section headers and notes of the ELF mutated. */
static void corrupt_elf(void)
{
	static const uint64_t nasty[] = { 0, 1, ~0ULL, 1ULL << 63, 0x7fffffffULL, 0xfffULL,
					  0xffffffffULL, 0x8000000000000000ULL - 1 };
	struct kernel_spec s = SPEC_GOOD;
	struct blob kernel, b;
	struct errbuf e;

	for (int round = 0; round < 20000; round++) {
		s.notes_in_section = round & 1;
		make_kernel(&kernel, &s);
		b = kernel;
		for (int n = ktap_random() % 4; n >= 0; n--) {
			size_t at = 4 + ktap_random() % (0x600 - 12);
			uint64_t value = ktap_random();

			if (ktap_random() & 1)
				value = nasty[value % 8];
			memcpy(b.data + at, &value, 1U << ktap_random() % 4);
		}
		if (!expect(try_bytes(b.data, b.size, &e) != -2, "%s", e.text))
			return;
		blob_free(&kernel);
	}
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static void files(void)
{
	struct errbuf e;
	struct blob b;

	expect(blob_read_file(&b, "/nonexistent/vmlinuz", "kernel", &e) == -1, "%s", e.text);
	expect(strstr(e.text, "No such file"), "%s", e.text);
	expect(blob_read_file(&b, "/", "kernel", &e) == -1, "%s", e.text);
	expect(strstr(e.text, "not a regular file"), "%s", e.text);
	expect(blob_read_file(&b, "/dev/zero", "kernel", &e) == -1, "%s", e.text);
	expect(blob_read_file(&b, "a\nb", "initrd", &e) == -1, "%s", e.text);
	expect(!strchr(e.text, '\n'), "%s", e.text);
	if (!expect(!blob_read_file(&b, "/proc/self/exe", "kernel", &e), "%s", e.text))
		return;
	/* A program, but no kernel. */
	expect(try_bytes(b.data, b.size, &e) == -1, "%s", e.text);
	expect(strstr(e.text, "no Xen PV support"), "%s", e.text);
	blob_free(&b);
	expect(!__lsan_do_recoverable_leak_check(), "memory is lost");
}

static const struct ktap_test tests[] = {
	{ "plain elf", plain_elf },
	{ "every compression", every_compression },
	{ "large payload", large_payload },
	{ "refused with its reason", refused_with_its_reason },
	{ "addresses judged", addresses_judged },
	{ "segments judged", segments_judged },
	{ "truncated anywhere", truncated_anywhere },
	{ "bzimage header lies", bzimage_header_lies },
	{ "wrong size promised", wrong_size_promised },
	{ "bomb", bomb },
	{ "random bytes", random_bytes },
	{ "corrupt payloads", corrupt_payloads },
	{ "corrupt elf", corrupt_elf },
	{ "files", files },
};

KTAP_MAIN(tests)
