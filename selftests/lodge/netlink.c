// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The generic netlink family: what it answers, and that everything it
 * does not know is refused before anything else is looked at.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "need_lodge.h"
#include "genl.h"

FIXTURE(netlink) {
	struct genl g;
	int fd;			/* a domain under construction: it is there, and does nothing */
	struct lodge_create args;
};

FIXTURE_SETUP(netlink)
{
	int err = genl_open(&self->g);

	if (err)
		SKIP(return, "no family: the module is not loaded");
	self->fd = open("/dev/lodge", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->args = (struct lodge_create){
		.abi_version = LODGE_ABI_VERSION, .name = "netlink", .nr_pages = 2048,
		.max_pages = 4096,
		.nr_vcpus = 2, .weight = 300, .console_gpfn = 1,
	};
	ASSERT_EQ(0, ioctl(self->fd, LODGE_CREATE, &self->args));
}

FIXTURE_TEARDOWN(netlink)
{
	close(self->fd);
	close(self->g.fd);
}

static const uint8_t by_domain[] = {
	LODGE_CMD_DOMAIN_GET, LODGE_CMD_DOMAIN_PAUSE, LODGE_CMD_DOMAIN_UNPAUSE,
	LODGE_CMD_DOMAIN_DESTROY, LODGE_CMD_SCHED_GET, LODGE_CMD_SCHED_SET, LODGE_CMD_STATS_GET,
	LODGE_CMD_AUDIT, LODGE_CMD_MEMORY_SET,
};

TEST_F(netlink, get_by_id_and_by_name)
{
	struct nlattr *a;

	genl_begin(&self->g, self->g.family, LODGE_CMD_DOMAIN_GET, 0);
	genl_u32(&self->g, LODGE_A_DOMAIN_ID, self->args.domid);
	ASSERT_EQ(0, genl_call(&self->g));
	a = genl_find(&self->g, LODGE_A_DOMAIN_NAME);
	ASSERT_NE(NULL, a);
	EXPECT_STREQ("netlink", (char *)a + NLA_HDRLEN);

	genl_begin(&self->g, self->g.family, LODGE_CMD_DOMAIN_GET, 0);
	genl_string(&self->g, LODGE_A_DOMAIN_NAME, "netlink");
	ASSERT_EQ(0, genl_call(&self->g));
	a = genl_find(&self->g, LODGE_A_DOMAIN_ID);
	ASSERT_NE(NULL, a);
	EXPECT_EQ(self->args.domid, genl_number(a));
	a = genl_find(&self->g, LODGE_A_DOMAIN_STATE);
	ASSERT_NE(NULL, a);
	EXPECT_EQ(LODGE_DOMAIN_STATE_BUILDING, genl_number(a));
	a = genl_find(&self->g, LODGE_A_DOMAIN_VCPUS);
	ASSERT_NE(NULL, a);
	EXPECT_EQ(2, genl_number(a));
}

TEST_F(netlink, a_domain_must_be_named)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(by_domain); i++) {
		genl_begin(&self->g, self->g.family, by_domain[i], 0);
		EXPECT_EQ(EINVAL, genl_call(&self->g)) TH_LOG("command %u", by_domain[i]);
	}
}

TEST_F(netlink, there_is_no_such_domain)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(by_domain); i++) {
		genl_begin(&self->g, self->g.family, by_domain[i], 0);
		genl_string(&self->g, LODGE_A_DOMAIN_NAME, "nobody");
		if (by_domain[i] == LODGE_CMD_SCHED_SET)
			genl_u32(&self->g, LODGE_A_SCHED_WEIGHT, 1);
		EXPECT_EQ(ENOENT, genl_call(&self->g)) TH_LOG("command %u", by_domain[i]);
	}
}

TEST_F(netlink, id_and_name_must_agree)
{
	genl_begin(&self->g, self->g.family, LODGE_CMD_DOMAIN_GET, 0);
	genl_u32(&self->g, LODGE_A_DOMAIN_ID, self->args.domid);
	genl_string(&self->g, LODGE_A_DOMAIN_NAME, "other");
	EXPECT_EQ(EINVAL, genl_call(&self->g));
}

TEST_F(netlink, unknown_attributes_are_refused)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(by_domain); i++) {
		genl_begin(&self->g, self->g.family, by_domain[i], 0);
		genl_string(&self->g, LODGE_A_DOMAIN_NAME, "nobody");
		genl_u32(&self->g, 99, 1);
		EXPECT_EQ(EINVAL, genl_call(&self->g)) TH_LOG("command %u", by_domain[i]);
	}
	genl_begin(&self->g, self->g.family, LODGE_CMD_INFO_GET, 0);
	genl_u32(&self->g, 1, 1);
	EXPECT_NE(0, genl_call(&self->g));
}

TEST_F(netlink, malformed_attributes_are_refused)
{
	char name[200];

	/* an ID of two bytes, of eight bytes */
	genl_begin(&self->g, self->g.family, LODGE_CMD_DOMAIN_GET, 0);
	genl_attr(&self->g, LODGE_A_DOMAIN_ID, "\1\0", 2);
	EXPECT_NE(0, genl_call(&self->g));
	genl_begin(&self->g, self->g.family, LODGE_CMD_DOMAIN_GET, 0);
	genl_attr(&self->g, LODGE_A_DOMAIN_ID, "\1\0\0\0\0\0\0\0", 8);
	EXPECT_NE(0, genl_call(&self->g));
	/* a name without its NUL, one that is too long */
	genl_begin(&self->g, self->g.family, LODGE_CMD_DOMAIN_GET, 0);
	genl_attr(&self->g, LODGE_A_DOMAIN_NAME, "netlink", 7);
	EXPECT_NE(0, genl_call(&self->g));
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = 0;
	genl_begin(&self->g, self->g.family, LODGE_CMD_DOMAIN_GET, 0);
	genl_string(&self->g, LODGE_A_DOMAIN_NAME, name);
	EXPECT_NE(0, genl_call(&self->g));
}

