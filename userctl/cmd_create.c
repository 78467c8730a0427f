// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge create
 *
 * Reads the kernel, plans the layout, lets the module make the domain, fills
 * its memory, starts it.  Until LODGE_START the domain hangs on our open
 * file: whatever ends this process leaves nothing behind.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "create.h"
#include "store.h"

#define PAGE_SHIFT	12
#define DEFAULT_WEIGHT	256

static int read_files(struct plan *p, struct errbuf *e)
{
	struct errbuf why;

	if (p->initrd_path && blob_read_file(&p->initrd, p->initrd_path, "initrd", e))
		return -1;
	if (image_load(&p->img, p->kernel, e))
		return -1;
	if (layout_plan(&p->layout, &p->img, p->initrd.size, p->memory >> PAGE_SHIFT, &why))
		return fail(e, "cannot create %s: %s", p->name, why.text);
	return 0;
}

static int explain_create(const struct plan *p, int error, struct errbuf *e)
{
	char size[24];

	switch (error) {
	case EEXIST:
		return fail(e, "cannot create %s: a domain of that name lives; choose another name, or 'lodge destroy %s'",
			    p->name, p->name);
	case ENOMEM:
		return fail(e, "cannot create %s: the host has not enough free memory for %s; use a smaller --memory, or end something",
			    p->name, format_bytes(size, sizeof(size), p->memory));
	case EPROTO:
		return fail(e, "cannot create %s: the loaded module speaks another version of the interface than %u; install both from the same release",
			    p->name, LODGE_ABI_VERSION);
	case EPERM:
		return fail(e, "cannot create %s: no permission; run lodge as root", p->name);
	case EINVAL:
		return fail(e, "cannot create %s: the module refuses these sizes; use at least 4M of memory",
			    p->name);
	default:
		return fail(e, "cannot create %s: %s; 'dmesg' may tell more", p->name,
			    strerror(error));
	}
}

static int create(struct plan *p, int fd, struct lodge_create *arg, struct errbuf *e)
{
	const struct request_attr *weight = sched_find(&p->sched, LODGE_A_SCHED_WEIGHT);
	int error;

	*arg = (struct lodge_create){
		.abi_version = LODGE_ABI_VERSION,
		.flags = keep_flags(&p->policy) | (p->store ? LODGE_CREATE_STORE : 0),
		.nr_pages = p->layout.nr_pages,
		.max_pages = p->max_memory >> PAGE_SHIFT,
		.nr_vcpus = p->max_vcpus,
		.weight = weight ? weight->number : DEFAULT_WEIGHT,
		.console_gpfn = p->layout.console.gpfn,
		.store_gpfn = p->layout.store.gpfn,
	};
	strcpy(arg->name, p->name);
	progress_begin(p->name, p->memory);
	error = ioctl(fd, LODGE_CREATE, arg) ? errno : 0;
	progress_end();
	return error ? explain_create(p, error, e) : 0;
}

static uint64_t *read_frames(int fd, uint64_t count, struct errbuf *e)
{
	uint64_t *mfns = malloc(count * sizeof(*mfns));
	struct lodge_frames arg = { .count = count, .mfns = (uintptr_t)mfns };

	if (!mfns) {
		fail(e, "no memory for the list of frames; free some memory");
		return NULL;
	}
	if (ioctl(fd, LODGE_FRAMES, &arg)) {
		fail(e, "cannot read the domain's frame numbers: %s; 'dmesg' may tell more",
		     strerror(errno));
		free(mfns);
		return NULL;
	}
	return mfns;
}

/* Someone destroyed the domain while we fill it: its memory is gone under us. */
static void on_sigbus(int sig)
{
	static const char text[] = "lodge: cannot create the domain: it was destroyed while it was being built; create it again\n";

	(void)sig;
	/* Nothing can be done about a failure of this. */
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_FAILED);
}

static int fill(struct plan *p, int fd, const struct lodge_create *arg, struct start_state *s,
		struct errbuf *e)
{
	struct build_target t = {
		.shared_info_mfn = arg->shared_info_mfn, .console_port = arg->console_port,
		.store_port = arg->store_port,
	};
	uint64_t *mfns = read_frames(fd, p->layout.nr_pages, e);
	int rc;

