// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/lodge as kmod/uapi/lodge.h describes it: every refusal has its
 * errno, and a file that is closed leaves nothing behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "need_lodge.h"
#include "lodge.h"

#define PAGE		4096UL
#define NR_PAGES	2048UL		/* 8 MiB */

/* What an ioctl gives: 0 or the errno. */
static int result(int ret)
{
	return ret < 0 ? errno : 0;
}

static struct lodge_create create_args(const char *name)
{
	struct lodge_create args = {
		.abi_version = LODGE_ABI_VERSION,
		.nr_pages = NR_PAGES,
		.max_pages = NR_PAGES,
		.nr_vcpus = 1,
		.weight = 256,
		.console_gpfn = 1,
	};

	strncpy(args.name, name, sizeof(args.name) - 1);
	return args;
}

FIXTURE(fresh) {
	int fd;
};

FIXTURE_SETUP(fresh)
{
	self->fd = open("/dev/lodge", O_RDWR | O_CLOEXEC);
	if (self->fd < 0)
		SKIP(return, "no /dev/lodge: the module is not loaded");
}

FIXTURE_TEARDOWN(fresh)
{
	close(self->fd);
}

FIXTURE(builder) {
	int fd;
	struct lodge_create args;
	char *memory;
};

FIXTURE_SETUP(builder)
{
	self->fd = open("/dev/lodge", O_RDWR | O_CLOEXEC);
	if (self->fd < 0)
		SKIP(return, "no /dev/lodge: the module is not loaded");
	self->args = create_args("builder");
	ASSERT_EQ(0, result(ioctl(self->fd, LODGE_CREATE, &self->args)));
	self->memory = mmap(NULL, NR_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
			    self->args.mmap_offset);
	ASSERT_NE(MAP_FAILED, self->memory);
}

FIXTURE_TEARDOWN(builder)
{
	munmap(self->memory, NR_PAGES * PAGE);
	close(self->fd);
}

TEST_F(fresh, create_refuses_another_abi_version)
{
	struct lodge_create args = create_args("a");

	args.abi_version++;
	EXPECT_EQ(EPROTO, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, create_refuses_unknown_flags)
{
	struct lodge_create args = create_args("a");

	args.flags = 1U << 31;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, create_refuses_malformed_names)
{
	static const char *const names[] = {
		"", "-a", ".a", "_a", "a b", "a/b", "a\n", "a%s", "\xc3\xa4", "a\x7f",
	};
	struct lodge_create args;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		args = create_args(names[i]);
		EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)))
			TH_LOG("name '%s'", names[i]);
	}
	args = create_args("");
	memset(args.name, 'a', sizeof(args.name));	/* no NUL at the end */
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, create_takes_the_longest_name)
{
	struct lodge_create args = create_args("");

	memset(args.name, 'a', sizeof(args.name) - 1);
	EXPECT_EQ(0, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, create_bounds_vcpus)
{
	struct lodge_create args = create_args("a");

	args.nr_vcpus = 0;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.nr_vcpus = LODGE_MAX_VCPUS + 1;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.nr_vcpus = ~0U;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, create_bounds_weight)
{
	struct lodge_create args = create_args("a");

	args.weight = 0;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.weight = 65536;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, create_bounds_memory)
{
	struct lodge_create args = create_args("a");

	args.nr_pages = 0;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.nr_pages = 1;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.max_pages = args.nr_pages = 1UL << 34;		/* 64 TiB */
	EXPECT_EQ(ENOMEM, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.max_pages = args.nr_pages = ~0UL;
	EXPECT_EQ(ENOMEM, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, create_bounds_the_maximum)
{
	struct lodge_create args = create_args("a");

	args.max_pages = NR_PAGES - 1;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.max_pages = 0;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.max_pages = LODGE_MAX_PAGES + 1;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.max_pages = LODGE_MAX_PAGES;
	EXPECT_EQ(0, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, create_wants_the_console_inside)
{
	struct lodge_create args = create_args("a");

	args.console_gpfn = NR_PAGES;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
	args.console_gpfn = ~0UL;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, create_with_a_bad_address_leaves_nothing)
{
	struct lodge_create args = create_args("readonly");
	struct lodge_create *ro;

	EXPECT_EQ(EFAULT, result(ioctl(self->fd, LODGE_CREATE, NULL)));
	/* Arguments that can be read, but not answered. */
	ro = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, ro);
	*ro = args;
	ASSERT_EQ(0, mprotect(ro, PAGE, PROT_READ));
	EXPECT_EQ(EFAULT, result(ioctl(self->fd, LODGE_CREATE, ro)));
	munmap(ro, PAGE);
	EXPECT_EQ(0, result(ioctl(self->fd, LODGE_CREATE, &args)));
}

TEST_F(fresh, is_no_builder_and_no_console)
{
	struct lodge_frames frames = { 0 };
	struct lodge_start start = { 0 };
	char c;

	EXPECT_EQ(EBADFD, result(ioctl(self->fd, LODGE_FRAMES, &frames)));
	EXPECT_EQ(EBADFD, result(ioctl(self->fd, LODGE_START, &start)));
	EXPECT_EQ(EBADFD, result(read(self->fd, &c, 1)));
	EXPECT_EQ(EBADFD, result(write(self->fd, "x", 1)));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, 0));
}

TEST_F(fresh, unknown_ioctls)
{
	EXPECT_EQ(ENOTTY, result(ioctl(self->fd, _IO('L', 0))));
	EXPECT_EQ(ENOTTY, result(ioctl(self->fd, _IO('L', 99))));
	EXPECT_EQ(ENOTTY, result(ioctl(self->fd, _IO('T', 1))));
	/* A known number with another size is another ioctl. */
	EXPECT_EQ(ENOTTY, result(ioctl(self->fd, _IOC(_IOC_READ | _IOC_WRITE, 'L', 1, 8))));
}

TEST_F(fresh, console_of_nobody)
{
	struct lodge_console args = { .domid = 32000 };

	EXPECT_EQ(ENOENT, result(ioctl(self->fd, LODGE_CONSOLE, &args)));
	args.domid = 0;
	EXPECT_EQ(ENOENT, result(ioctl(self->fd, LODGE_CONSOLE, &args)));
	args.domid = ~0U;
	EXPECT_EQ(ENOENT, result(ioctl(self->fd, LODGE_CONSOLE, &args)));
	args.flags = 1U << 31;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_CONSOLE, &args)));
}

