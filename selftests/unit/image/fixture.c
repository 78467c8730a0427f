// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include <asm/bootparam.h>
#ifdef HAVE_BZIP2
#include <bzlib.h>
#endif
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "fixture.h"
#include "xen_abi.h"

#define HEADERS		0x1000UL
#define LZ4_BLOCK	(8UL << 20)

const char * const pack_formats[] = {
	"gzip", "xz", "zstd", "lz4", "lzma",
#ifdef HAVE_BZIP2
	"bzip2",
#endif
	NULL
};

/* A test that cannot be set up must not look like one that failed. */
#define NEED(condition) do { if (!(condition)) abort(); } while (0)

uint8_t fixture_byte(uint64_t paddr)
{
	return (paddr * 2654435761U) >> 13;
}

static size_t put_note(uint8_t *p, uint32_t type, const void *desc, uint32_t size)
{
	Elf64_Nhdr h = { .n_namesz = 4, .n_descsz = size, .n_type = type };

	memcpy(p, &h, sizeof(h));
	memcpy(p + sizeof(h), "Xen", 4);
	memcpy(p + sizeof(h) + 4, desc, size);
	return sizeof(h) + 4 + ((size + 3) & ~3U);
}

static size_t put_number(uint8_t *p, uint32_t type, uint64_t value)
{
	return value == IMAGE_UNSET ? 0 : put_note(p, type, &value, sizeof(value));
}

static size_t put_string(uint8_t *p, uint32_t type, const char *s)
{
	return s ? put_note(p, type, s, strlen(s) + 1) : 0;
}

static size_t put_notes(uint8_t *p, const struct kernel_spec *s)
{
	uint8_t *start = p;

	if (s->no_notes)
		return 0;
	p += put_string(p, XEN_ELFNOTE_GUEST_OS, s->guest_os);
	p += put_string(p, XEN_ELFNOTE_GUEST_VERSION, "2.6");
	p += put_string(p, XEN_ELFNOTE_XEN_VERSION, s->xen_version);
	p += put_number(p, XEN_ELFNOTE_VIRT_BASE, s->virt_base);
	p += put_number(p, XEN_ELFNOTE_INIT_P2M, s->init_p2m);
	if (!s->no_pv_entry)
		p += put_number(p, XEN_ELFNOTE_ENTRY, s->entry);
	p += put_number(p, XEN_ELFNOTE_HYPERCALL_PAGE, s->hypercall_page);
	p += put_string(p, XEN_ELFNOTE_FEATURES, s->features);
	p += put_string(p, XEN_ELFNOTE_LOADER, s->loader);
	p += put_number(p, XEN_ELFNOTE_MOD_START_PFN, s->mod_start_pfn);
	p += put_number(p, XEN_ELFNOTE_PADDR_OFFSET, s->paddr_offset);
	return p - start;
}

void make_kernel(struct blob *out, const struct kernel_spec *s)
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
			     s->class32 ? ELFCLASS32 : ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = s->machine, .e_version = EV_CURRENT,
		.e_phoff = sizeof(eh), .e_ehsize = sizeof(eh),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 3,
		.e_shoff = 0x200, .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3, .e_shstrndx = 2,
	};
	Elf64_Phdr ph[3] = {
		{ .p_type = PT_LOAD, .p_offset = HEADERS, .p_paddr = s->text_paddr,
		  .p_filesz = s->text_filesz, .p_memsz = s->text_memsz, .p_align = 0x1000 },
		{ .p_type = PT_LOAD, .p_offset = HEADERS + TK_TEXT_SIZE,
		  .p_paddr = s->data_paddr, .p_filesz = TK_DATA_SIZE,
		  .p_memsz = TK_DATA_MEM, .p_align = 0x1000 },
		{ .p_type = s->notes_in_section ? PT_NULL : PT_NOTE, .p_offset = 0x400,
		  .p_align = 4 },
	};
	Elf64_Shdr sh[3] = {
		{ .sh_type = SHT_NULL },
		{ .sh_type = SHT_NOTE, .sh_offset = 0x400, .sh_addralign = 4 },
		{ .sh_type = SHT_STRTAB, .sh_offset = 0x380, .sh_size = 1 },
	};
	size_t size = HEADERS + TK_TEXT_SIZE + TK_DATA_SIZE, i;
	uint8_t *p = calloc(1, size);

	NEED(p);
	ph[2].p_filesz = put_notes(p + 0x400, s);
	ph[2].p_memsz = ph[2].p_filesz;
	sh[1].sh_size = ph[2].p_filesz;
	memcpy(p, &eh, sizeof(eh));
	memcpy(p + eh.e_phoff, ph, sizeof(ph));
	memcpy(p + eh.e_shoff, sh, sizeof(sh));
	for (i = 0; i < TK_TEXT_SIZE; i++)
		p[HEADERS + i] = fixture_byte(TK_TEXT + i);
	for (i = 0; i < TK_DATA_SIZE; i++)
		p[HEADERS + TK_TEXT_SIZE + i] = fixture_byte(TK_DATA + i);
	*out = (struct blob){ .data = p, .size = size };
}

