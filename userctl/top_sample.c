// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge top, samples
 *
 * A sample is all that the module counts, of all domains or all vCPUs and of the
 * pCPUs.  Each answer says when it was read, by the host's clock, so a rate is
 * what happened between two answers over the time between them, however
 * long the asking took.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "counters.h"
#include "top.h"

/* Under way: answers cannot fail, so what goes wrong is kept for later. */
struct reading {
	struct top_sample *s;
	bool no_memory;
};

/* Room for one more in an array. Return: it, zeroed, or NULL. */
static void *one_more(void **array, unsigned int *nr, unsigned int *room, size_t size)
{
	void *more;

	if (*nr == *room) {
		more = realloc(*array, (*room * 2 + 16) * size);
		if (!more)
			return NULL;
		*array = more;
		*room = *room * 2 + 16;
	}
	return memset((char *)*array + size * (*nr)++, 0, size);
}

static struct top_item *new_item(struct reading *r)
{
	struct top_sample *s = r->s;
	struct top_item *item = one_more((void **)&s->items, &s->nr_items, &s->room_items,
					 sizeof(*item));

	r->no_memory |= !item;
	return item;
}

static int by_id_and_vcpu(const void *a, const void *b)
{
	const struct top_item *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->vcpu < y->vcpu ? -1 : x->vcpu > y->vcpu;
}

static struct top_item *find(const struct top_sample *s, uint32_t id, uint32_t vcpu)
{
	const struct top_item key = { .id = id, .vcpu = vcpu };

	if (!s->nr_items)
		return NULL;
	return bsearch(&key, s->items, s->nr_items, sizeof(key), by_id_and_vcpu);
}

static void take_domain(const struct reply *r, void *data)
{
	struct reading *reading = data;
	struct domain_info info;
	struct top_item *item;

	domain_info_read(&info, r->attrs);
	if (info.state == LODGE_DOMAIN_STATE_ENDED)
		return;
	reading->s->nr_domains++;
	if (reading->s->vcpus)
		return;
	item = new_item(reading);
	if (!item)
		return;
	item->id = info.id;
	strcpy(item->name, info.name);
	item->state = state_name(info.state);
	item->vcpus = info.vcpus;
	item->weight = info.weight;
	item->memory = info.memory;
	item->pcpu = -1;
}

static void take_counts(const struct reply *r, struct top_item *item, const int attrs[],
			int exit)
{
	item->now_ns = attr_u64(r->attrs[attrs[0]]);
	item->run_ns = attr_u64(r->attrs[attrs[1]]);
	item->wait_ns = attr_u64(r->attrs[attrs[2]]);
	item->count[TOP_EXITS] = attr_u64(r->attrs[attrs[3]]);
	item->count[TOP_SYSCALLS] = attr_u64(r->attrs[attrs[4]]);
	item->count[TOP_EVENTS] = attr_u64(r->attrs[attrs[5]]);
	item->count[TOP_HYPERCALLS] = attr_u64(r->attrs[attrs[6]]) +
				      named_counter(r, exit, "hypercall");
	item->count[TOP_FAULTS] = named_counter(r, exit, "page-fault");
	item->count[TOP_EMULATED] = named_counter(r, exit, "protection") +
				    named_counter(r, exit, "invalid-opcode");
	item->count[TOP_INTERRUPTS] = named_counter(r, exit, "interrupt");
}

static void take_stats(const struct reply *r, void *data)
{
	static const int attrs[] = {
		LODGE_A_STATS_NOW, LODGE_A_STATS_CPU_TIME, LODGE_A_STATS_WAIT_TIME,
		LODGE_A_STATS_EXITS, LODGE_A_STATS_SYSCALLS, LODGE_A_STATS_EVENTS,
		LODGE_A_STATS_HOLE_HYPERCALLS,
	};
	struct reading *reading = data;
	struct top_item *item = find(reading->s, attr_u64(r->attrs[LODGE_A_STATS_ID]), 0);

	if (item)	/* else it is a record, or came just now */
		take_counts(r, item, attrs, LODGE_A_STATS_EXIT);
}