TEST_F(netlink, attributes_of_other_commands_are_refused)
{
	genl_begin(&self->g, self->g.family, LODGE_CMD_DOMAIN_PAUSE, 0);
	genl_u32(&self->g, LODGE_A_DOMAIN_ID, self->args.domid);
	genl_u32(&self->g, LODGE_A_DOMAIN_STATE, 1);
	EXPECT_NE(0, genl_call(&self->g));
}

TEST_F(netlink, unknown_commands_are_refused)
{
	genl_begin(&self->g, self->g.family, LODGE_CMD_MAX + 1, 0);
	EXPECT_EQ(EOPNOTSUPP, genl_call(&self->g));
	genl_begin(&self->g, self->g.family, 255, 0);
	EXPECT_EQ(EOPNOTSUPP, genl_call(&self->g));
	/* nobody may send what the module sends */
	genl_begin(&self->g, self->g.family, LODGE_CMD_ENDED_NTF, 0);
	EXPECT_EQ(EOPNOTSUPP, genl_call(&self->g));
}

TEST_F(netlink, weights_have_bounds)
{
	static const uint32_t bad[] = { 0, 65536, ~0U };

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		genl_begin(&self->g, self->g.family, LODGE_CMD_SCHED_SET, 0);
		genl_u32(&self->g, LODGE_A_SCHED_ID, self->args.domid);
		genl_u32(&self->g, LODGE_A_SCHED_WEIGHT, bad[i]);
		EXPECT_NE(0, genl_call(&self->g)) TH_LOG("weight %u", bad[i]);
	}
}

static uint64_t memory_max(struct genl *g, uint32_t domid)
{
	struct nlattr *a;

	genl_begin(g, g->family, LODGE_CMD_DOMAIN_GET, 0);
	genl_u32(g, LODGE_A_DOMAIN_ID, domid);
	if (genl_call(g))
		return 0;
	a = genl_find(g, LODGE_A_DOMAIN_MEMORY_MAX);
	return a ? genl_number(a) : 0;
}

static int set_memory_max(struct genl *g, uint32_t domid, uint64_t bytes)
{
	genl_begin(g, g->family, LODGE_CMD_MEMORY_SET, NLM_F_ACK);
	genl_u32(g, LODGE_A_DOMAIN_ID, domid);
	genl_attr(g, LODGE_A_DOMAIN_MEMORY_MAX, &bytes, sizeof(bytes));
	return genl_call(g);
}

TEST_F(netlink, memory_max_is_set_and_has_bounds)
{
	uint32_t id = self->args.domid;

	EXPECT_EQ(4096UL << 12, memory_max(&self->g, id));
	EXPECT_EQ(0, set_memory_max(&self->g, id, 3000UL << 12));
	EXPECT_EQ(3000UL << 12, memory_max(&self->g, id));
	/* below what it has: it gets no more, that is all */
	EXPECT_EQ(0, set_memory_max(&self->g, id, 1000UL << 12));
	EXPECT_EQ(1000UL << 12, memory_max(&self->g, id));
	EXPECT_EQ(EINVAL, set_memory_max(&self->g, id, 0));
	EXPECT_EQ(EINVAL, set_memory_max(&self->g, id, 4095));
	EXPECT_EQ(EINVAL, set_memory_max(&self->g, id, (LODGE_MAX_PAGES + 1) << 12));
	EXPECT_EQ(EINVAL, set_memory_max(&self->g, id, ~0UL));
	EXPECT_EQ(1000UL << 12, memory_max(&self->g, id));
	genl_begin(&self->g, self->g.family, LODGE_CMD_MEMORY_SET, 0);
	genl_u32(&self->g, LODGE_A_DOMAIN_ID, id);
	EXPECT_EQ(EINVAL, genl_call(&self->g));
}

TEST_F(netlink, needs_cap_sys_admin)
{
	int status, pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		struct genl g;

		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(1);
		if (genl_open(&g))
			_exit(2);
		genl_begin(&g, g.family, LODGE_CMD_INFO_GET, 0);
		if (genl_call(&g) != EPERM)
			_exit(3);
		for (unsigned int i = 0; i < ARRAY_SIZE(by_domain); i++) {
			genl_begin(&g, g.family, by_domain[i], 0);
			genl_string(&g, LODGE_A_DOMAIN_NAME, "netlink");
			if (by_domain[i] == LODGE_CMD_SCHED_SET)
				genl_u32(&g, LODGE_A_SCHED_WEIGHT, 1);
			if (genl_call(&g) != EPERM)
				_exit(10 + i);
		}
		genl_begin(&g, g.family, LODGE_CMD_DOMAIN_GET, NLM_F_DUMP);
		if (genl_call(&g) != EPERM)
			_exit(4);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(netlink, frames_are_counted)
{
	struct nlattr *a;

	genl_begin(&self->g, self->g.family, LODGE_CMD_INFO_GET, 0);
	ASSERT_EQ(0, genl_call(&self->g));
	a = genl_find(&self->g, LODGE_A_INFO_FRAMES);
	ASSERT_NE(NULL, a);
	EXPECT_LE(2048, genl_number(a));
	close(self->fd);
	self->fd = -1;
	genl_begin(&self->g, self->g.family, LODGE_CMD_INFO_GET, 0);
	ASSERT_EQ(0, genl_call(&self->g));
	a = genl_find(&self->g, LODGE_A_INFO_FRAMES);
	ASSERT_NE(NULL, a);
	EXPECT_EQ(0, genl_number(a));
}

TEST_HARNESS_MAIN
