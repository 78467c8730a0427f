// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The ELF inside a kernel image
 *
 * Program headers and notes become the segments and addresses of struct
 * image, or one sentence that says why this kernel cannot be a domain.
 * Called by image.c.
 */
#include <string.h>

#include <gelf.h>
#include <libelf.h>

#include "image.h"
#include "xen_abi.h"

#define NO_PV "use a kernel built with it, such as Debian's linux-image-amd64"

/* Features a kernel may insist on; others would change the ABI under it. */
static const char * const features_given[] = {
	"writable_page_tables",		/* writes are trapped and emulated */
	"pae_pgdir_above_4gb",
	"mmu_pt_update_preserve_ad",
};

static bool range_ok(uint64_t start, uint64_t size, uint64_t limit)
{
	return start <= limit && size <= limit - start;
}

static int check_header(Elf *elf, struct errbuf *e)
{
	GElf_Ehdr eh;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh))
		return fail(e, "its ELF header is broken; get a fresh copy of the file");
	if (eh.e_ident[EI_CLASS] != ELFCLASS64)
		return fail(e, "it is a 32-bit kernel; use a 64-bit one (amd64)");
	if (eh.e_ident[EI_DATA] != ELFDATA2LSB || eh.e_machine != EM_X86_64)
		return fail(e, "it is built for another machine (ELF machine %u); use a kernel for x86-64",
			    eh.e_machine);
	if (eh.e_type != ET_EXEC && eh.e_type != ET_DYN)
		return fail(e, "it is an ELF file of type %u, not a program; give the path of a kernel",
			    eh.e_type);
	return 0;
}

static int check_features(const struct xen_notes *n, struct errbuf *e)
{
	char list[sizeof(n->features)], *next, *name = list;

	strcpy(list, n->features);
	for (; name; name = next) {
		size_t i;

		next = strchr(name, '|');
		if (next)
			*next++ = '\0';
		if (*name != '!')
			continue;
		for (i = 0; i < ARRAY_SIZE(features_given); i++)
			if (!strcmp(name + 1, features_given[i]))
				break;
		if (i == ARRAY_SIZE(features_given))
			return fail(e, "it requires the Xen feature \"%s\", which lodge does not give; use another kernel",
				    name + 1);
	}
	return 0;
}

static int check_notes(const struct xen_notes *n, struct errbuf *e)
{
	if (!n->any || n->entry == IMAGE_UNSET)
		return fail(e, "it has no Xen PV support (CONFIG_XEN_PV); " NO_PV);
	if (strncmp(n->xen_version, "xen-3.0", 7))
		return fail(e, "it is made for the hypervisor interface \"%s\", not for xen-3.0; "
			    NO_PV, n->xen_version);
	if (strncmp(n->loader, "generic", 7) && strncmp(n->guest_os, "linux", 5))
		return fail(e, "it asks for the loader \"%s\"; only \"generic\" is there", n->loader);
	if (n->paddr_offset != IMAGE_UNSET && n->virt_base == IMAGE_UNSET)
		return fail(e, "it has the Xen note PADDR_OFFSET without VIRT_BASE; rebuild it with both");
	return check_features(n, e);
}

static int add_segment(struct image *img, const GElf_Phdr *ph, struct errbuf *e)
{
	struct image_segment *s = &img->segments[img->nr_segments];

	if (!ph->p_memsz)
		return 0;
	if (img->nr_segments == IMAGE_MAX_SEGMENTS)
		return fail(e, "it has more than %u segments to load; is it a kernel?",
			    IMAGE_MAX_SEGMENTS);
	if (ph->p_filesz > ph->p_memsz || !range_ok(ph->p_offset, ph->p_filesz, img->elf.size))
		return fail(e, "one of its segments lies outside the file; get a fresh copy of the file");
	if (ph->p_paddr < img->paddr_offset ||
	    !range_ok(ph->p_paddr - img->paddr_offset, ph->p_memsz, IMAGE_MAX_KERNEL))
		return fail(e, "one of its segments (%#llx bytes at %#llx) lies outside the first %lu MiB of memory; is it a kernel?",
			    (unsigned long long)ph->p_memsz, (unsigned long long)ph->p_paddr,
			    IMAGE_MAX_KERNEL >> 20);
	s->offset = ph->p_paddr - img->paddr_offset;
	s->data = img->elf.data + ph->p_offset;
	s->file_size = ph->p_filesz;
	s->mem_size = ph->p_memsz;
	for (unsigned int i = 0; i < img->nr_segments; i++) {
		const struct image_segment *o = &img->segments[i];

		if (s->offset < o->offset + o->mem_size && o->offset < s->offset + s->mem_size)
			return fail(e, "two of its segments overlap; get a fresh copy of the file");
	}
	if (s->offset + s->mem_size > img->end)
		img->end = s->offset + s->mem_size;
	img->nr_segments++;
	return 0;
}

