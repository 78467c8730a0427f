// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/xen/gntdev, on a domain that is under construction: the two entries
 * that the builder asks for are granted, so no guest is needed to see what is
 * mapped, refused, copied, and left behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "need_lodge.h"
#include "lodge.h"

typedef uint16_t domid_t;
typedef uint32_t grant_ref_t;
#include <xen/evtchn.h>
#include <xen/gntdev.h>

#define PAGE		4096UL
#define NR_PAGES	2048UL		/* 8 MiB */
#define CONSOLE_GPFN	1
#define STORE_GPFN	2
#define REF_CONSOLE	0
#define REF_STORE	1
#define REF_UNUSED	5		/* in the table, not granted */
#define REF_BEYOND	0x7fffffff
#define NO_DOMAIN	0x7123
#define MAX_GRANTS	65536

/* Of xen/interface/grant_table.h, which user space has not. */
#define COPY_SOURCE_GREF	1
#define COPY_DEST_GREF		2
#define GNTST_okay		0
#define GNTST_general_error	-1
#define GNTST_bad_domain	-2
#define GNTST_permission_denied	-8

static int result(int ret)
{
	return ret < 0 ? errno : 0;
}

/* struct ioctl_gntdev_map_grant_ref with more room. */
struct map_args {
	uint32_t count, pad;
	uint64_t index;
	struct ioctl_gntdev_grant_ref refs[4];
};

/* Up to 4 refs of one domain.  Return: 0 or the errno. */
static int map_refs(int fd, uint32_t domid, uint32_t count, const uint32_t *refs, uint64_t *index)
{
	struct map_args m = { .count = count };
	int ret;

	for (uint32_t i = 0; refs && i < count; i++)
		m.refs[i] = (struct ioctl_gntdev_grant_ref){ .domid = domid, .ref = refs[i] };
	ret = result(ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &m));
	*index = m.index;
	return ret;
}

static int map_ref(int fd, uint32_t domid, uint32_t ref, uint64_t *index)
{
	return map_refs(fd, domid, 1, &ref, index);
}

static int unmap_refs(int fd, uint64_t index, uint32_t count)
{
	struct ioctl_gntdev_unmap_grant_ref arg = { .index = index, .count = count };

	return result(ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &arg));
}

static int notify_at(int fd, uint64_t index, uint32_t action, uint32_t port)
{
	struct ioctl_gntdev_unmap_notify arg = {
		.index = index, .action = action, .event_channel_port = port,
	};

	return result(ioctl(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &arg));
}

static void *show(int fd, uint64_t index, uint32_t count, int prot)
{
	return mmap(NULL, count * PAGE, prot, MAP_SHARED, fd, index);
}

FIXTURE(granted) {
	int builder, fd;
	uint32_t domid;
	char *memory, *store, *console;
};

FIXTURE_SETUP(granted)
{
	struct lodge_create args = {
		.abi_version = LODGE_ABI_VERSION, .flags = LODGE_CREATE_STORE, .name = "granted",
		.nr_pages = NR_PAGES, .max_pages = NR_PAGES, .nr_vcpus = 1, .weight = 256,
		.console_gpfn = CONSOLE_GPFN, .store_gpfn = STORE_GPFN,
	};

	self->builder = open("/dev/lodge", O_RDWR | O_CLOEXEC);
	if (self->builder < 0)
		SKIP(return, "no /dev/lodge: the module is not loaded");
	ASSERT_EQ(0, result(ioctl(self->builder, LODGE_CREATE, &args)));
	ASSERT_NE(0, args.store_port);
	self->domid = args.domid;
	self->memory = mmap(NULL, NR_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			    self->builder, args.mmap_offset);
	ASSERT_NE(MAP_FAILED, self->memory);
	self->store = self->memory + STORE_GPFN * PAGE;
	self->console = self->memory + CONSOLE_GPFN * PAGE;
	strcpy(self->store, "store");
	strcpy(self->console + 8, "console");	/* not at the ring's indices */
	self->fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(granted)
{
	close(self->fd);
	if (self->memory)
		munmap(self->memory, NR_PAGES * PAGE);
	if (self->builder >= 0)
		close(self->builder);
}

TEST_F(granted, is_the_page_of_the_domain)
{
	uint64_t index;
	char *p;

	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	EXPECT_EQ(0, index);
	p = show(self->fd, index, 1, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_STREQ("store", p);
	strcpy(p + 100, "from domain 0");
	EXPECT_STREQ("from domain 0", self->store + 100);
	strcpy(self->store + 200, "from the domain");
	EXPECT_STREQ("from the domain", p + 200);
	EXPECT_EQ(0, munmap(p, PAGE));
	EXPECT_EQ(0, unmap_refs(self->fd, index, 1));
	EXPECT_EQ(MAP_FAILED, show(self->fd, index, 1, PROT_READ));
}

TEST_F(granted, several_in_one_map)
{
	static const uint32_t refs[] = { REF_STORE, REF_CONSOLE, REF_STORE };
	uint64_t index;
	char *p;

	ASSERT_EQ(0, map_refs(self->fd, self->domid, 3, refs, &index));
	p = show(self->fd, index, 3, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_STREQ("store", p);
	EXPECT_STREQ("console", p + PAGE + 8);
	EXPECT_STREQ("store", p + 2 * PAGE);
	EXPECT_EQ(EINVAL, result(munmap(p + PAGE, PAGE))) TH_LOG("a part of it");
	EXPECT_EQ(EINVAL, result(munmap(p, PAGE))) TH_LOG("its first page");
	EXPECT_EQ(0, munmap(p, 3 * PAGE));
	EXPECT_EQ(0, unmap_refs(self->fd, index, 3));
}

TEST_F(granted, offsets_are_reused)
{
	static const uint32_t two[] = { REF_STORE, REF_CONSOLE };
	uint64_t a, b, c;

	ASSERT_EQ(0, map_refs(self->fd, self->domid, 2, two, &a));
	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &b));
	EXPECT_EQ(a + 2 * PAGE, b);
	ASSERT_EQ(0, unmap_refs(self->fd, a, 2));
	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &c));
	EXPECT_EQ(a, c);
	EXPECT_EQ(0, unmap_refs(self->fd, b, 1));
	EXPECT_EQ(0, unmap_refs(self->fd, c, 1));
}

