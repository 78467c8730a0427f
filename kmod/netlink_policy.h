/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netlink_policy.h: what each command of netlink.c accepts; nothing else is.
 *
 * Included by netlink.c alone, and by selftests/netlink_spec.sh, which prints
 * the tables and compares them with Documentation/netlink/specs/lodge.yaml.
 */
static struct netlink_range_validation weight_range = {
	.min = BVT_WEIGHT_MIN,
	.max = BVT_WEIGHT_MAX,
};

#define ID_POLICY	NLA_POLICY_RANGE(NLA_U32, 1, DOMID_FIRST_RESERVED - 1)
#define NAME_POLICY	{ .type = NLA_NUL_STRING, .len = LODGE_NAME_MAX - 1 }

static const struct nla_policy domain_policy[] = {
	[LODGE_A_DOMAIN_ID]	= ID_POLICY,
	[LODGE_A_DOMAIN_NAME]	= NAME_POLICY,
};

static const struct nla_policy domain_memory_policy[] = {
	[LODGE_A_DOMAIN_ID]		= ID_POLICY,
	[LODGE_A_DOMAIN_NAME]		= NAME_POLICY,
	[LODGE_A_DOMAIN_MEMORY_MAX]	= { .type = NLA_U64 },
};

static const struct nla_policy domain_rename_policy[] = {
	[LODGE_A_DOMAIN_ID]	= ID_POLICY,
	[LODGE_A_DOMAIN_NAME]	= NAME_POLICY,
	[LODGE_A_DOMAIN_NEW_NAME] = NAME_POLICY,
};

/* Domain 0 has a share, too. */
#define ID0_POLICY	NLA_POLICY_RANGE(NLA_U32, 0, DOMID_FIRST_RESERVED - 1)
#define CPULIST_POLICY	{ .type = NLA_NUL_STRING, .len = 1023 }

static struct netlink_range_validation warp_value_range = {
	.max = LODGE_SCHED_WARP_VALUE_MAX,
};

static struct netlink_range_validation warp_limit_range = {
	.max = LODGE_SCHED_WARP_LIMIT_MAX,
};

static struct netlink_range_validation unwarp_time_range = {
	.max = LODGE_SCHED_UNWARP_TIME_MAX,
};

static struct netlink_range_validation allowance_range = {
	.min = LODGE_SCHED_ALLOWANCE_MIN,
	.max = LODGE_SCHED_ALLOWANCE_MAX,
};

static struct netlink_range_validation unit_range = {
	.min = LODGE_SCHED_UNIT_MIN,
	.max = LODGE_SCHED_UNIT_MAX,
};

static const struct nla_policy sched_get_policy[] = {
	[LODGE_A_SCHED_ID]	= ID0_POLICY,
	[LODGE_A_SCHED_NAME]	= NAME_POLICY,
};

#define SCHED_ENTRY_POLICY						\
	[LODGE_A_SCHED_ID]	= ID0_POLICY,				\
	[LODGE_A_SCHED_NAME]	= NAME_POLICY,				\
	[LODGE_A_SCHED_ALL]	= { .type = NLA_FLAG },			\
	[LODGE_A_SCHED_WEIGHT]	= NLA_POLICY_FULL_RANGE(NLA_U32, &weight_range),	\
	[LODGE_A_SCHED_WARP]	= NLA_POLICY_RANGE(NLA_U32, 0, LODGE_WARP_GUEST),	\
	[LODGE_A_SCHED_WARP_VALUE] = NLA_POLICY_FULL_RANGE(NLA_U64, &warp_value_range),	\
	[LODGE_A_SCHED_WARP_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U64, &warp_limit_range),	\
	[LODGE_A_SCHED_UNWARP_TIME] = NLA_POLICY_FULL_RANGE(NLA_U64, &unwarp_time_range), \
	[LODGE_A_SCHED_AFFINITY] = CPULIST_POLICY

static const struct nla_policy sched_entry_policy[] = {
	SCHED_ENTRY_POLICY,
};