static int read_segments(struct image *img, Elf *elf, struct errbuf *e)
{
	size_t count, i;

	if (elf_getphdrnum(elf, &count))
		return fail(e, "its program headers are broken; get a fresh copy of the file");
	for (i = 0; i < count; i++) {
		GElf_Phdr ph;

		if (!gelf_getphdr(elf, i, &ph))
			return fail(e, "its program headers are broken; get a fresh copy of the file");
		if (ph.p_type == PT_LOAD && add_segment(img, &ph, e))
			return -1;
	}
	if (!img->nr_segments)
		return fail(e, "it has nothing to load; is it a kernel?");
	return 0;
}

/* An address that the kernel named must be in what it loads. */
static bool in_kernel(const struct image *img, uint64_t va, uint64_t size)
{
	return va >= img->virt_base && range_ok(va - img->virt_base, size, img->end);
}

static int check_addresses(const struct image *img, struct errbuf *e)
{
	uint64_t last = img->virt_base + img->end - 1;

	if (img->virt_base & (GUEST_PAGE_SIZE - 1))
		return fail(e, "its VIRT_BASE %#llx is not page-aligned; rebuild it",
			    (unsigned long long)img->virt_base);
	/* Canonical, in one half, clear of the hole. */
	if (last < img->virt_base || (img->virt_base ^ last) >> 63 ||
	    (last < 1UL << 63 && last >= 1UL << 47) ||
	    (last >> 63 && img->virt_base < GUEST_HOLE_END))
		return fail(e, "it wants to lie at %#llx, where no guest can be; use another kernel",
			    (unsigned long long)img->virt_base);
	if (!in_kernel(img, img->entry, 1))
		return fail(e, "its entry point %#llx is outside its segments; get a fresh copy of the file",
			    (unsigned long long)img->entry);
	if (img->hypercall_page != IMAGE_UNSET &&
	    ((img->hypercall_page & (GUEST_PAGE_SIZE - 1)) ||
	     !in_kernel(img, img->hypercall_page, GUEST_PAGE_SIZE)))
		return fail(e, "its hypercall page %#llx is not a page of its segments; get a fresh copy of the file",
			    (unsigned long long)img->hypercall_page);
	return 0;
}

static int parse(struct image *img, Elf *elf, struct errbuf *e)
{
	struct xen_notes n;

	if (check_header(elf, e) || xen_notes_read(elf, &n, e) || check_notes(&n, e))
		return -1;
	img->virt_base = n.virt_base == IMAGE_UNSET ? 0 : n.virt_base;
	img->paddr_offset = n.paddr_offset == IMAGE_UNSET ? 0 : n.paddr_offset;
	img->entry = n.entry;
	img->hypercall_page = n.hypercall_page;
	img->init_p2m = n.init_p2m;
	img->unmapped_initrd = n.mod_start_pfn != IMAGE_UNSET && n.mod_start_pfn;
	memcpy(img->guest_os, n.guest_os, sizeof(img->guest_os));
	memcpy(img->guest_version, n.guest_version, sizeof(img->guest_version));
	if (read_segments(img, elf, e))
		return -1;
	return check_addresses(img, e);
}

/**
 * elf_kernel_parse() - judge the ELF file and fill in the rest of the image
 * @img: img->elf is set
 * @e: why not
 *
 * Return: 0 or -1; img->elf stays the caller's either way.
 */
int elf_kernel_parse(struct image *img, struct errbuf *e)
{
	Elf *elf;
	int rc;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return fail(e, "libelf is older than its header; reinstall lodge");
	elf = elf_memory((char *)img->elf.data, img->elf.size);
	if (!elf)
		return fail(e, "its ELF header is broken; get a fresh copy of the file");
	rc = parse(img, elf, e);
	elf_end(elf);
	return rc;
}