static size_t pack_gzip(uint8_t *dst, size_t room, const struct blob *in)
{
	z_stream z = { .next_in = in->data, .avail_in = in->size,
		       .next_out = dst, .avail_out = room };

	NEED(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	NEED(deflate(&z, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

/* With the x86 filter and CRC32, as the kernel's build does. */
static size_t pack_xz(uint8_t *dst, size_t room, const struct blob *in)
{
	lzma_options_lzma lzma2;
	lzma_filter filters[] = {
		{ .id = LZMA_FILTER_X86 },
		{ .id = LZMA_FILTER_LZMA2, .options = &lzma2 },
		{ .id = LZMA_VLI_UNKNOWN },
	};
	size_t size = 0;

	NEED(!lzma_lzma_preset(&lzma2, 1));
	NEED(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, in->data, in->size,
				       dst, &size, room) == LZMA_OK);
	return size;
}

static size_t pack_lzma(uint8_t *dst, size_t room, const struct blob *in)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_options_lzma options;

	NEED(!lzma_lzma_preset(&options, 6));
	NEED(lzma_alone_encoder(&s, &options) == LZMA_OK);
	s.next_in = in->data;
	s.avail_in = in->size;
	s.next_out = dst;
	s.avail_out = room;
	NEED(lzma_code(&s, LZMA_FINISH) == LZMA_STREAM_END);
	lzma_end(&s);
	return room - s.avail_out;
}

/* Without the content size, as "cat | zstd" writes it. */
static size_t pack_zstd(uint8_t *dst, size_t room, const struct blob *in)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	size_t size;

	NEED(ctx);
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0);
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
	size = ZSTD_compress2(ctx, dst, room, in->data, in->size);
	NEED(!ZSTD_isError(size));
	ZSTD_freeCCtx(ctx);
	return size;
}

static size_t pack_lz4(uint8_t *dst, size_t room, const struct blob *in)
{
	static const uint8_t magic[] = { 0x02, 0x21, 0x4c, 0x18 };
	size_t pos = 0, out = sizeof(magic);

	memcpy(dst, magic, sizeof(magic));
	while (pos < in->size) {
		size_t len = in->size - pos < LZ4_BLOCK ? in->size - pos : LZ4_BLOCK;
		int n = LZ4_compress_default((const char *)in->data + pos,
					     (char *)dst + out + 4, len, room - out - 4);

		NEED(n > 0);
		memcpy(dst + out, &n, 4);
		out += 4 + n;
		pos += len;
	}
	return out;
}

#ifdef HAVE_BZIP2
static size_t pack_bzip2(uint8_t *dst, size_t room, const struct blob *in)
{
	unsigned int size = room;

	NEED(BZ2_bzBuffToBuffCompress((char *)dst, &size, (char *)in->data, in->size, 9, 0, 0) ==
	     BZ_OK);
	return size;
}
#endif

void pack(struct blob *out, const struct blob *in, const char *format)
{
	static size_t (* const packers[])(uint8_t *dst, size_t room, const struct blob *in) = {
		pack_gzip, pack_xz, pack_zstd, pack_lz4, pack_lzma,
#ifdef HAVE_BZIP2
		pack_bzip2,
#endif
	};
	size_t room = in->size + in->size / 50 + 4096;

	out->data = malloc(room);
	NEED(out->data);
	for (int i = 0; pack_formats[i]; i++)
		if (!strcmp(pack_formats[i], format)) {
			out->size = packers[i](out->data, room, in);
			return;
		}
	abort();
}

void make_bzimage(struct blob *out, const struct blob *kernel, const char *format)
{
	const size_t payload_at = 1024 + 0x300;
	struct setup_header h = {
		.setup_sects = 1, .boot_flag = 0xaa55, .header = 0x53726448, .version = 0x020f,
		.payload_offset = 0x300,
	};
	uint32_t size = kernel->size;
	struct blob packed;

	pack(&packed, kernel, format);
	h.payload_length = packed.size + (strcmp(format, "gzip") ? 4 : 0);
	out->size = (payload_at + h.payload_length + 100) & ~15UL;
	h.syssize = (out->size - 1024) / 16;
	out->data = calloc(1, out->size);
	NEED(out->data);
	memcpy(out->data + 0x1f1, &h, sizeof(h));
	memcpy(out->data + payload_at, packed.data, packed.size);
	if (strcmp(format, "gzip"))
		memcpy(out->data + payload_at + packed.size, &size, 4);
	blob_free(&packed);
}
