// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Writing a core file
 *
 *	ELF header | program headers | notes | pages, by place in memory
 *
 * One PT_LOAD for each run of the guest kernel's mappings, all of them windows
 * into the same pages: gdb goes by p_vaddr and needs no more.  p_paddr is the
 * machine address, as in the vmcore of a Xen host: crash goes by that, and by the
 * note that says where the guest's own list of its frames begins (CRASH_INFO).
 * Other notes: a NT_PRSTATUS for each vCPU, and the kernel's VMCOREINFO if it has
 * one.  Pages of zeroes are holes in the file.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>

#include "core.h"
#include "xen_abi.h"

#define XEN_ELFNOTE_CRASH_INFO	0x1000001	/* xen/interface/elfnote.h of Xen, not of Linux */
#define XEN_MAJOR	4	/* what xen_version tells guests */
#define XEN_MINOR	17
#define RUNS_MAX	60000	/* program headers are counted in 16 bits */
#define BATCH		64	/* pages read at once */
#define NOTE_HEAD	24	/* of VMCOREINFO: header and name */
#define VMCOREINFO	"VMCOREINFO"

struct writer {
	int fd;
	const struct core_source *s;
	struct core_view *view;
	uint8_t *notes;
	size_t notes_size;
	uint64_t notes_room;		/* in the file */
	uint64_t pages_offset;		/* in the file */
	bool has_vmcoreinfo;
	struct errbuf *e;
};

static int write_at(struct writer *w, const void *data, size_t size, uint64_t offset)
{
	const uint8_t *p = data;

	while (size) {
		ssize_t n = pwrite(w->fd, p, size, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(w->e, "cannot write the core file: %s; is the disk full?",
				    strerror(errno));
		p += n;
		offset += n;
		size -= n;
	}
	return 0;
}

/* ---- notes ---- */

static int add_note(struct writer *w, const char *name, uint32_t type, const void *desc,
		    size_t size)
{
	Elf64_Nhdr h = { .n_namesz = strlen(name) + 1, .n_descsz = size, .n_type = type };
	size_t name_size = (h.n_namesz + 3) & ~3UL, all = sizeof(h) + name_size + ((size + 3) & ~3UL);
	uint8_t *p = realloc(w->notes, w->notes_size + all);

	if (!p)
		return fail(w->e, "no memory for the notes; free some memory");
	w->notes = p;
	p += w->notes_size;
	memset(p, 0, all);
	memcpy(p, &h, sizeof(h));
	memcpy(p + sizeof(h), name, h.n_namesz);
	memcpy(p + sizeof(h) + name_size, desc, size);
	w->notes_size += all;
	return 0;
}

static int add_vcpu(struct writer *w, uint32_t vcpu)
{
	struct elf_prstatus st = { .pr_pid = vcpu + 1 };
	struct lodge_dump_vcpu v;
	struct user_regs_struct *r = (struct user_regs_struct *)&st.pr_reg;

	if (core_vcpu(w->s, vcpu, &v, w->e))
		return -1;
	*r = (struct user_regs_struct){
		.r15 = v.r15, .r14 = v.r14, .r13 = v.r13, .r12 = v.r12, .rbp = v.rbp,
		.rbx = v.rbx, .r11 = v.r11, .r10 = v.r10, .r9 = v.r9, .r8 = v.r8,
		.rax = v.rax, .rcx = v.rcx, .rdx = v.rdx, .rsi = v.rsi, .rdi = v.rdi,
		.orig_rax = v.rax, .rip = v.rip, .cs = v.cs, .eflags = v.rflags, .rsp = v.rsp,
		.ss = v.ss, .fs_base = v.fs_base, .gs_base = v.gs_base, .ds = v.ds, .es = v.es,
		.fs = v.fs, .gs = v.gs,
	};
	return add_note(w, "CORE", NT_PRSTATUS, &st, sizeof(st));
}

/* What crash wants to know of a Xen; most of it is addresses inside Xen, of which there is none. */
static int add_xen(struct writer *w)
{
	uint64_t info[10] = { XEN_MAJOR, XEN_MINOR };
	uint8_t page[CORE_PAGE];
	const struct shared_info *s = (const void *)page;

	if (core_read_frames(w->s, &w->s->shared_info_mfn, 1, page, w->e))
		return -1;
	info[9] = s->arch.pfn_to_mfn_frame_list_list;
	if (!info[9])		/* not Linux, or not that far yet */
		return 0;
	return add_note(w, "Xen", XEN_ELFNOTE_CRASH_INFO, info, sizeof(info));
}

/* Linux keeps the finished note at the start of a page, for a crash kernel to find. */
static int look_for_vmcoreinfo(struct writer *w, const uint8_t *page)
{
	static const char key[] = "OSRELEASE=";
	Elf64_Nhdr h;

	memcpy(&h, page, sizeof(h));
	if (w->has_vmcoreinfo || h.n_namesz != sizeof(VMCOREINFO) || h.n_type ||
	    !h.n_descsz || h.n_descsz > CORE_PAGE - NOTE_HEAD ||
	    memcmp(page + sizeof(h), VMCOREINFO, sizeof(VMCOREINFO)) ||
	    memcmp(page + NOTE_HEAD, key, sizeof(key) - 1))
		return 0;
	w->has_vmcoreinfo = true;
	return add_note(w, VMCOREINFO, 0, page + NOTE_HEAD, h.n_descsz);
}

/* ---- program headers ---- */

static int by_size(const void *a, const void *b)
{
	const struct core_run *x = a, *y = b;

	return x->pages < y->pages ? 1 : x->pages > y->pages ? -1 : 0;
}

static int by_address(const void *a, const void *b)
{
	const struct core_run *x = a, *y = b;

	return x->va < y->va ? -1 : x->va > y->va;
}

/* Places that no mapping shows: at the address that they have in the guest's memory. */
static int add_unmapped(struct writer *w)
{
	struct core_view *view = w->view;
	uint8_t *seen = calloc(w->s->slots + 1, 1);
	int rc = 0;

	if (!seen)
		return fail(w->e, "no memory for the list of pages; free some memory");
	for (uint64_t i = 0; i < view->nr; i++)
		memset(seen + view->runs[i].slot, 1, view->runs[i].pages);
	for (uint64_t slot = 0; !rc && slot < w->s->slots; slot++) {
		struct core_run run = {
			.va = slot * CORE_PAGE, .slot = slot, .mfn = w->s->mfn_of[slot],
			.pages = 1, .flags = PF_R,
		};

		if (!seen[slot] && run.mfn != CORE_NONE)
			rc = core_add_run(view, &run, w->e);
	}
	free(seen);
	return rc;
}

static int write_headers(struct writer *w)
{
	struct core_view *view = w->view;
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_phoff = sizeof(eh), .e_ehsize = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = view->nr + 1,
	};
	Elf64_Phdr note = {
		.p_type = PT_NOTE, .p_offset = sizeof(eh) + eh.e_phnum * sizeof(Elf64_Phdr),
		.p_filesz = w->notes_size, .p_memsz = w->notes_size,
	};
	uint64_t at = sizeof(eh);

	if (write_at(w, &eh, sizeof(eh), 0) || write_at(w, &note, sizeof(note), at) ||
	    write_at(w, w->notes, w->notes_size, note.p_offset))
		return -1;
	for (uint64_t i = 0; i < view->nr; i++) {
		const struct core_run *r = &view->runs[i];
		Elf64_Phdr load = {
			.p_type = PT_LOAD, .p_flags = r->flags, .p_vaddr = r->va,
			.p_paddr = r->mfn * CORE_PAGE, .p_filesz = r->pages * CORE_PAGE,
			.p_memsz = r->pages * CORE_PAGE, .p_align = CORE_PAGE,
			.p_offset = w->pages_offset + r->slot * CORE_PAGE,
		};

		at += sizeof(load);
		if (write_at(w, &load, sizeof(load), at))
			return -1;
	}
	return 0;
}

