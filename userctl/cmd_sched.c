// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge sched: show or change scheduler parameters */
#include "cli.h"

struct sched {
	uint32_t id, weight;
	char name[LODGE_NAME_MAX];
};

static void take(const struct reply *r, void *data)
{
	struct sched *s = data;

	s->id = attr_u64(r->attrs[LODGE_A_SCHED_ID]);
	s->weight = attr_u64(r->attrs[LODGE_A_SCHED_WEIGHT]);
	attr_string(s->name, sizeof(s->name), r->attrs[LODGE_A_SCHED_NAME]);
}

static void print_sched(const struct sched *s, bool json)
{
	cJSON *o;

	if (!json) {
		printf("name        %s\nweight      %u\n", s->name, s->weight);
		return;
	}
	o = cJSON_CreateObject();
	json_u64(o, "id", s->id);
	cJSON_AddStringToObject(o, "name", s->name);
	json_u64(o, "weight", s->weight);
	print_json(o);
}

int cmd_sched(int argc, char **argv)
{
	static const struct option options[] = {
		{ "weight", required_argument, NULL, 'W' },
		{ "json", no_argument, NULL, 'j' },
		{ }
	};
	struct request_attr attrs[] = { { .type = LODGE_A_SCHED_WEIGHT }, { .type = 0 } };
	struct domain_ref ref = { 0 };
	unsigned int weight = 0;
	struct client c = { 0 };
	struct sched s = { 0 };
	bool json = false;
	struct errbuf e;
	int option, rc;

	while ((option = next_option(argc, argv, options)) != -1) {
		if (option == 'j')
			json = true;
		else
			weight = parse_number("--weight", optarg, 1, 65535);
	}
	ref.name = name_argument(argc, argv);
	attrs[0].number = weight;
	rc = client_open(&c, &e);
	if (!rc && weight)
		rc = client_request(&c, LODGE_CMD_SCHED_SET, &ref,
				    attrs, NULL, NULL, &e);
	if (!rc && (json || !weight)) {
		rc = client_request(&c, LODGE_CMD_SCHED_GET, &ref, NULL, take, &s, &e);
		if (!rc)
			print_sched(&s, json);
	}
	client_close(&c);
	return rc ? report(&e) : EXIT_OK;
}