static void take_vcpu(const struct reply *r, void *data)
{
	static const int attrs[] = {
		LODGE_A_VCPU_NOW, LODGE_A_VCPU_CPU_TIME, LODGE_A_VCPU_WAIT_TIME,
		LODGE_A_VCPU_EXITS, LODGE_A_VCPU_SYSCALLS, LODGE_A_VCPU_EVENTS,
		LODGE_A_VCPU_HOLE_HYPERCALLS,
	};
	struct top_item *item = new_item(data);

	if (!item)
		return;
	item->id = attr_u64(r->attrs[LODGE_A_VCPU_ID]);
	item->vcpu = attr_u64(r->attrs[LODGE_A_VCPU_INDEX]);
	attr_string(item->name, sizeof(item->name), r->attrs[LODGE_A_VCPU_NAME]);
	item->state = vcpu_state_name(attr_u64(r->attrs[LODGE_A_VCPU_STATE]));
	item->pcpu = r->attrs[LODGE_A_VCPU_PCPU] ? (int)attr_u64(r->attrs[LODGE_A_VCPU_PCPU]) : -1;
	take_counts(r, item, attrs, LODGE_A_VCPU_EXIT);
}

static void take_pcpu(const struct reply *r, void *data)
{
	struct reading *reading = data;
	struct top_sample *s = reading->s;
	struct top_cpu *cpu = one_more((void **)&s->cpus, &s->nr_cpus, &s->room_cpus,
				       sizeof(*cpu));
	struct nlattr *domain = r->attrs[LODGE_A_PCPU_DOMAIN];

	if (!cpu) {
		reading->no_memory = true;
		return;
	}
	cpu->cpu = attr_u64(r->attrs[LODGE_A_PCPU_CPU]);
	cpu->runnable = attr_u64(r->attrs[LODGE_A_PCPU_RUNNABLE]);
	cpu->now_ns = attr_u64(r->attrs[LODGE_A_PCPU_NOW]);
	cpu->run_ns = attr_u64(r->attrs[LODGE_A_PCPU_RUN_TIME]);
	cpu->idle_ns = attr_u64(r->attrs[LODGE_A_PCPU_IDLE_TIME]);
	cpu->switches = attr_u64(r->attrs[LODGE_A_PCPU_SWITCHES]);
	cpu->domain = domain ? (int64_t)attr_u64(domain) : -1;
	cpu->vcpu = domain ? (int64_t)attr_u64(r->attrs[LODGE_A_PCPU_VCPU]) : -1;
}

static void take_host_weight(const struct reply *r, void *data)
{
	struct top_sample *s = data;

	s->host_weight = attr_u64(r->attrs[LODGE_A_SCHED_WEIGHT]);
}

/**
 * top_sample() - read all counters
 * @c: open
 * @s: filled anew; what it had is used again
 * @vcpus: of vCPUs, not of domains
 * @e: why not
 *
 * Return: 0 or -1.
 */
int top_sample(struct client *c, struct top_sample *s, bool vcpus, struct errbuf *e)
{
	const struct domain_ref host = { .id = 0 };
	struct reading r = { .s = s };

	s->nr_items = s->nr_cpus = s->nr_domains = 0;
	s->vcpus = vcpus;
	if (client_dump(c, LODGE_CMD_DOMAIN_GET, NULL, take_domain, &r, e) ||
	    client_dump(c, LODGE_CMD_PCPU_GET, NULL, take_pcpu, &r, e) ||
	    client_request(c, LODGE_CMD_SCHED_GET, &host, NULL, take_host_weight, s, e) ||
	    client_dump(c, vcpus ? LODGE_CMD_VCPU_GET : LODGE_CMD_STATS_GET, NULL,
			vcpus ? take_vcpu : take_stats, &r, e))
		return -1;
	return r.no_memory ? fail(e, "no memory for the list of domains; free some memory") : 0;
}

/**
 * top_sample_free() - forget a sample
 * @s: may be all zero
 */
void top_sample_free(struct top_sample *s)
{
	free(s->items);
	free(s->cpus);
	*s = (struct top_sample){ 0 };
}

/* Per cent of the time between; what was not there before began at 0. */
static double per_cent(uint64_t before, uint64_t after, uint64_t ns)
{
	return after < before || !ns ? 0 : 100.0 * (after - before) / ns;
}