static const struct nla_policy sched_set_policy[] = {
	SCHED_ENTRY_POLICY,
	[LODGE_A_SCHED_ENTRY]	= NLA_POLICY_NESTED(sched_entry_policy),
	[LODGE_A_SCHED_ALLOWANCE] = NLA_POLICY_FULL_RANGE(NLA_U64, &allowance_range),
	[LODGE_A_SCHED_UNIT]	= NLA_POLICY_FULL_RANGE(NLA_U64, &unit_range),
};

static const struct nla_policy stats_policy[] = {
	[LODGE_A_STATS_ID]	= ID_POLICY,
	[LODGE_A_STATS_NAME]	= NAME_POLICY,
};

static const struct nla_policy vcpu_policy[] = {
	[LODGE_A_VCPU_ID]	= ID_POLICY,
	[LODGE_A_VCPU_NAME]	= NAME_POLICY,
};

static const struct nla_policy vcpu_pin_policy[] = {
	[LODGE_A_VCPU_ID]	= ID_POLICY,
	[LODGE_A_VCPU_NAME]	= NAME_POLICY,
	[LODGE_A_VCPU_INDEX]	= NLA_POLICY_RANGE(NLA_U32, 0, LODGE_MAX_VCPUS - 1),
	[LODGE_A_VCPU_AFFINITY]	= CPULIST_POLICY,
};

static const struct nla_policy audit_policy[] = {
	[LODGE_A_AUDIT_ID]	= ID_POLICY,
	[LODGE_A_AUDIT_NAME]	= NAME_POLICY,
};

#define WHICH_BACKEND_POLICY							\
	[LODGE_A_BACKEND_ID]	= ID_POLICY,					\
	[LODGE_A_BACKEND_NAME]	= NAME_POLICY,					\
	[LODGE_A_BACKEND_TYPE]	= NLA_POLICY_RANGE(NLA_U32, LODGE_BACKEND_TYPE_VBD,	\
						   LODGE_BACKEND_TYPE_VIF),	\
	[LODGE_A_BACKEND_HANDLE] = { .type = NLA_U32 }

#define BACKEND_LIMIT_POLICY							\
	[LODGE_A_BACKEND_LIMIT_IOPS] = { .type = NLA_U64 },			\
	[LODGE_A_BACKEND_LIMIT_BPS] = { .type = NLA_U64 }

static struct netlink_range_validation fd_range = {
	.max = 2147483647,
};

static const struct nla_policy backend_policy[] = {
	WHICH_BACKEND_POLICY,
};

static const struct nla_policy backend_create_policy[] = {
	WHICH_BACKEND_POLICY,
	BACKEND_LIMIT_POLICY,
	[LODGE_A_BACKEND_FD]	= NLA_POLICY_FULL_RANGE(NLA_U32, &fd_range),
	[LODGE_A_BACKEND_FLAGS]	= NLA_POLICY_RANGE(NLA_U32, 0, 7),
	[LODGE_A_BACKEND_MAC]	= NLA_POLICY_EXACT_LEN(6),
	[LODGE_A_BACKEND_QUEUES_MAX] = NLA_POLICY_RANGE(NLA_U32, 1, LODGE_BACKEND_QUEUES_MAX),
	[LODGE_A_BACKEND_IFNAME] = { .type = NLA_NUL_STRING, .len = 15 },
};

static const struct nla_policy backend_connect_policy[] = {
	WHICH_BACKEND_POLICY,
	[LODGE_A_BACKEND_PROTOCOL] = NLA_POLICY_RANGE(NLA_U32, 1, LODGE_VBD_PROTOCOL_X86_64),
	[LODGE_A_BACKEND_FEATURES] = NLA_POLICY_RANGE(NLA_U32, 0, 127),
	[LODGE_A_BACKEND_QUEUE]	= { .type = NLA_NESTED },
};

static const struct nla_policy backend_set_policy[] = {
	WHICH_BACKEND_POLICY,
	BACKEND_LIMIT_POLICY,
	[LODGE_A_BACKEND_RESIZED] = { .type = NLA_FLAG },
};