TEST_F(granted, malformed_requests_are_refused)
{
	uint64_t index;
	char *p;

	EXPECT_EQ(EINVAL, map_refs(self->fd, self->domid, 0, NULL, &index));
	EXPECT_EQ(EINVAL, map_refs(self->fd, self->domid, MAX_GRANTS + 1, NULL, &index));
	EXPECT_EQ(EFAULT, result(ioctl(self->fd, IOCTL_GNTDEV_MAP_GRANT_REF, NULL)));
	EXPECT_EQ(ENOTTY, result(ioctl(self->fd, _IO('G', 99), NULL)));
	EXPECT_EQ(ENOENT, unmap_refs(self->fd, 0, 1)) TH_LOG("nothing is mapped");
	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	EXPECT_EQ(ENOENT, unmap_refs(self->fd, index, 2)) TH_LOG("another size");
	EXPECT_EQ(ENOENT, unmap_refs(self->fd, index + 1, 1)) TH_LOG("no page boundary");
	EXPECT_EQ(ENOENT, unmap_refs(self->fd, index + PAGE, 1));
	EXPECT_EQ(ENOENT, notify_at(self->fd, index + PAGE, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	EXPECT_EQ(EINVAL, notify_at(self->fd, index, 4, 0));
	EXPECT_EQ(MAP_FAILED, show(self->fd, index, 2, PROT_READ));
	EXPECT_EQ(MAP_FAILED, show(self->fd, index + PAGE, 1, PROT_READ));
	EXPECT_EQ(MAP_FAILED, show(self->fd, index, 1, PROT_READ | PROT_EXEC));
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, self->fd, index);
	EXPECT_EQ(MAP_FAILED, p);
	EXPECT_EQ(0, unmap_refs(self->fd, index, 1));
}

/* What is named is looked at when it is mapped. */
TEST_F(granted, what_is_not_granted_is_refused)
{
	static const struct { uint32_t domid, ref; int error; } wrong[] = {
		{ 0, REF_UNUSED, EPERM }, { 0, REF_BEYOND, EINVAL },
		{ NO_DOMAIN, REF_STORE, ESRCH }, { 0x12345678, REF_STORE, ESRCH },
	};
	const uint32_t half[] = { REF_STORE, REF_UNUSED };
	uint64_t index;

	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		ASSERT_EQ(0, map_ref(self->fd, wrong[i].domid ?: self->domid, wrong[i].ref, &index));
		EXPECT_EQ(MAP_FAILED, show(self->fd, index, 1, PROT_READ));
		EXPECT_EQ(wrong[i].error, errno) TH_LOG("domain %u, reference %u", wrong[i].domid,
							wrong[i].ref);
		EXPECT_EQ(0, unmap_refs(self->fd, index, 1));
	}
	ASSERT_EQ(0, map_refs(self->fd, self->domid, 2, half, &index));
	EXPECT_EQ(MAP_FAILED, show(self->fd, index, 2, PROT_READ));
}

