// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge top, the table
 *
 * Columns: what each says of a row, how it prints, and which of them there is
 * room for.  Text goes into the caller's buffers; nothing is printed here.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "top.h"

static const char *row_name(const struct top_row *r)
{
	return r->item->name;
}

static const char *row_state(const struct top_row *r)
{
	return r->item->state;
}

static double row_id(const struct top_row *r)
{
	return r->item->id;
}

static double row_vcpu(const struct top_row *r)
{
	return r->item->vcpu;
}

static double row_pcpu(const struct top_row *r)
{
	return r->item->pcpu < 0 ? NAN : r->item->pcpu;
}

static double row_vcpus(const struct top_row *r)
{
	return r->item->vcpus;
}

static double row_weight(const struct top_row *r)
{
	return r->item->weight ? r->item->weight : NAN;
}

static double row_cpu(const struct top_row *r)
{
	return r->cpu;
}

static double row_wait(const struct top_row *r)
{
	return r->wait;
}

static double row_memory(const struct top_row *r)
{
	return r->item->memory;
}

static double row_time(const struct top_row *r)
{
	return r->item->now_ns ? r->item->run_ns : NAN;
}

#define ROW_RATE(name, which)					\
static double row_##name(const struct top_row *r)		\
{								\
	return r->rate[which];					\
}
ROW_RATE(exits, TOP_EXITS)
ROW_RATE(hypercalls, TOP_HYPERCALLS)
ROW_RATE(syscalls, TOP_SYSCALLS)
ROW_RATE(faults, TOP_FAULTS)
ROW_RATE(emulated, TOP_EMULATED)
ROW_RATE(interrupts, TOP_INTERRUPTS)
ROW_RATE(events, TOP_EVENTS)

static const char *format_whole(char *buf, size_t size, double value)
{
	snprintf(buf, size, "%.0f", value);
	return buf;
}

static const char *format_tenths(char *buf, size_t size, double value)
{
	snprintf(buf, size, "%.1f", value);
	return buf;
}

/* Up to six digits, then thousands or millions. */
static const char *format_rate(char *buf, size_t size, double value)
{
	if (value < 999999.5)
		snprintf(buf, size, "%.0f", value);
	else if (value < 999999500.0)
		snprintf(buf, size, "%.0fk", value / 1e3);
	else
		snprintf(buf, size, "%.0fM", value / 1e6);
	return buf;
}

static const char *format_memory(char *buf, size_t size, double value)
{
	return format_bytes(buf, size, value);
}

static const char *format_cpu_time(char *buf, size_t size, double value)
{
	return format_duration(buf, size, value);
}

#define RATE(_heading, _key, _press, _rank, _value)				\
	{ .heading = _heading, .key = _key, .width = 7, .press = _press,	\
	  .rank = _rank, .value = _value, .format = format_rate }

const struct top_column top_columns[] = {
	{ "ID", "id", 5, 'I', 100, IN_BOTH, false, NULL, row_id, format_whole },
	{ "NAME", "name", -14, 'N', 100, IN_BOTH, true, row_name, NULL, NULL },
	{ "VCPU", "vcpu", 4, 0, 100, IN_VCPUS, false, NULL, row_vcpu, format_whole },
	{ "STATE", "state", -9, 0, 95, IN_BOTH, true, row_state, NULL, NULL },
	{ "PCPU", "pcpu", 4, 0, 95, IN_VCPUS, false, NULL, row_pcpu, format_whole },
	{ "VCPUS", "vcpus", 5, 0, 70, IN_DOMAINS, false, NULL, row_vcpus, format_whole },
	{ "WEIGHT", "weight", 6, 'W', 60, IN_DOMAINS, false, NULL, row_weight, format_whole },
	{ "%CPU", "cpu_percent", 6, 'P', 100, IN_BOTH, false, NULL, row_cpu, format_tenths },
	{ "%STEAL", "steal_percent", 6, 'S', 99, IN_BOTH, false, NULL, row_wait, format_tenths },
	RATE("EXIT/s", "exits_per_s", 'E', 90, row_exits),
	RATE("HCALL/s", "hypercalls_per_s", 'H', 89, row_hypercalls),
	RATE("SYSC/s", "syscalls_per_s", 'C', 50, row_syscalls),
	RATE("FAULT/s", "page_fault_exits_per_s", 'F', 49, row_faults),
	RATE("EMUL/s", "emulated_per_s", 'U', 48, row_emulated),
	RATE("IRQ/s", "interrupt_exits_per_s", 'R', 47, row_interrupts),
	RATE("EVENT/s", "events_per_s", 'V', 46, row_events),
	{ "MEMORY", "memory_bytes", 6, 'M', 88, IN_DOMAINS, false, NULL, row_memory, format_memory },
	{ "TIME", "cpu_time_ns", 7, 'T', 80, IN_BOTH, false, NULL, row_time, format_cpu_time },
};