/* ---- pages ---- */

static bool is_zero(const uint8_t *page)
{
	return !page[0] && !memcmp(page, page + 1, CORE_PAGE - 1);
}

static int write_batch(struct writer *w, const uint64_t *slots, const uint64_t *mfns,
		       unsigned int n)
{
	static uint8_t data[BATCH * CORE_PAGE];

	if (core_read_frames(w->s, mfns, n, data, w->e))
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *page = data + i * CORE_PAGE;

		if (is_zero(page))
			continue;
		if (look_for_vmcoreinfo(w, page) ||
		    write_at(w, page, CORE_PAGE, w->pages_offset + slots[i] * CORE_PAGE))
			return -1;
	}
	return 0;
}

static int write_pages(struct writer *w, void (*progress)(uint64_t done, uint64_t all))
{
	uint64_t slots[BATCH], mfns[BATCH];
	unsigned int n = 0;

	for (uint64_t slot = 0; slot < w->s->slots; slot++) {
		if (w->s->mfn_of[slot] != CORE_NONE) {
			slots[n] = slot;
			mfns[n++] = w->s->mfn_of[slot];
		}
		if (n < BATCH && slot + 1 < w->s->slots)
			continue;
		if (n && write_batch(w, slots, mfns, n))
			return -1;
		n = 0;
		if (progress)
			progress(slot + 1, w->s->slots);
	}
	return 0;
}

static int write_all(struct writer *w, void (*progress)(uint64_t done, uint64_t all))
{
	struct core_view *view = w->view;

	for (uint32_t i = 0; i < w->s->nr_vcpus; i++)
		if (add_vcpu(w, i))
			return -1;
	if (add_xen(w))
		return -1;
	if (view->nr > RUNS_MAX) {
		fprintf(stderr, "lodge: %llu small mappings are left out of the core file\n",
			(unsigned long long)(view->nr - RUNS_MAX));
		qsort(view->runs, view->nr, sizeof(*view->runs), by_size);
		view->nr = RUNS_MAX;
		qsort(view->runs, view->nr, sizeof(*view->runs), by_address);
	}
	if (add_unmapped(w))
		return -1;
	if (view->nr > 65000)
		return fail(w->e, "the domain's memory is in too many pieces for a core file");
	/* The pages come first: among them is a note. */
	w->notes_room = w->notes_size + 2 * CORE_PAGE;
	w->pages_offset = sizeof(Elf64_Ehdr) + (view->nr + 1) * sizeof(Elf64_Phdr) +
			  w->notes_room;
	w->pages_offset = (w->pages_offset + CORE_PAGE - 1) & ~(CORE_PAGE - 1);
	if (write_pages(w, progress) || write_headers(w))
		return -1;
	if (ftruncate(w->fd, w->pages_offset + w->s->slots * CORE_PAGE))
		return fail(w->e, "cannot write the core file: %s; is the disk full?",
			    strerror(errno));
	return 0;
}

/**
 * core_write() - write a domain's core file
 * @fd: an empty file
 * @s: the domain
 * @view: its kernel's mappings; what they do not reach is added
 * @progress: called now and then, or NULL
 * @e: why not
 *
 * Return: 0 or -1.
 */
int core_write(int fd, const struct core_source *s, struct core_view *view,
	       void (*progress)(uint64_t done, uint64_t all), struct errbuf *e)
{
	struct writer w = { .fd = fd, .s = s, .view = view, .e = e };
	int rc = write_all(&w, progress);

	free(w.notes);
	return rc;
}