	if (!mfns)
		return -1;
	t.mfns = mfns;
	p->store_mfn = mfns[p->layout.store.gpfn];
	p->console_mfn = mfns[p->layout.console.gpfn];
	t.mem = mmap(NULL, p->memory, PROT_READ | PROT_WRITE, MAP_SHARED, fd, arg->mmap_offset);
	if (t.mem == MAP_FAILED) {
		free(mfns);
		return fail(e, "cannot map the domain's memory: %s; 'dmesg' may tell more",
			    strerror(errno));
	}
	signal(SIGBUS, on_sigbus);
	rc = layout_build(&p->layout, &p->img, p->initrd.data, p->cmdline, &t, s, e);
	signal(SIGBUS, SIG_DFL);
	munmap(t.mem, p->memory);
	free(mfns);
	return rc;
}

/*
 * A domain does without a store where there is none to be had: that is what
 * the user is told, once the domain runs.
 */
static void find_store(struct plan *p, struct client *c, struct errbuf *why)
{
	struct errbuf ignored;

	p->store = false;
	if (p->no_store)
		return;
	switch (store_start(why)) {
	case STORE_RUNS:
		p->store = true;
		store_sweep(c, &ignored);	/* what failed here fails again where it matters */
		store_spawn_watch();
		break;
	case STORE_ABSENT:
		fail(why, "no xenstored is installed (Debian: xen-utils-4.17)");
		break;
	case STORE_FAILED:
		break;
	}
}

static int introduce(struct plan *p, struct client *c, const struct lodge_create *arg,
		     struct errbuf *e)
{
	struct domain_ref ref = { .id = arg->domid };
	struct domain_info info;
	struct store_domain d = {
		.domid = arg->domid, .name = p->name, .uuid = info.uuid,
		.kernel = p->kernel, .initrd = p->initrd_path, .cmdline = p->cmdline,
		.memory_kib = p->memory >> 10, .max_memory_kib = p->max_memory >> 10,
		.vcpus = p->vcpus, .max_vcpus = p->max_vcpus,
		.store_mfn = p->store_mfn, .store_port = arg->store_port,
		.console_mfn = p->console_mfn, .console_port = arg->console_port,
	};

	return client_get(c, &ref, &info, e) ? -1 : store_introduce(&d, e);
}

static int start(struct plan *p, int fd, const struct start_state *s, struct client *c,
		 uint32_t domid, struct errbuf *e)
{
	struct lodge_start arg = {
		.rip = s->rip, .rsp = s->rsp, .start_info = s->start_info, .l4_gpfn = s->l4_gpfn,
		.flags = p->paused ? LODGE_START_PAUSED : 0,
	};
	struct domain_ref ref = { .id = domid };
	struct domain_info info;
	struct errbuf ignored;
	int error;

	if (!ioctl(fd, LODGE_START, &arg))
		return 0;
	error = errno;
	/* The module says why in the domain's reason, while there is one. */
	if (client_get(c, &ref, &info, &ignored) || !info.reason[0])
		return fail(e, "cannot start %s: %s; 'dmesg' may tell more", p->name,
			    strerror(error));
	return fail(e, "cannot start %s: %s; 'dmesg' may tell more", p->name, info.reason);
}

/* Weight once more, and what LODGE_CREATE does not take. */
static int set_sched(struct plan *p, struct client *c, uint32_t domid, struct errbuf *e)
{
	struct domain_ref ref = { .id = domid };
	struct errbuf why;

	if (!p->sched.nr || !client_request(c, LODGE_CMD_SCHED_SET, &ref, p->sched.attrs, NULL,
					    NULL, &why))
		return 0;
	return fail(e, "cannot create %s: %s", p->name, why.text);
}

static int print_created(struct client *c, uint32_t domid)
{
	struct domain_ref ref = { .id = domid };
	struct domain_info info;
	struct errbuf e;

	if (client_get(c, &ref, &info, &e))
		return report(&e);
	print_json(json_domain(&info));
	return EXIT_OK;
}

/* The last of the disks.  The module has the file then: its name is not needed any more. */
static int attach_seed(struct plan *p, struct client *c, uint32_t domid, struct errbuf *e)
{
	struct disk_spec d = { .format = "raw", .read_only = true };
	struct device_id id;
	int rc;

	if (!p->cloud_init)
		return 0;
	if (cloud_init_seed(p->cloud_init, d.target, sizeof(d.target), e))
		return -1;
	rc = attach_disk(c, domid, &d, &id, e);
	unlink(d.target);
	return rc;
}