TEST_F(fresh, needs_cap_sys_admin)
{
	int status, pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		struct lodge_create args = create_args("nobody");

		if (setresuid(65534, 65534, 65534))
			_exit(1);
		/* The file was opened by root; who asks now is not. */
		if (result(ioctl(self->fd, LODGE_CREATE, &args)) != EPERM)
			_exit(2);
		if (open("/dev/lodge", O_RDWR) >= 0)
			_exit(3);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(builder, answers)
{
	EXPECT_LT(0, self->args.domid);
	EXPECT_LT(0, self->args.console_port);
	EXPECT_LT(0, self->args.max_mfn);
	EXPECT_GT(self->args.max_mfn, self->args.shared_info_mfn);
}

TEST_F(builder, names_are_unique_while_they_live)
{
	struct lodge_create again = create_args("builder");
	int fd = open("/dev/lodge", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(EEXIST, result(ioctl(fd, LODGE_CREATE, &again)));
	munmap(self->memory, NR_PAGES * PAGE);
	close(self->fd);
	EXPECT_EQ(0, result(ioctl(fd, LODGE_CREATE, &again)));
	self->fd = fd;
	self->memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST_F(builder, is_one_domain_only)
{
	struct lodge_create again = create_args("other");
	struct lodge_console console = { .domid = self->args.domid };

	EXPECT_EQ(EBADFD, result(ioctl(self->fd, LODGE_CREATE, &again)));
	EXPECT_EQ(EBADFD, result(ioctl(self->fd, LODGE_CONSOLE, &console)));
}

TEST_F(builder, memory_is_zero_and_keeps_what_is_written)
{
	unsigned long i;

	for (i = 0; i < NR_PAGES; i++) {
		unsigned long *word = (unsigned long *)(self->memory + i * PAGE);

		ASSERT_EQ(0, word[0] | word[511]);
		word[0] = i + 1;
	}
	for (i = 0; i < NR_PAGES; i++)
		ASSERT_EQ(i + 1, *(unsigned long *)(self->memory + i * PAGE));
}

TEST_F(builder, freed_memory_is_zero_when_it_comes_back)
{
	unsigned long i;

	memset(self->memory, 0xa5, NR_PAGES * PAGE);
	munmap(self->memory, NR_PAGES * PAGE);
	close(self->fd);
	self->fd = open("/dev/lodge", O_RDWR | O_CLOEXEC);
	self->args = create_args("builder");
	ASSERT_EQ(0, result(ioctl(self->fd, LODGE_CREATE, &self->args)));
	self->memory = mmap(NULL, NR_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
			    self->args.mmap_offset);
	ASSERT_NE(MAP_FAILED, self->memory);
	for (i = 0; i < NR_PAGES * PAGE / 8; i++)
		ASSERT_EQ(0, ((unsigned long *)self->memory)[i]);
}

TEST_F(builder, maps_only_its_own_range)
{
	off_t base = self->args.mmap_offset;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, base + NR_PAGES * PAGE));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, self->fd,
				   base + (NR_PAGES - 1) * PAGE));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, (NR_PAGES + 1) * PAGE, PROT_READ, MAP_SHARED, self->fd, base));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, self->fd, base));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, self->fd, base));
	EXPECT_EQ(-1, mprotect(self->memory, PAGE, PROT_READ | PROT_EXEC));
}

