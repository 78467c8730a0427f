// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge stat: a domain's counters */
#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "counters.h"
#include "xen_abi.h"

static const struct {
	unsigned int attr;
	const char *key;
} numbers[] = {
	{ LODGE_A_STATS_CPU_TIME, "cpu_time_ns" },
	{ LODGE_A_STATS_WAIT_TIME, "wait_time_ns" },
	{ LODGE_A_STATS_EXITS, "exits" },
	{ LODGE_A_STATS_SYSCALLS, "syscalls" },
	{ LODGE_A_STATS_BOUNCES, "bounces" },
	{ LODGE_A_STATS_IRETS, "irets" },
	{ LODGE_A_STATS_EVENTS, "events" },
	{ LODGE_A_STATS_HOLE_HYPERCALLS, "switcher_hypercalls" },
	{ LODGE_A_STATS_PTWR, "emulated_page_table_writes" },
	{ LODGE_A_STATS_FLUSHES, "tlb_flushes" },
	{ LODGE_A_STATS_FLUSH_IPIS, "tlb_flush_interrupts" },
	{ LODGE_A_STATS_MEMORY, "memory_bytes" },
	{ LODGE_A_STATS_OVERHEAD, "overhead_bytes" },
};

#define NR_NUMBERS (ARRAY_SIZE(numbers))

static const char *hypercall_name(unsigned int number)
{
	static const char * const names[] = {
#define NAME(call) [__HYPERVISOR_##call] = #call
		NAME(set_trap_table), NAME(mmu_update), NAME(set_gdt), NAME(stack_switch),
		NAME(set_callbacks), NAME(fpu_taskswitch), NAME(sched_op_compat),
		NAME(platform_op), NAME(set_debugreg), NAME(get_debugreg),
		NAME(update_descriptor), NAME(memory_op), NAME(multicall),
		NAME(update_va_mapping), NAME(set_timer_op), NAME(event_channel_op_compat),
		NAME(xen_version), NAME(console_io), NAME(physdev_op_compat),
		NAME(grant_table_op), NAME(vm_assist), NAME(update_va_mapping_otherdomain),
		NAME(iret), NAME(vcpu_op), NAME(set_segment_base), NAME(mmuext_op),
		NAME(xsm_op), NAME(nmi_op), NAME(sched_op), NAME(callback_op),
		NAME(xenoprof_op), NAME(event_channel_op), NAME(physdev_op), NAME(hvm_op),
		NAME(sysctl), NAME(domctl), NAME(kexec_op), NAME(tmem_op), NAME(xc_reserved_op),
		NAME(xenpmu_op),
#undef NAME
	};

	return number < ARRAY_SIZE(names) ? names[number] : NULL;
}

static void to_json(const struct reply *r, void *data)
{
	cJSON *o = data;
	char name[LODGE_NAME_MAX] = "";

	attr_string(name, sizeof(name), r->attrs[LODGE_A_STATS_NAME]);
	json_u64(o, "id", attr_u64(r->attrs[LODGE_A_STATS_ID]));
	cJSON_AddStringToObject(o, "name", name);
	for (size_t i = 0; i < NR_NUMBERS; i++)
		json_u64(o, numbers[i].key, attr_u64(r->attrs[numbers[i].attr]));
	cJSON_AddItemToObject(o, "hypercalls",
			      json_counters(r, LODGE_A_STATS_HYPERCALL, hypercall_name));
	cJSON_AddItemToObject(o, "exits_by_class", json_counters(r, LODGE_A_STATS_EXIT, NULL));
}

static void print_stats(const struct reply *r, void *data)
{
	(void)data;
	for (size_t i = 0; i < NR_NUMBERS; i++)
		printf("%-28s %" PRIu64 "\n", numbers[i].key, attr_u64(r->attrs[numbers[i].attr]));
	print_counters("exit", r, LODGE_A_STATS_EXIT, NULL);
	print_counters("hypercall", r, LODGE_A_STATS_HYPERCALL, hypercall_name);
}

int cmd_stat(int argc, char **argv)
{
	struct domain_ref ref = { 0 };
	bool json = parse_name_and_json(argc, argv, &ref.name);
	cJSON *o = json ? cJSON_CreateObject() : NULL;
	struct client c = { 0 };
	struct errbuf e;
	int status = EXIT_OK;

	if (client_open(&c, &e) ||
	    client_request(&c, LODGE_CMD_STATS_GET, &ref, NULL, json ? to_json : print_stats, o,
			   &e)) {
		status = report(&e);
		cJSON_Delete(o);
	} else if (json) {
		print_json(o);
	}
	client_close(&c);
	return status;
}
