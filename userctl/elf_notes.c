// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Xen's ELF notes
 *
 * A PV kernel says in notes named "Xen" where it wants to be and to start.
 * Called by elf_kernel.c, which judges the values; this only collects them.
 */
#include <string.h>

#include <gelf.h>
#include <libelf.h>

#include "image.h"
#include "xen_abi.h"

#define NOTES_MAX	1024

static int note_number(uint64_t *value, const uint8_t *desc, size_t size, struct errbuf *e)
{
	*value = 0;
	if (size != 4 && size != 8)
		return fail(e, "one of its Xen notes has a number of %zu bytes; get a fresh copy of the file",
			    size);
	memcpy(value, desc, size);
	return 0;
}

static void note_string(char *dst, size_t dst_size, const uint8_t *desc, size_t size)
{
	size_t len = strnlen((const char *)desc, size);

	if (len >= dst_size)
		len = dst_size - 1;
	memcpy(dst, desc, len);
	dst[len] = '\0';
	text_clean(dst);
}

static int note_take(struct xen_notes *n, unsigned int type, const uint8_t *desc, size_t size,
		     struct errbuf *e)
{
	n->any = true;
	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		return note_number(&n->entry, desc, size, e);
	case XEN_ELFNOTE_VIRT_BASE:
		return note_number(&n->virt_base, desc, size, e);
	case XEN_ELFNOTE_PADDR_OFFSET:
		return note_number(&n->paddr_offset, desc, size, e);
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		return note_number(&n->hypercall_page, desc, size, e);
	case XEN_ELFNOTE_INIT_P2M:
		return note_number(&n->init_p2m, desc, size, e);
	case XEN_ELFNOTE_MOD_START_PFN:
		return note_number(&n->mod_start_pfn, desc, size, e);
	case XEN_ELFNOTE_GUEST_OS:
		note_string(n->guest_os, sizeof(n->guest_os), desc, size);
		return 0;
	case XEN_ELFNOTE_GUEST_VERSION:
		note_string(n->guest_version, sizeof(n->guest_version), desc, size);
		return 0;
	case XEN_ELFNOTE_XEN_VERSION:
		note_string(n->xen_version, sizeof(n->xen_version), desc, size);
		return 0;
	case XEN_ELFNOTE_LOADER:
		note_string(n->loader, sizeof(n->loader), desc, size);
		return 0;
	case XEN_ELFNOTE_FEATURES:
		note_string(n->features, sizeof(n->features), desc, size);
		return 0;
	default:
		return 0;	/* the rest asks nothing of a loader */
	}
}

static int notes_of(Elf_Data *data, struct xen_notes *n, struct errbuf *e)
{
	size_t pos = 0, next, name, desc;
	unsigned int count = 0;
	GElf_Nhdr h;

	while (data && (next = gelf_getnote(data, pos, &h, &name, &desc)) > 0) {
		const uint8_t *bytes = data->d_buf;

		if (++count > NOTES_MAX)
			return fail(e, "it has more than %u ELF notes; is it a kernel?", NOTES_MAX);
		pos = next;
		if (h.n_namesz != sizeof("Xen") || memcmp(bytes + name, "Xen", sizeof("Xen")))
			continue;
		if (note_take(n, h.n_type, bytes + desc, h.n_descsz, e))
			return -1;
	}
	return 0;
}

static int notes_in_segments(Elf *elf, struct xen_notes *n, struct errbuf *e)
{
	size_t count, i;

	if (elf_getphdrnum(elf, &count))
		return 0;
	for (i = 0; i < count; i++) {
		GElf_Phdr ph;

		if (!gelf_getphdr(elf, i, &ph))
			break;
		/* Some linkers leave the offset of a note segment 0. */
		if (ph.p_type != PT_NOTE || !ph.p_offset || !ph.p_filesz)
			continue;
		if (notes_of(elf_getdata_rawchunk(elf, ph.p_offset, ph.p_filesz,
						  ph.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR),
			     n, e))
			return -1;
	}
	return 0;
}

static int notes_in_sections(Elf *elf, struct xen_notes *n, struct errbuf *e)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr sh;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_NOTE)
			continue;
		if (notes_of(elf_getdata(scn, NULL), n, e))
			return -1;
	}
	return 0;
}

/**
 * xen_notes_read() - collect the Xen notes of a kernel
 * @elf: an ELF-64 file
 * @n: filled; numbers that are not given are IMAGE_UNSET, strings ""
 * @e: why not
 *
 * Note segments first; sections if those hold none, as Xen's loader does.
 *
 * Return: 0, also if there are none (@n->any tells), or -1.
 */
int xen_notes_read(Elf *elf, struct xen_notes *n, struct errbuf *e)
{
	*n = (struct xen_notes){
		.entry = IMAGE_UNSET, .virt_base = IMAGE_UNSET,
		.paddr_offset = IMAGE_UNSET, .hypercall_page = IMAGE_UNSET,
		.init_p2m = IMAGE_UNSET, .mod_start_pfn = IMAGE_UNSET,
	};
	if (notes_in_segments(elf, n, e))
		return -1;
	return n->any ? 0 : notes_in_sections(elf, n, e);
}