const unsigned int nr_top_columns = ARRAY_SIZE(top_columns);

static bool belongs(unsigned int i, bool vcpus)
{
	return top_columns[i].where == IN_BOTH || (top_columns[i].where == IN_VCPUS) == vcpus;
}

/**
 * top_find_column() - which column does a user mean?
 * @name: its heading, in any case, with or without "%" and "/s"
 *
 * Return: its number, or -1.
 */
int top_find_column(const char *name)
{
	for (unsigned int i = 0; i < nr_top_columns; i++) {
		const char *heading = top_columns[i].heading + (top_columns[i].heading[0] == '%');
		size_t len = strcspn(heading, "/");

		if (!strcasecmp(name, top_columns[i].heading) ||
		    (strlen(name) == len && !strncasecmp(name, heading, len)))
			return i;
	}
	return -1;
}

static const struct top_order *sort_order;	/* qsort() has no place for it */

/* What is most comes first, but names and numbers that identify begin with the least. */
static int compare(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	const struct top_column *c = &top_columns[sort_order->column];
	int sign = sort_order->reverse ? -1 : 1, by = 0;

	if (c->text) {
		by = strcmp(c->name(x), c->name(y));
	} else {
		double p = c->value(x), q = c->value(y);

		if (isnan(p) != isnan(q))
			return isnan(p) ? 1 : -1;
		by = p < q ? 1 : p > q ? -1 : 0;
		if (c->value == row_id)
			by = -by;
	}
	if (by)
		return sign * by;
	if (x->item->id != y->item->id)
		return x->item->id < y->item->id ? -1 : 1;
	return x->item->vcpu < y->item->vcpu ? -1 : 1;
}

/**
 * top_sort() - put rows in order
 * @rows: the rows
 * @order: by what
 */
void top_sort(struct top_rows *rows, const struct top_order *order)
{
	sort_order = order;
	qsort(rows->rows, rows->nr, sizeof(*rows->rows), compare);
}

/**
 * top_choose() - the columns that there is room for
 * @vcpus: for rows of vCPUs, not of domains
 * @width: characters
 *
 * Return: a bit for each.
 */
uint64_t top_choose(bool vcpus, int width)
{
	uint64_t chosen = 0;
	int used = 0;

	for (int rank = 100; rank > 0; rank--) {
		for (unsigned int i = 0; i < nr_top_columns; i++) {
			if (top_columns[i].rank != rank || !belongs(i, vcpus))
				continue;
			used += abs(top_columns[i].width) + (chosen ? 1 : 0);
			/* None of a lower rank instead: the choice would jump about. */
			if (used > width && chosen)
				return chosen;
			chosen |= 1ULL << i;
		}
	}
	return chosen;
}

/**
 * top_line() - a row as a line, or the line of headings
 * @buf: filled
 * @size: of @buf
 * @columns: what top_choose() said
 * @r: the row, or NULL
 */
void top_line(char *buf, size_t size, uint64_t columns, const struct top_row *r)
{
	size_t used = 0;

	*buf = '\0';
	for (unsigned int i = 0; i < nr_top_columns && used < size; i++) {
		const struct top_column *c = &top_columns[i];
		const char *text = "-";
		char number[32];

		if (!(columns >> i & 1))
			continue;
		if (!r)
			text = c->heading;
		else if (c->text)
			text = c->name(r);
		else if (!isnan(c->value(r)))
			text = c->format(number, sizeof(number), c->value(r));
		used += snprintf(buf + used, size - used, "%s%*.*s", used ? " " : "", c->width,
				 c->text ? abs(c->width) : 31, text);
	}
}

