// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/xen/privcmd and /proc/xen, with Xen's own headers: what xenstored
 * asks through libxenctrl, and that nothing else is answered.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "need_lodge.h"
#include "lodge.h"

#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/sys/privcmd.h>

#define NR_PAGES	2048UL		/* 8 MiB */

static int result(int ret)
{
	return ret < 0 ? errno : 0;
}

static int hypercall(int fd, uint64_t op, void *arg)
{
	privcmd_hypercall_t call = { .op = op, .arg = { (uintptr_t)arg } };

	return result(ioctl(fd, IOCTL_PRIVCMD_HYPERCALL, &call));
}

static int get_info(int fd, uint16_t domid, struct xen_domctl *op)
{
	memset(op, 0, sizeof(*op));
	op->cmd = XEN_DOMCTL_getdomaininfo;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = domid;
	return hypercall(fd, __HYPERVISOR_domctl, op);
}

FIXTURE(privcmd) {
	int fd;
	int builder;
	struct lodge_create args;
};

FIXTURE_SETUP(privcmd)
{
	self->builder = open("/dev/lodge", O_RDWR | O_CLOEXEC);
	if (self->builder < 0)
		SKIP(return, "no /dev/lodge: the module is not loaded");
	self->args = (struct lodge_create){
		.abi_version = LODGE_ABI_VERSION, .name = "listed", .nr_pages = NR_PAGES,
		.max_pages = NR_PAGES, .nr_vcpus = 3, .weight = 256, .console_gpfn = 1,
	};
	ASSERT_EQ(0, result(ioctl(self->builder, LODGE_CREATE, &self->args)));
	self->fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(privcmd)
{
	close(self->fd);
	close(self->builder);
}

TEST_F(privcmd, getdomaininfo)
{
	struct xen_domctl_getdomaininfo *info;
	struct xen_domctl op;

	info = &op.u.getdomaininfo;
	ASSERT_EQ(0, get_info(self->fd, 0, &op));
	EXPECT_EQ(0, op.domain);
	EXPECT_EQ(0, info->domain);
	EXPECT_EQ(XEN_DOMINF_running, info->flags);
	EXPECT_LT(0, info->nr_online_vcpus);
	ASSERT_EQ(0, get_info(self->fd, self->args.domid, &op));
	EXPECT_EQ(self->args.domid, op.domain);
	EXPECT_EQ(self->args.domid, info->domain);
	EXPECT_EQ(XEN_DOMINF_paused, info->flags);
	EXPECT_EQ(NR_PAGES, info->max_pages);
	EXPECT_LE(NR_PAGES, info->tot_pages);
	EXPECT_EQ(2, info->max_vcpu_id);
	EXPECT_EQ(0, info->nr_online_vcpus);
	EXPECT_EQ(self->args.shared_info_mfn, info->shared_info_frame);
}

/* The next one, if there is none of that id: so a list is walked. */
TEST_F(privcmd, getdomaininfo_goes_on)
{
	struct xen_domctl op;

	ASSERT_EQ(0, get_info(self->fd, 1, &op));
	EXPECT_LE(1, op.domain);
	EXPECT_EQ(ESRCH, get_info(self->fd, DOMID_FIRST_RESERVED - 1, &op));
	EXPECT_EQ(EINVAL, get_info(self->fd, DOMID_FIRST_RESERVED, &op));
	EXPECT_EQ(EINVAL, get_info(self->fd, DOMID_SELF, &op));
	close(self->builder);	/* gone, without a record */
	self->builder = -1;
	if (!get_info(self->fd, self->args.domid, &op))
		EXPECT_NE(self->args.domid, op.domain);
}

TEST_F(privcmd, getdomaininfolist)
{
	struct xen_domctl_getdomaininfo info[64];
	struct xen_sysctl op = {
		.cmd = XEN_SYSCTL_getdomaininfolist,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION,
		.u.getdomaininfolist = { .max_domains = ARRAY_SIZE(info) },
	};
	uint32_t n;

	set_xen_guest_handle(op.u.getdomaininfolist.buffer, info);
	ASSERT_EQ(0, hypercall(self->fd, __HYPERVISOR_sysctl, &op));
	n = op.u.getdomaininfolist.num_domains;
	ASSERT_LE(2, n);
	EXPECT_EQ(0, info[0].domain);
	for (uint32_t i = 1; i < n; i++)
		EXPECT_LT(info[i - 1].domain, info[i].domain);
	op.u.getdomaininfolist.first_domain = self->args.domid;
	op.u.getdomaininfolist.max_domains = 1;
	ASSERT_EQ(0, hypercall(self->fd, __HYPERVISOR_sysctl, &op));
	EXPECT_EQ(1, op.u.getdomaininfolist.num_domains);
	EXPECT_EQ(self->args.domid, info[0].domain);
	op.u.getdomaininfolist.max_domains = 0;
	ASSERT_EQ(0, hypercall(self->fd, __HYPERVISOR_sysctl, &op));
	EXPECT_EQ(0, op.u.getdomaininfolist.num_domains);
	op.u.getdomaininfolist.max_domains = 1;
	op.u.getdomaininfolist.buffer.p = (void *)16;
	EXPECT_EQ(EFAULT, hypercall(self->fd, __HYPERVISOR_sysctl, &op));
}

TEST_F(privcmd, other_versions_are_refused)
{
	struct xen_sysctl s = {
		.cmd = XEN_SYSCTL_getdomaininfolist,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION + 1,
	};
	struct xen_domctl d = {
		.cmd = XEN_DOMCTL_getdomaininfo,
		.interface_version = XEN_DOMCTL_INTERFACE_VERSION - 1,
	};

	EXPECT_EQ(EACCES, hypercall(self->fd, __HYPERVISOR_sysctl, &s));
	EXPECT_EQ(EACCES, hypercall(self->fd, __HYPERVISOR_domctl, &d));
}

TEST_F(privcmd, nothing_else_is_answered)
{
	struct xen_domctl d = {
		.cmd = XEN_DOMCTL_destroydomain, .domain = self->args.domid,
		.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
	};
	struct xen_sysctl s = {
		.cmd = XEN_SYSCTL_physinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION,
	};

	EXPECT_EQ(ENOSYS, hypercall(self->fd, __HYPERVISOR_domctl, &d));
	EXPECT_EQ(ENOSYS, hypercall(self->fd, __HYPERVISOR_sysctl, &s));
	for (uint64_t op = 0; op < 64; op++)
		if (op != __HYPERVISOR_domctl && op != __HYPERVISOR_sysctl)
			EXPECT_EQ(ENOSYS, hypercall(self->fd, op, &d));
	EXPECT_EQ(ENOSYS, hypercall(self->fd, ~0ULL, &d));
	EXPECT_EQ(EFAULT, hypercall(self->fd, __HYPERVISOR_domctl, NULL));
	EXPECT_EQ(EFAULT, hypercall(self->fd, __HYPERVISOR_sysctl, (void *)-4096L));
	EXPECT_EQ(EFAULT, result(ioctl(self->fd, IOCTL_PRIVCMD_HYPERCALL, NULL)));
	EXPECT_EQ(ENOTTY, result(ioctl(self->fd, IOCTL_PRIVCMD_MMAP, NULL)));
	EXPECT_EQ(ENOTTY, result(ioctl(self->fd, IOCTL_PRIVCMD_UNIMPLEMENTED, NULL)));
}

TEST_F(privcmd, only_for_root)
{
	struct xen_domctl op;
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			_exit(1);
		_exit(get_info(self->fd, 0, &op) == EPERM &&
		      open("/dev/xen/privcmd", O_RDWR) < 0 && errno == EACCES &&
		      open("/proc/xen/xsd_kva", O_RDWR) < 0 && errno == EACCES ? 0 : 2);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(privcmd, says_control_domain)
{
	char text[32] = "";
	int fd = open("/proc/xen/capabilities", O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_LT(0, read(fd, text, sizeof(text) - 1));
	EXPECT_STREQ("control_d\n", text);
	close(fd);
}

TEST_HARNESS_MAIN
