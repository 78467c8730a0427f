/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: Kernel images
 *
 * From a file to a checked description of what must lie where: image.c takes
 * the wrapping off (bzImage, compression by decompress.c), elf_kernel.c reads
 * and judges the ELF inside.  The builder trusts a struct image: everything
 * in it has been checked, whatever the file said.
 *
 * The file is untrusted here: every offset is checked against its length and
 * every size against a limit.
 */
#ifndef LODGE_IMAGE_H
#define LODGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define IMAGE_UNSET		(~0ULL)
#define IMAGE_MAX_FILE		(512UL << 20)	/* bytes */
#define IMAGE_MAX_KERNEL	(512UL << 20)	/* bytes, decompressed */
#define IMAGE_MAX_SEGMENTS	16

/**
 * struct blob - bytes with an owner
 * @data: from malloc()
 * @size: in bytes
 */
struct blob {
	uint8_t *data;
	size_t size;
};

/**
 * struct image_segment - a PT_LOAD of the kernel
 * @offset: from the start of guest memory, bytes
 * @data: in image.elf
 * @file_size: bytes to copy
 * @mem_size: bytes to occupy; the rest is zero
 */
struct image_segment {
	uint64_t offset;
	const uint8_t *data;
	uint64_t file_size;
	uint64_t mem_size;
};

/**
 * struct image - a 64-bit Xen PV kernel, checked
 * @elf: the ELF file, owned
 * @virt_base: guest virtual address of guest frame 0
 * @entry: where vCPU 0 starts
 * @hypercall_page: guest virtual address, or IMAGE_UNSET
 * @init_p2m: where the kernel wants its P2M list mapped, or IMAGE_UNSET
 * @paddr_offset: subtracted from each p_paddr
 * @end: first byte after the kernel, from the start of guest memory
 * @unmapped_initrd: the kernel finds its initrd by frame number
 * @guest_os: what it calls itself
 * @guest_version: ditto
 * @compression: "gzip", ..., or "none"
 * @nr_segments: used in @segments, which do not overlap
 * @segments: what to copy
 */
struct image {
	struct blob elf;
	uint64_t virt_base;
	uint64_t entry;
	uint64_t hypercall_page;
	uint64_t init_p2m;
	uint64_t paddr_offset;
	uint64_t end;
	bool unmapped_initrd;
	char guest_os[32];
	char guest_version[32];
	const char *compression;
	unsigned int nr_segments;
	struct image_segment segments[IMAGE_MAX_SEGMENTS];
};

/* image.c */
int blob_read_file(struct blob *b, const char *path, const char *what, struct errbuf *e);
void blob_free(struct blob *b);
int image_load(struct image *img, const char *path, struct errbuf *e);
int image_parse(struct image *img, const uint8_t *file, size_t size, struct errbuf *e);
void image_free(struct image *img);

/* decompress.c */
const char *compression_name(const uint8_t *data, size_t size);
int decompress(struct blob *out, const uint8_t *data, size_t size, size_t expected,
	       struct errbuf *e);

/* elf_kernel.c */
int elf_kernel_parse(struct image *img, struct errbuf *e);

/* elf_notes.c */
struct xen_notes {
	bool any;
	uint64_t entry, virt_base, paddr_offset, hypercall_page, init_p2m, mod_start_pfn;
	char guest_os[32], guest_version[32], xen_version[32], loader[32];
	char features[128];
};
struct Elf;
int xen_notes_read(struct Elf *elf, struct xen_notes *n, struct errbuf *e);

#endif
