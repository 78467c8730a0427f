// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge monitor: events as they come, until interrupted */
#include <inttypes.h>
#include <time.h>

#include "cli.h"

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void print_line(const char *event, const struct domain_info *info)
{
	uint64_t ns = now_ns();
	time_t s = ns / 1000000000;
	char when[32] = "?";
	struct tm tm;

	if (localtime_r(&s, &tm))
		strftime(when, sizeof(when), "%H:%M:%S", &tm);
	printf("%s.%03" PRIu64 " %-9s %s (id %u)", when, ns / 1000000 % 1000, event, info->name,
	       info->id);
	if (info->reason[0])
		printf(": %s", info->reason);
	printf("\n");
}

static void on_event(const struct reply *r, void *data)
{
	struct domain_info info;
	bool json = *(bool *)data;
	cJSON *o;

	domain_info_read(&info, r->attrs);
	if (json) {
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "event", event_name(r->cmd));
		json_u64(o, "time_ns", now_ns());
		cJSON_AddItemToObject(o, "domain", json_domain(&info));
		print_json(o);
	} else {
		print_line(event_name(r->cmd), &info);
	}
}

static void print_lost(bool json)
{
	cJSON *o;

	if (!json) {
		fprintf(stderr, "lodge: events were lost, they came too fast; 'lodge list' shows what is true now\n");
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "event", "lost");
	json_u64(o, "time_ns", now_ns());
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