/**
 * top_cpu_line() - a pCPU as a line
 * @buf: filled
 * @size: of @buf
 * @r: the pCPU
 */
void top_cpu_line(char *buf, size_t size, const struct top_cpu_row *r)
{
	char runs[48] = "";

	if (r->cpu->domain >= 0)
		snprintf(runs, sizeof(runs), ", runs %" PRId64 "/%" PRId64, r->cpu->domain,
			 r->cpu->vcpu);
	snprintf(buf, size, "pCPU %u: domains %5.1f %%, host %5.1f %%, idle %5.1f %%, queue %u, "
		 "switches %.0f/s%s", r->cpu->cpu, r->domains, r->host, r->idle,
		 r->cpu->runnable, r->switches, runs);
}

/**
 * top_heading() - the first line
 * @buf: filled
 * @size: of @buf
 * @rows: what it is about
 */
void top_heading(char *buf, size_t size, const struct top_rows *rows)
{
	double domains = 0, host = 0, idle = 0;
	char clock[16] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	for (unsigned int i = 0; i < rows->nr_cpus; i++) {
		domains += rows->cpus[i].domains;
		host += rows->cpus[i].host;
		idle += rows->cpus[i].idle;
	}
	snprintf(buf, size, "lodge top %s, %u domain%s, %u pCPU%s: domains %.1f %%, host %.1f %%, "
		 "idle %.1f %%", clock, rows->nr_domains, rows->nr_domains == 1 ? "" : "s",
		 rows->nr_cpus, rows->nr_cpus == 1 ? "" : "s", domains, host, idle);
}

static void json_number(cJSON *o, const char *key, double value)
{
	char text[32];

	if (isnan(value)) {
		cJSON_AddNullToObject(o, key);
		return;
	}
	snprintf(text, sizeof(text), value == floor(value) ? "%.0f" : "%.2f", value);
	cJSON_AddRawToObject(o, key, text);
}

static void json_id_or_null(cJSON *o, const char *key, int64_t id)
{
	json_number(o, key, id < 0 ? NAN : (double)id);
}

static cJSON *json_cpu(const struct top_cpu_row *r)
{
	cJSON *o = cJSON_CreateObject();

	json_u64(o, "pcpu", r->cpu->cpu);
	json_number(o, "domains_percent", r->domains);
	json_number(o, "host_percent", r->host);
	json_number(o, "idle_percent", r->idle);
	json_u64(o, "runnable", r->cpu->runnable);
	json_number(o, "switches_per_s", r->switches);
	json_id_or_null(o, "domain", r->cpu->domain);
	json_id_or_null(o, "vcpu", r->cpu->vcpu);
	return o;
}

/**
 * top_json() - all of it
 * @rows: the rows
 * @interval_ns: how long the rates were asked for
 *
 * Return: the object; the caller's to print or free.
 */
cJSON *top_json(const struct top_rows *rows, uint64_t interval_ns)
{
	cJSON *o = cJSON_CreateObject(), *cpus, *list;

	json_u64(o, "interval_ns", interval_ns);
	cpus = cJSON_AddArrayToObject(o, "pcpus");
	for (unsigned int i = 0; i < rows->nr_cpus; i++)
		cJSON_AddItemToArray(cpus, json_cpu(&rows->cpus[i]));
	list = cJSON_AddArrayToObject(o, rows->vcpus ? "vcpus" : "domains");
	for (unsigned int i = 0; i < rows->nr; i++) {
		cJSON *row = cJSON_CreateObject();

		for (unsigned int j = 0; j < nr_top_columns; j++) {
			const struct top_column *c = &top_columns[j];

			if (!belongs(j, rows->vcpus))
				continue;
			if (c->text)
				cJSON_AddStringToObject(row, c->key, c->name(&rows->rows[i]));
			else
				json_number(row, c->key, c->value(&rows->rows[i]));
		}
		cJSON_AddItemToArray(list, row);
	}
	return o;
}