TEST_F(granted, read_only_stays_read_only)
{
	uint64_t index;
	char *p;

	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	p = show(self->fd, index, 1, PROT_READ);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_STREQ("store", p);
	EXPECT_EQ(EACCES, result(mprotect(p, PAGE, PROT_READ | PROT_WRITE)));
	EXPECT_EQ(EACCES, result(mprotect(p, PAGE, PROT_READ | PROT_EXEC)));
	EXPECT_EQ(MAP_FAILED, show(self->fd, index, 1, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, munmap(p, PAGE));
}

TEST_F(granted, a_mapping_outlives_its_name_and_its_file)
{
	uint64_t index;
	char *p;

	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	p = show(self->fd, index, 1, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, unmap_refs(self->fd, index, 1));
	strcpy(p + 8, "still");
	EXPECT_STREQ("still", self->store + 8);
	close(self->fd);
	self->fd = -1;
	EXPECT_STREQ("store", p);
	EXPECT_EQ(0, munmap(p, PAGE));
}

TEST_F(granted, the_offset_of_an_address)
{
	static const uint32_t two[] = { REF_STORE, REF_CONSOLE };
	struct ioctl_gntdev_get_offset_for_vaddr arg = { 0 };
	uint64_t a, b;
	char *p;

	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &a));
	ASSERT_EQ(0, map_refs(self->fd, self->domid, 2, two, &b));
	p = show(self->fd, b, 2, PROT_READ);
	ASSERT_NE(MAP_FAILED, p);
	arg.vaddr = (uintptr_t)p;
	EXPECT_EQ(0, result(ioctl(self->fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &arg)));
	EXPECT_EQ(b, arg.offset);
	EXPECT_EQ(2, arg.count);
	arg.vaddr += PAGE;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &arg)));
	arg.vaddr = (uintptr_t)self->memory;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &arg)));
	EXPECT_EQ(0, munmap(p, 2 * PAGE));
}

TEST_F(granted, the_limit)
{
	struct ioctl_gntdev_set_max_grants arg = { .count = MAX_GRANTS + 1 };
	uint64_t index;

	EXPECT_EQ(E2BIG, result(ioctl(self->fd, IOCTL_GNTDEV_SET_MAX_GRANTS, &arg)));
	arg.count = 1;
	EXPECT_EQ(0, result(ioctl(self->fd, IOCTL_GNTDEV_SET_MAX_GRANTS, &arg)));
	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	EXPECT_EQ(ENOSPC, map_ref(self->fd, self->domid, REF_CONSOLE, &index));
	EXPECT_EQ(EBUSY, result(ioctl(self->fd, IOCTL_GNTDEV_SET_MAX_GRANTS, &arg)));
}

/* Whoever pinned it would still write when the guest has it back. */
TEST_F(granted, cannot_be_pinned)
{
	uint64_t index;
	struct iovec v;
	int pipefd[2];
	char *p;

	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	p = show(self->fd, index, 1, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, p);
	p[0] = 'S';	/* present */
	v = (struct iovec){ .iov_base = p, .iov_len = PAGE };
	ASSERT_EQ(0, pipe(pipefd));
	EXPECT_EQ(EFAULT, result(vmsplice(pipefd[1], &v, 1, 0)));
	close(pipefd[0]);
	close(pipefd[1]);
	EXPECT_EQ(0, munmap(p, PAGE));
}

TEST_F(granted, is_not_inherited)
{
	uint64_t index;
	int status;
	pid_t pid;
	char *p;

	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	p = show(self->fd, index, 1, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, p);
	pid = fork();
	if (!pid) {
		unsigned char in;

		_exit(mincore(p, PAGE, &in) < 0 && errno == ENOMEM ? 0 : 1);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, munmap(p, PAGE));
}

