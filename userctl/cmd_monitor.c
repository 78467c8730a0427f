// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge monitor: events as they come, until interrupted */
#include <inttypes.h>
#include <time.h>

#include <netlink/attr.h>

#include "sched.h"

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void print_when(void)
{
	uint64_t ns = now_ns();
	time_t s = ns / 1000000000;
	char when[32] = "?";
	struct tm tm;

	if (localtime_r(&s, &tm))
		strftime(when, sizeof(when), "%H:%M:%S", &tm);
	printf("%s.%03" PRIu64 " ", when, ns / 1000000 % 1000);
}

/* Return: whether the event tells them. */
static bool read_sched(struct sched_info *s, const struct reply *r)
{
	struct nlattr *attrs[LODGE_A_SCHED_MAX + 1], *nest = r->attrs[LODGE_A_DOMAIN_SCHED];

	if (!nest || nla_parse_nested(attrs, LODGE_A_SCHED_MAX, nest, NULL))
		return false;
	sched_info_read(s, attrs);
	return true;
}

static void print_line(const struct reply *r)
{
	struct domain_info info;
	struct sched_info s;

	domain_info_read(&info, r->attrs);
	print_when();
	printf("%-9s %s (id %u)", event_name(r->cmd), info.name, info.id);
	if (read_sched(&s, r)) {
		printf(": ");
		print_sched_words(stdout, &s);
	} else if (info.reason[0]) {
		printf(": %s", info.reason);
	}
	printf("\n");
}

static cJSON *json_event(const char *event)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "event", event);
	json_u64(o, "time_ns", now_ns());
	return o;
}

static cJSON *json_of(const struct reply *r)
{
	cJSON *o = json_event(event_name(r->cmd));
	struct domain_info info;
	struct sched_info s;

	domain_info_read(&info, r->attrs);
	cJSON_AddItemToObject(o, "domain", json_domain(&info));
	if (read_sched(&s, r))
		cJSON_AddItemToObject(o, "sched", json_sched(&s));
	return o;
}

/* About no domain. */
static void print_system(const struct reply *r, bool json)
{
	struct sched_system s;
	cJSON *o;

	sched_system_read(&s, r->attrs);
	if (json) {
		o = json_event(event_name(r->cmd));
		cJSON_AddNullToObject(o, "domain");
		cJSON_AddItemToObject(o, "sched", json_sched_system(&s));
		print_json(o);
		return;
	}
	print_when();
	printf("%s: ", event_name(r->cmd));
	print_sched_system_words(stdout, &s);
	printf("\n");
}

static void on_event(const struct reply *r, void *data)
{
	bool json = *(bool *)data;

	if (r->cmd == LODGE_CMD_SCHED_SYSTEM_NTF)
		print_system(r, json);
	else if (json)
		print_json(json_of(r));
	else
		print_line(r);
}

static void print_lost(bool json)
{
	cJSON *o;

	if (!json) {
		fprintf(stderr, "lodge: events were lost, they came too fast; 'lodge list' shows what is true now\n");
		return;
	}
	o = json_event("lost");
	cJSON_AddNullToObject(o, "domain");
	print_json(o);
}

int cmd_monitor(int argc, char **argv)
{
	bool json = parse_name_and_json(argc, argv, NULL);
	struct client c = { 0 };
	struct errbuf e;
	int rc;

	rc = client_open(&c, &e) || client_subscribe(&c, &e) ? -1 : 0;
	while (rc >= 0) {
		rc = client_event(&c, on_event, &json, -1, &e);
		if (rc == 1)
			print_lost(json);
		if (fflush(stdout))
			rc = fail(&e, "cannot write the output: %m; is the reader gone?");
	}
	client_close(&c);
	return report(&e);
}