TEST_F(builder, frames_are_distinct_and_below_the_limit)
{
	static __u64 mfns[NR_PAGES];
	struct lodge_frames frames = { .count = NR_PAGES, .mfns = (unsigned long)mfns };
	unsigned long i;

	ASSERT_EQ(0, result(ioctl(self->fd, LODGE_FRAMES, &frames)));
	for (i = 0; i < NR_PAGES; i++) {
		ASSERT_LT(0, mfns[i]);
		ASSERT_GT(self->args.max_mfn, mfns[i]);
		ASSERT_NE(self->args.shared_info_mfn, mfns[i]);
		if (i)
			ASSERT_NE(mfns[i - 1], mfns[i]);
	}
}

TEST_F(builder, frames_judges_its_range)
{
	static const struct { __u64 gpfn, count; } bad[] = {
		{ 0, NR_PAGES + 1 }, { NR_PAGES, 1 }, { NR_PAGES + 1, 0 }, { 1, ~0UL },
		{ ~0UL, 2 }, { ~0UL, ~0UL },
	};
	__u64 mfn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct lodge_frames frames = { bad[i].gpfn, bad[i].count, (unsigned long)&mfn };

		EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_FRAMES, &frames)))
			TH_LOG("range %u", i);
	}
	struct lodge_frames nowhere = { 0, 1, 0 };

	EXPECT_EQ(EFAULT, result(ioctl(self->fd, LODGE_FRAMES, &nowhere)));
}

TEST_F(builder, start_judges_its_arguments)
{
	struct lodge_start start = { .flags = 1U << 31 };

	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_START, &start)));
	start = (struct lodge_start){ .reserved = 1 };
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_START, &start)));
	start = (struct lodge_start){ .l4_gpfn = NR_PAGES };
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_START, &start)));
	start = (struct lodge_start){ .l4_gpfn = ~0UL };
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_START, &start)));
	EXPECT_EQ(EFAULT, result(ioctl(self->fd, LODGE_START, NULL)));
}

/* Tables that break a rule are refused, and the domain can still be built. */
TEST_F(builder, start_refuses_bad_tables_and_goes_on_building)
{
	static const unsigned long bad[] = {
		0x1,				/* machine frame 0: not the domain's */
		0xffffffffff067,		/* bits and frames beyond everything */
		0x1000000067,			/* perhaps RAM of the host */
		0xfee00067,			/* the APIC */
	};
	struct lodge_start start = { .rip = 0xffffffff81000000, .l4_gpfn = 5 };
	unsigned long *l4 = (unsigned long *)(self->memory + 5 * PAGE);
	struct lodge_frames frames = { 5, 1, 0 };
	unsigned int i;
	__u64 mfn;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(l4, 0, PAGE);
		l4[511] = bad[i];
		EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_START, &start)))
			TH_LOG("entry %#lx", bad[i]);
	}
	/* A table that points to itself. */
	frames.mfns = (unsigned long)&mfn;
	ASSERT_EQ(0, result(ioctl(self->fd, LODGE_FRAMES, &frames)));
	memset(l4, 0, PAGE);
	l4[511] = mfn << 12 | 0x67;
	EXPECT_EQ(EINVAL, result(ioctl(self->fd, LODGE_START, &start)));
	l4[511] = 0;
	l4[0] = 1;
	EXPECT_EQ(1, l4[0]);
}

TEST_F(builder, console_can_be_opened_early)
{
	struct lodge_console args = { .domid = self->args.domid };
	int fd = open("/dev/lodge", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	char c;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, result(ioctl(fd, LODGE_CONSOLE, &args)));
	EXPECT_EQ(EAGAIN, result(read(fd, &c, 1)));
	EXPECT_EQ(EBADFD, result(ioctl(fd, LODGE_CONSOLE, &args)));
	close(fd);
}

TEST_F(builder, a_child_does_not_inherit_the_memory)
{
	int status, pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile char *)self->memory = 1;
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

TEST_HARNESS_MAIN
