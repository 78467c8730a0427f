// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge vcpu-list, vcpu-pin: where the vCPUs are, and where they may be */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct list {
	struct client *c;
	cJSON *json;		/* NULL: print lines */
	struct domain_info *domains;
	unsigned int nr, room;
	bool any;
};

static void take_vcpu(const struct reply *r, void *data)
{
	char name[LODGE_NAME_MAX], affinity[160], cpu[24], on[24] = "-";
	uint64_t index = attr_u64(r->attrs[LODGE_A_VCPU_INDEX]);
	uint64_t ns = attr_u64(r->attrs[LODGE_A_VCPU_CPU_TIME]);
	const char *state = vcpu_state_name(attr_u64(r->attrs[LODGE_A_VCPU_STATE]));
	struct nlattr *pcpu = r->attrs[LODGE_A_VCPU_PCPU];
	struct list *l = data;
	cJSON *o;

	attr_string(name, sizeof(name), r->attrs[LODGE_A_VCPU_NAME]);
	attr_string(affinity, sizeof(affinity), r->attrs[LODGE_A_VCPU_AFFINITY]);
	if (!l->json) {
		if (!l->any)
			printf("%-20s %5s %4s %-9s %4s %8s  %s\n", "NAME", "ID", "VCPU",
			       "STATE", "CPU", "TIME", "AFFINITY");
		if (pcpu)
			snprintf(on, sizeof(on), "%" PRIu64, attr_u64(pcpu));
		printf("%-20s %5" PRIu64 " %4" PRIu64 " %-9s %4s %8s  %s\n", name,
		       attr_u64(r->attrs[LODGE_A_VCPU_ID]), index, state, on,
		       format_duration(cpu, sizeof(cpu), ns), affinity);
		l->any = true;
		return;
	}
	o = cJSON_CreateObject();
	json_u64(o, "id", attr_u64(r->attrs[LODGE_A_VCPU_ID]));
	cJSON_AddStringToObject(o, "name", name);
	json_u64(o, "vcpu", index);
	cJSON_AddStringToObject(o, "state", state);
	if (pcpu)
		json_u64(o, "pcpu", attr_u64(pcpu));
	else
		cJSON_AddNullToObject(o, "pcpu");
	json_u64(o, "cpu_time_ns", ns);
	json_u64(o, "wait_time_ns", attr_u64(r->attrs[LODGE_A_VCPU_WAIT_TIME]));
	cJSON_AddStringToObject(o, "affinity", affinity);
	cJSON_AddItemToArray(l->json, o);
}

/* Not asked about from here: the dump of domains is still under way. */
static void take_domain(const struct reply *r, void *data)
{
	struct list *l = data;
	void *more;

	if (l->nr == l->room) {
		l->room = l->room * 2 + 16;
		more = realloc(l->domains, l->room * sizeof(*l->domains));
		if (!more) {
			fprintf(stderr, "lodge: no memory for the list; free some memory\n");
			exit(EXIT_FAILED);
		}
		l->domains = more;
	}
	domain_info_read(&l->domains[l->nr++], r->attrs);
}

static int list_all(struct list *l, struct errbuf *e)
{
	int rc = client_dump(l->c, LODGE_CMD_DOMAIN_GET, NULL, take_domain, l, e);

	for (unsigned int i = 0; !rc && i < l->nr; i++) {
		struct domain_ref ref = { .id = l->domains[i].id };
		struct errbuf gone;

		/* One that is forgotten meanwhile has no vCPUs. */
		client_dump(l->c, LODGE_CMD_VCPU_GET, &ref, take_vcpu, l, &gone);
	}
	free(l->domains);
	return rc;
}

int cmd_vcpu_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ }
	};
	struct domain_ref ref = { 0 };
	struct client c = { 0 };
	struct list l = { .c = &c };
	struct errbuf e;
	int rc;

	while (next_option(argc, argv, options) != -1)
		l.json = l.json ?: cJSON_CreateArray();
	if (optind < argc)
		ref.name = name_argument(argc, argv);
	rc = client_open(&c, &e);
	if (!rc && ref.name)
		rc = client_dump(&c, LODGE_CMD_VCPU_GET, &ref, take_vcpu, &l, &e);
	else if (!rc)
		rc = list_all(&l, &e);
	client_close(&c);
	if (rc) {
		cJSON_Delete(l.json);
		return report(&e);
	}
	if (l.json)
		print_json(l.json);
	return EXIT_OK;
}

int cmd_vcpu_pin(int argc, char **argv)
{
	struct request_attr attrs[] = {
		{ .type = LODGE_A_VCPU_AFFINITY }, { .type = LODGE_A_VCPU_INDEX }, { .type = 0 },
	};
	static const struct option none[] = { { } };
	struct domain_ref ref = { 0 };
	struct client c = { 0 };
	const char *which;
	struct errbuf e;
	int rc;

	while (next_option(argc, argv, none) != -1)
		;
	ref.name = next_argument(argc, argv, "the name of a domain");
	check_name(ref.name);
	which = next_argument(argc, argv, "the vCPU's number, or 'all',");
	if (strcmp(which, "all"))
		attrs[1].number = parse_number("vCPU", which, 0, LODGE_MAX_VCPUS - 1);
	else
		attrs[1].type = 0;
	attrs[0].text = next_argument(argc, argv, "the list of CPUs, or 'all',");
	if (strspn(attrs[0].text, "0123456789,-") != strlen(attrs[0].text) &&
	    strcmp(attrs[0].text, "all"))
		usage_error("'%s' is no list of CPUs; write it as in 0-3,6", attrs[0].text);
	no_more_arguments(argc, argv);
	rc = client_open(&c, &e) ||
	     client_request(&c, LODGE_CMD_VCPU_PIN, &ref, attrs, NULL, NULL, &e);
	client_close(&c);
	return rc ? report(&e) : EXIT_OK;
}