static void compare_item(struct top_row *r, const struct top_item *old, uint64_t interval_ns)
{
	static const struct top_item none;
	const struct top_item *new = r->item;
	uint64_t ns = old && new->now_ns > old->now_ns ? new->now_ns - old->now_ns : interval_ns;

	old = old ?: &none;
	r->cpu = per_cent(old->run_ns, new->run_ns, ns);
	r->wait = per_cent(old->wait_ns, new->wait_ns, ns);
	for (int i = 0; i < TOP_RATES; i++)
		r->rate[i] = per_cent(old->count[i], new->count[i], ns) * 1e7;
}

static const struct top_cpu *find_cpu(const struct top_sample *s, uint32_t cpu)
{
	for (unsigned int i = 0; i < s->nr_cpus; i++)
		if (s->cpus[i].cpu == cpu)
			return &s->cpus[i];
	return NULL;
}

static void compare_cpus(struct top_rows *rows, const struct top_sample *before,
			 const struct top_sample *after)
{
	for (unsigned int i = 0; i < after->nr_cpus; i++) {
		const struct top_cpu *new = &after->cpus[i], *old = find_cpu(before, new->cpu);
		struct top_cpu_row *r = &rows->cpus[rows->nr_cpus];
		uint64_t ns = old ? new->now_ns - old->now_ns : 0;

		if (!ns)
			continue;	/* it came online just now */
		r->cpu = new;
		r->domains = per_cent(old->run_ns, new->run_ns, ns);
		r->idle = per_cent(old->idle_ns, new->idle_ns, ns);
		r->host = 100 - r->domains - r->idle;
		r->host = r->host < 0 ? 0 : r->host;
		r->switches = per_cent(old->switches, new->switches, ns) * 1e7;
		rows->nr_cpus++;
	}
}

/* What is not the domains' is domain 0's. */
static void add_host(struct top_rows *rows, const struct top_sample *after)
{
	struct top_row *r = &rows->rows[rows->nr++];
	uint64_t domains = 0;
	struct sysinfo si;

	for (unsigned int i = 0; i < after->nr_items; i++)
		domains += after->items[i].memory;
	rows->host = (struct top_item){ .name = LODGE_DOMAIN0_NAME, .state = "running",
					.pcpu = -1, .vcpus = rows->nr_cpus,
					.weight = after->host_weight };
	if (!sysinfo(&si) && (uint64_t)si.totalram * si.mem_unit > domains)
		rows->host.memory = (uint64_t)si.totalram * si.mem_unit - domains;
	r->item = &rows->host;
	r->cpu = 0;
	for (unsigned int i = 0; i < rows->nr_cpus; i++)
		r->cpu += rows->cpus[i].host;
	r->wait = NAN;
	for (int i = 0; i < TOP_RATES; i++)
		r->rate[i] = NAN;
}

/**
 * top_compare() - make rows of what happened between two samples
 * @rows: filled anew; points into @after
 * @before: the older sample
 * @after: the newer one; if it is of another kind all rates are 0
 * @e: why not
 *
 * Return: 0 or -1.
 */
int top_compare(struct top_rows *rows, const struct top_sample *before,
		const struct top_sample *after, struct errbuf *e)
{
	uint64_t interval_ns = 0;

	top_rows_free(rows);
	rows->rows = calloc(after->nr_items + 1, sizeof(*rows->rows));
	rows->cpus = calloc(after->nr_cpus + 1, sizeof(*rows->cpus));
	if (!rows->rows || !rows->cpus)
		return fail(e, "no memory for the list of domains; free some memory");
	rows->vcpus = after->vcpus;
	rows->nr_domains = after->nr_domains;
	if (before->nr_cpus && after->nr_cpus)
		interval_ns = after->cpus[0].now_ns - before->cpus[0].now_ns;
	compare_cpus(rows, before, after);
	/* vCPUs and domains do not compare: nothing is known yet. */
	if (before->vcpus != after->vcpus)
		interval_ns = 0;
	if (!rows->vcpus)
		add_host(rows, after);
	for (unsigned int i = 0; i < after->nr_items; i++) {
		struct top_row *r = &rows->rows[rows->nr++];

		r->item = &after->items[i];
		compare_item(r, interval_ns ? find(before, r->item->id, r->item->vcpu) : NULL,
			     interval_ns);
	}
	return 0;
}

/**
 * top_rows_free() - forget rows
 * @rows: may be all zero
 */
void top_rows_free(struct top_rows *rows)
{
	free(rows->rows);
	free(rows->cpus);
	*rows = (struct top_rows){ 0 };
}
