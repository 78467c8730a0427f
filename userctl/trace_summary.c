// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A trace in numbers
 *
 * For the terminal, and as JSON: how each pCPU and vCPU spent the time, and how
 * long a vCPU waited from a wake-up until it ran.
 */
#include <cjson/cJSON.h>
#include <inttypes.h>

#include "cli.h"
#include "trace.h"

#define NR_VECTORS	0x200

static double percent(const struct trace_lanes *l, uint64_t ns)
{
	uint64_t all = l->trace->end_ns - l->trace->begin_ns;

	return all ? 100.0 * ns / all : 0;
}

/* The @of_100th percentile: the least that so many do not exceed. */
static uint64_t percentile(const struct trace_lane *lane, unsigned int of_100)
{
	return lane->nr_waits ? lane->waits_ns[(lane->nr_waits - 1) * of_100 / 100] : 0;
}

static const char *short_time(char *buf, size_t size, uint64_t ns)
{
	if (ns < 10000)
		snprintf(buf, size, "%" PRIu64 "ns", ns);
	else if (ns < 10000000)
		snprintf(buf, size, "%" PRIu64 "us", ns / 1000);
	else
		snprintf(buf, size, "%" PRIu64 "ms", ns / 1000000);
	return buf;
}

/* Return: how many exits there were; @count has NR_VECTORS + 1 of them. */
static uint64_t count_exits(const struct trace_lanes *l, uint64_t *count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->trace->nr_events; i++) {
		const struct trace_event *ev = &l->trace->events[i];
		bool shown = false;

		if (ev->kind != TRACE_EXIT)
			continue;
		for (size_t k = l->nr_pcpus; k < l->nr && !shown; k++)
			shown = l->lanes[k].domid == ev->domid;
		if (!shown)
			continue;
		/* All interrupts are one reason. */
		count[ev->vector >= 32 && ev->vector < 256 ? 32 :
		      ev->vector < NR_VECTORS ? ev->vector : NR_VECTORS]++;
		sum++;
	}
	return sum;
}

static void print_vcpu(const struct trace_lanes *l, const struct trace_lane *lane)
{
	char buf[24], half[24] = "-", most[24] = "-", name[TRACE_NAME_MAX + 8];

	if (lane->nr_waits) {
		short_time(half, sizeof(half), percentile(lane, 50));
		short_time(most, sizeof(most), percentile(lane, 100));
	}
	snprintf(name, sizeof(name), "%s.%u",
		 trace_domain_name(l->trace, lane->domid, buf, sizeof(buf)), lane->vcpu);
	printf("%-20s %6.2f%% %6.2f%% %6.2f%% %7u %7u %6u %8s %8s\n", name,
	       percent(l, lane->use_ns[USE_RUNS]), percent(l, lane->use_ns[USE_WAITS]),
	       percent(l, lane->use_ns[USE_BLOCKED]), lane->runs, lane->wakes,
	       lane->migrations, half, most);
}

/**
 * trace_print_summary() - for people
 * @l: the lanes
 */
void trace_print_summary(const struct trace_lanes *l)
{
	uint64_t exits[NR_VECTORS + 1] = { 0 };

	printf("%-20s %7s %7s %7s\n", "PCPU", "GUESTS", "HOST", "IDLE");
	for (size_t i = 0; i < l->nr_pcpus; i++)
		printf("%-20u %6.2f%% %6.2f%% %6.2f%%\n", l->lanes[i].pcpu,
		       percent(l, l->lanes[i].use_ns[USE_RUNS]),
		       percent(l, l->lanes[i].use_ns[USE_HOST]),
		       percent(l, l->lanes[i].use_ns[USE_IDLE]));
	if (l->nr > l->nr_pcpus)
		printf("\n%-20s %7s %7s %7s %7s %7s %6s %8s %8s\n", "VCPU", "RUNS", "WAITS",
		       "SLEEPS", "SLICES", "WAKES", "MOVES", "MEDIAN", "LONGEST");
	for (size_t i = l->nr_pcpus; i < l->nr; i++)
		print_vcpu(l, &l->lanes[i]);
	if (!count_exits(l, exits))
		return;
	printf("\nEXITS\n");
	for (unsigned int i = 0; i <= NR_VECTORS; i++)
		if (exits[i])
			printf("%-20s %" PRIu64 "\n", trace_exit_name(i), exits[i]);
}

static cJSON *json_pcpu(const struct trace_lane *lane)
{
	cJSON *o = cJSON_CreateObject();

	json_u64(o, "pcpu", lane->pcpu);
	json_u64(o, "guests_ns", lane->use_ns[USE_RUNS]);
	json_u64(o, "host_ns", lane->use_ns[USE_HOST]);
	json_u64(o, "idle_ns", lane->use_ns[USE_IDLE]);
	return o;
}

static cJSON *json_vcpu(const struct trace_lanes *l, const struct trace_lane *lane)
{
	cJSON *o = cJSON_CreateObject();
	char buf[24];

	json_u64(o, "id", lane->domid);
	cJSON_AddStringToObject(o, "name",
				trace_domain_name(l->trace, lane->domid, buf, sizeof(buf)));
	json_u64(o, "vcpu", lane->vcpu);
	json_u64(o, "runs_ns", lane->use_ns[USE_RUNS]);
	json_u64(o, "waits_ns", lane->use_ns[USE_WAITS]);
	json_u64(o, "sleeps_ns", lane->use_ns[USE_BLOCKED]);
	json_u64(o, "off_ns", lane->use_ns[USE_OFF]);
	json_u64(o, "slices", lane->runs);
	json_u64(o, "wakes", lane->wakes);
	json_u64(o, "migrations", lane->migrations);
	json_u64(o, "wake_to_run_median_ns", percentile(lane, 50));
	json_u64(o, "wake_to_run_99_percent_ns", percentile(lane, 99));
	json_u64(o, "wake_to_run_longest_ns", percentile(lane, 100));
	return o;
}

/**
 * trace_summary_json() - the same as an object
 * @l: the lanes
 */
struct cJSON *trace_summary_json(const struct trace_lanes *l)
{
	uint64_t exits[NR_VECTORS + 1] = { 0 };
	cJSON *o = cJSON_CreateObject(), *array;

	json_u64(o, "begin_ns", l->trace->begin_ns);
	json_u64(o, "duration_ns", l->trace->end_ns - l->trace->begin_ns);
	json_u64(o, "events", l->trace->nr_events);
	json_u64(o, "lost_events", l->trace->lost);
	array = cJSON_AddArrayToObject(o, "pcpus");
	for (size_t i = 0; i < l->nr_pcpus; i++)
		cJSON_AddItemToArray(array, json_pcpu(&l->lanes[i]));
	array = cJSON_AddArrayToObject(o, "vcpus");
	for (size_t i = l->nr_pcpus; i < l->nr; i++)
		cJSON_AddItemToArray(array, json_vcpu(l, &l->lanes[i]));
	array = cJSON_AddArrayToObject(o, "exits");
	count_exits(l, exits);
	for (unsigned int i = 0; i <= NR_VECTORS; i++) {
		cJSON *k = exits[i] ? cJSON_CreateObject() : NULL;

		if (!k)
			continue;
		cJSON_AddStringToObject(k, "reason", trace_exit_name(i));
		json_u64(k, "count", exits[i]);
		cJSON_AddItemToArray(array, k);
	}
	return o;
}