/* Those with a name first, so that the others get what is left. */
static int attach_devices(struct plan *p, struct client *c, uint32_t domid, struct errbuf *e)
{
	struct device_id id;
	struct errbuf why;

	for (int named = 1; named >= 0; named--)
		for (unsigned int i = 0; i < p->nr_disks; i++)
			if (!!p->disks[i].name[0] == named &&
			    attach_disk(c, domid, &p->disks[i], &id, &why))
				return fail(e, "cannot create %s: %s", p->name, why.text);
	if (attach_seed(p, c, domid, &why))
		return fail(e, "cannot create %s: %s", p->name, why.text);
	for (unsigned int i = 0; i < p->nr_nets; i++)
		if (attach_net(c, domid, &p->nets[i], &id, &why))
			return fail(e, "cannot create %s: %s", p->name, why.text);
	return 0;
}

static int build_and_start(struct plan *p, struct client *c, int fd, uint32_t *domid,
			   int *console, struct errbuf *e)
{
	struct lodge_create arg;
	struct start_state s;
	struct errbuf why;

	find_store(p, c, &why);
	if (!p->store && (p->nr_disks || p->nr_nets || p->cloud_init))
		return fail(e, "cannot create %s with devices: %s", p->name, why.text);
	if (create(p, fd, &arg, e) || set_sched(p, c, arg.domid, e) || fill(p, fd, &arg, &s, e))
		return -1;
	*domid = arg.domid;
	/* Open before it runs, so that nothing it says can be missed. */
	if (p->console) {
		*console = device_console(arg.domid, false, e);
		if (*console < 0)
			return -1;
	}
	/* Before it runs: xenstored resets the ring. */
	if (p->store && introduce(p, c, &arg, e))
		return -1;
	if (attach_devices(p, c, arg.domid, e) || start(p, fd, &s, c, arg.domid, e)) {
		if (p->store)
			store_remove(arg.domid);
		return -1;
	}
	if (!p->store && !p->no_store)
		fprintf(stderr, "lodge: %s has no xenstore: %s\n", p->name, why.text);
	if (!p->store && p->max_vcpus > p->vcpus)
		fprintf(stderr, "lodge: %s starts all its %u vCPUs: only xenstore tells it not to\n",
			p->name, p->max_vcpus);
	return 0;
}

/**
 * create_domain() - make the domain that a plan describes, and start it
 * @p: the plan; its files are read anew
 * @c: open
 * @domid: filled
 * @console: filled with its console if the plan wants one; closed after a failure
 * @e: why not
 *
 * Return: 0, or -1 and nothing is left of it.
 */
int create_domain(struct plan *p, struct client *c, uint32_t *domid, int *console,
		  struct errbuf *e)
{
	int fd = device_open(e), rc = -1;

	if (fd >= 0 && !read_files(p, e))
		rc = build_and_start(p, c, fd, domid, console, e);
	image_free(&p->img);
	blob_free(&p->initrd);
	if (fd >= 0)
		close(fd);
	if (rc && *console >= 0)
		close(*console);
	return rc;
}

/* Does this process stay?  For the console, and where someone must restart the domain. */
static int stay(struct plan *p, struct client *c, uint32_t domid, int console)
{
	int pid;

	if (!p->console && !p->foreground) {
		pid = go_background();
		if (pid > 0)
			return EXIT_OK;
		if (pid < 0)
			fprintf(stderr, "lodge: cannot go into the background, so staying here: %m\n");
	}
	return watch_domain(p, c, domid, console);
}

int cmd_create(int argc, char **argv)
{
	struct plan p = { 0 };
	struct client c = { 0 };
	int console = -1, status = EXIT_OK;
	uint32_t domid = 0;
	struct errbuf e;

	create_options(&p, argc, argv);
	if (client_open(&c, &e) || client_subscribe(&c, &e) ||
	    create_domain(&p, &c, &domid, &console, &e))
		status = report(&e);
	if (status == EXIT_OK && p.json)
		status = print_created(&c, domid);
	if (status == EXIT_OK && (p.console || p.foreground || may_restart(&p.policy)))
		status = stay(&p, &c, domid, console);
	client_close(&c);
	return status;
}