TEST_F(granted, only_for_root)
{
	uint64_t index;
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			_exit(1);
		_exit(map_ref(self->fd, self->domid, REF_STORE, &index) == EPERM &&
		      open("/dev/xen/gntdev", O_RDWR) < 0 && errno == EACCES ? 0 : 2);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(granted, a_page_stays_when_its_domain_goes)
{
	uint64_t index;
	char *p;

	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	p = show(self->fd, index, 1, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, munmap(self->memory, NR_PAGES * PAGE));
	self->memory = NULL;
	close(self->builder);	/* the domain has ended when this returns */
	self->builder = -1;
	EXPECT_STREQ("store", p);
	strcpy(p, "nobody's");
	EXPECT_STREQ("nobody's", p);
	EXPECT_EQ(0, unmap_refs(self->fd, index, 1));
	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	EXPECT_EQ(MAP_FAILED, show(self->fd, index, 1, PROT_READ));
	EXPECT_EQ(0, munmap(p, PAGE));
}

TEST_F(granted, unmapping_clears_a_byte_and_sends_an_event)
{
	struct ioctl_evtchn_bind_unbound_port unbound = { .remote_domain = 0 };
	struct ioctl_evtchn_bind_interdomain bind = { .remote_domain = 0 };
	int events = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	uint32_t got = 0;
	uint64_t index;
	int here;
	char *p;

	ASSERT_LE(0, events);
	here = ioctl(events, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &unbound);
	ASSERT_LT(0, here);
	bind.remote_port = here;
	bind.remote_port = ioctl(events, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
	ASSERT_LT(0, (int)bind.remote_port);
	while (read(events, &got, sizeof(got)) == sizeof(got))	/* a new channel may fire */
		EXPECT_EQ(sizeof(got), write(events, &got, sizeof(got)));
	ASSERT_EQ(0, map_ref(self->fd, self->domid, REF_STORE, &index));
	p = show(self->fd, index, 1, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, notify_at(self->fd, index + 1,
			       UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT, here));
	EXPECT_EQ(0, unmap_refs(self->fd, index, 1));
	EXPECT_STREQ("store", self->store) TH_LOG("it is still mapped");
	EXPECT_EQ(0, munmap(p, PAGE));
	EXPECT_STREQ("s", self->store);
	EXPECT_EQ('o', self->store[2]);
	EXPECT_EQ(sizeof(got), read(events, &got, sizeof(got)));
	EXPECT_EQ(bind.remote_port, got);
	close(events);
}

static int copy(int fd, struct gntdev_grant_copy_segment *s, unsigned int count)
{
	struct ioctl_gntdev_grant_copy arg = { .count = count, .segments = s };

	return result(ioctl(fd, IOCTL_GNTDEV_GRANT_COPY, &arg));
}

TEST_F(granted, copies)
{
	char buf[16] = "";
	struct gntdev_grant_copy_segment s[] = {
		{	/* out */
			.source.foreign = { .ref = REF_STORE, .domid = self->domid, .offset = 1 },
			.dest.virt = buf, .len = 5, .flags = COPY_SOURCE_GREF,
		}, {	/* in */
			.source.virt = "here", .len = 5, .flags = COPY_DEST_GREF,
			.dest.foreign = { .ref = REF_STORE, .domid = self->domid,
					  .offset = PAGE - 5 },
		}, {	/* between */
			.source.foreign = { .ref = REF_CONSOLE, .domid = self->domid, .offset = 8 },
			.dest.foreign = { .ref = REF_STORE, .domid = self->domid, .offset = 64 },
			.len = 8, .flags = COPY_SOURCE_GREF | COPY_DEST_GREF,
		}, {	/* not granted */
			.source.foreign = { .ref = REF_UNUSED, .domid = self->domid },
			.dest.virt = buf, .len = 1, .flags = COPY_SOURCE_GREF,
		}, {	/* nobody's */
			.source.foreign = { .ref = REF_STORE, .domid = NO_DOMAIN },
			.dest.virt = buf, .len = 1, .flags = COPY_SOURCE_GREF,
		},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(s); i++)
		s[i].status = 77;
	EXPECT_EQ(0, copy(self->fd, s, ARRAY_SIZE(s)));
	EXPECT_EQ(GNTST_okay, s[0].status);
	EXPECT_STREQ("tore", buf);
	EXPECT_EQ(GNTST_okay, s[1].status);
	EXPECT_STREQ("here", self->store + PAGE - 5);
	EXPECT_EQ(GNTST_okay, s[2].status);
	EXPECT_STREQ("console", self->store + 64);
	EXPECT_EQ(GNTST_permission_denied, s[3].status);
	EXPECT_EQ(GNTST_bad_domain, s[4].status);

	s[0].source.foreign.offset = PAGE - 4;
	EXPECT_EQ(EINVAL, copy(self->fd, s, 1)) TH_LOG("over the end of the page");
	s[0].source.foreign.offset = 0;
	s[0].flags = 0;
	EXPECT_EQ(EINVAL, copy(self->fd, s, 1)) TH_LOG("no grant at all");
	s[0].flags = COPY_SOURCE_GREF | 8;
	EXPECT_EQ(EINVAL, copy(self->fd, s, 1)) TH_LOG("an unknown flag");
	s[0].flags = COPY_SOURCE_GREF;
	s[0].dest.virt = (void *)16;
	EXPECT_EQ(EFAULT, copy(self->fd, s, 1));
	EXPECT_EQ(EFAULT, copy(self->fd, NULL, 1));
	EXPECT_EQ(0, copy(self->fd, NULL, 0));
}

TEST_HARNESS_MAIN
