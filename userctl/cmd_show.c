// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge show: a domain and its vCPUs */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "counters.h"

static void vcpu_to_json(const struct reply *r, void *data)
{
	cJSON *o = cJSON_CreateObject();

	json_u64(o, "vcpu", attr_u64(r->attrs[LODGE_A_VCPU_INDEX]));
	cJSON_AddStringToObject(o, "state", vcpu_state_name(attr_u64(r->attrs[LODGE_A_VCPU_STATE])));
	if (r->attrs[LODGE_A_VCPU_PCPU])
		json_u64(o, "pcpu", attr_u64(r->attrs[LODGE_A_VCPU_PCPU]));
	else
		cJSON_AddNullToObject(o, "pcpu");
	json_u64(o, "cpu_time_ns", attr_u64(r->attrs[LODGE_A_VCPU_CPU_TIME]));
	json_u64(o, "wait_time_ns", attr_u64(r->attrs[LODGE_A_VCPU_WAIT_TIME]));
	json_u64(o, "exits", attr_u64(r->attrs[LODGE_A_VCPU_EXITS]));
	json_u64(o, "syscalls", attr_u64(r->attrs[LODGE_A_VCPU_SYSCALLS]));
	json_u64(o, "bounces", attr_u64(r->attrs[LODGE_A_VCPU_BOUNCES]));
	json_u64(o, "irets", attr_u64(r->attrs[LODGE_A_VCPU_IRETS]));
	json_u64(o, "events", attr_u64(r->attrs[LODGE_A_VCPU_EVENTS]));
	json_u64(o, "switcher_hypercalls", attr_u64(r->attrs[LODGE_A_VCPU_HOLE_HYPERCALLS]));
	cJSON_AddItemToObject(o, "exits_by_class", json_counters(r, LODGE_A_VCPU_EXIT, NULL));
	cJSON_AddItemToArray(data, o);
}

static void print_vcpu(const struct reply *r, void *data)
{
	char cpu[24], wait[24], on[24] = "";

	(void)data;
	if (r->attrs[LODGE_A_VCPU_PCPU])
		snprintf(on, sizeof(on), " on CPU %" PRIu64, attr_u64(r->attrs[LODGE_A_VCPU_PCPU]));
	printf("vcpu %-6" PRIu64 " %s%s, ran %s, waited %s, %" PRIu64 " exits\n",
	       attr_u64(r->attrs[LODGE_A_VCPU_INDEX]),
	       vcpu_state_name(attr_u64(r->attrs[LODGE_A_VCPU_STATE])), on,
	       format_duration(cpu, sizeof(cpu), attr_u64(r->attrs[LODGE_A_VCPU_CPU_TIME])),
	       format_duration(wait, sizeof(wait), attr_u64(r->attrs[LODGE_A_VCPU_WAIT_TIME])),
	       attr_u64(r->attrs[LODGE_A_VCPU_EXITS]));
}

static void print_info(const struct domain_info *info)
{
	char text[24], max[24], created[64] = "?";
	time_t t = info->created_ns / 1000000000;
	struct tm tm;

	if (localtime_r(&t, &tm))
		strftime(created, sizeof(created), "%Y-%m-%d %H:%M:%S %z", &tm);
	printf("name        %s\nid          %u\nstate       %s\n", info->name, info->id,
	       state_name(info->state));
	if (shutdown_name(info->shutdown))
		printf("shutdown    %s\n", shutdown_name(info->shutdown));
	if (info->reason[0])
		printf("reason      %s\n", info->reason);
	printf("memory      %s of %s\nvcpus       %u\nweight      %u\ncreated     %s\n",
	       format_bytes(text, sizeof(text), info->memory),
	       format_bytes(max, sizeof(max), info->memory_max), info->vcpus, info->weight,
	       created);
	printf("uptime      %s\n", format_duration(text, sizeof(text), info->uptime_ns));
	printf("cpu time    %s\n", format_duration(text, sizeof(text), info->cpu_time_ns));
}

int cmd_show(int argc, char **argv)
{
	struct domain_ref ref = { 0 };
	bool json = parse_name_and_json(argc, argv, &ref.name);
	struct domain_info info;
	struct client c = { 0 };
	struct errbuf e;
	cJSON *o, *vcpus;

	if (client_open(&c, &e) || client_get(&c, &ref, &info, &e)) {
		client_close(&c);
		return report(&e);
	}
	/* A domain that has ended, or does so now, has no vCPUs to show. */
	if (json) {
		o = json_domain(&info);
		vcpus = cJSON_AddArrayToObject(o, "vcpu");
		client_dump(&c, LODGE_CMD_VCPU_GET, &ref, vcpu_to_json, vcpus, &e);
		print_json(o);
	} else {
		print_info(&info);
		client_dump(&c, LODGE_CMD_VCPU_GET, &ref, print_vcpu, NULL, &e);
	}
	client_close(&c);
	return EXIT_OK;
}
