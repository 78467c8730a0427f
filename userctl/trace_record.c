// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Recording
 *
 * An ftrace instance of our own, over libtracefs: nobody else's tracing is
 * touched, and it goes away with the command.  One that a killed command left is
 * removed by the next.
 *
 * To read is work for domain 0, which shows in the trace; so the buffers are
 * emptied twice a second only, and after the end.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tracefs.h>

#include "trace.h"

#define READ_NS		500000000ULL
#define FIELDS_MAX	7

static const struct {
	const char *system, *name, *fields[FIELDS_MAX];	/* in the order of take() */
} sources[TRACE_KINDS] = {
	[TRACE_SWITCH] = { "lodge", "lodge_switch", { "pcpu", "next_domid", "next_vcpu" } },
	[TRACE_RUN] = { "lodge", "lodge_run", { "pcpu", "domid", "vcpu", "state", "warped" } },
	[TRACE_LEAVE] = { "lodge", "lodge_leave", { "pcpu", "domid", "vcpu", "state", "warped" } },
	[TRACE_WAKE] = { "lodge", "lodge_wake", { "pcpu", "domid", "vcpu", "state", "warped" } },
	[TRACE_BLOCK] = { "lodge", "lodge_block", { "pcpu", "domid", "vcpu", "state", "warped" } },
	[TRACE_MIGRATE] = { "lodge", "lodge_migrate", { "to", "domid", "vcpu", "state", "from" } },
	[TRACE_WARP] = { "lodge", "lodge_warp", { "pcpu", "domid", "vcpu", "on" } },
	[TRACE_EXIT] = { "lodge", "lodge_exit", { "domid", "vcpu", "vector", "code" } },
	[TRACE_TASK] = { "sched", "sched_switch",
			 { "next_pid", "prev_pid", "next_comm", "prev_comm" } },
};

struct recorder {
	struct trace *t;
	struct tep_handle *tep;
	struct tracefs_instance *instance;
	struct tep_format_field *fields[TRACE_KINDS][FIELDS_MAX];
	int ids[TRACE_KINDS];
	const volatile sig_atomic_t *stop;
	struct errbuf *e;
	bool off;		/* tracing, again */
	bool failed;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* ---- events ---- */

/*
 * It is time.  Looked at for each event, too: they may come faster than they are
 * read.
 */
static void stop_in_time(struct recorder *r, uint64_t at_ns)
{
	struct trace *t = r->t;

	if (r->off || (at_ns < t->end_ns && !*r->stop))
		return;
	tracefs_trace_off(r->instance);
	r->off = true;
	if (*r->stop)
		t->end_ns = now_ns();
}

static uint64_t number(struct recorder *r, int kind, int field, struct tep_record *record)
{
	unsigned long long value = 0;

	tep_read_number_field(r->fields[kind][field], record->data, &value);
	return value;
}

static int take_task(struct recorder *r, struct tep_record *record, struct trace_event *ev)
{
	char comm[16];

	for (int i = 0; i < 2; i++) {
		const struct tep_format_field *f = r->fields[TRACE_TASK][2 + i];

		snprintf(comm, sizeof(comm), "%.*s", f->size, (char *)record->data + f->offset);
		if (trace_task(r->t, number(r, TRACE_TASK, i, record), comm,
			       i ? &ev->prev : &ev->code, r->e))
			return -1;
	}
	return 0;
}

static int take(struct tep_event *event, struct tep_record *record, int cpu, void *data)
{
	struct trace_event ev = { .ts_ns = record->ts, .pcpu = cpu };
	struct recorder *r = data;
	int kind = 0, i = 0;

	stop_in_time(r, record->ts);
	while (kind < TRACE_KINDS && r->ids[kind] != event->id)
		kind++;
	if (kind == TRACE_KINDS)
		return 0;
	ev.kind = kind;
	if (kind == TRACE_TASK && take_task(r, record, &ev)) {
		r->failed = true;
		return -1;
	}
	if (kind != TRACE_TASK) {
		if (kind != TRACE_EXIT)
			ev.pcpu = number(r, kind, i++, record);
		ev.domid = number(r, kind, i++, record);
		ev.vcpu = number(r, kind, i++, record);
	}
	if (kind == TRACE_EXIT) {
		ev.vector = number(r, kind, i++, record);
		ev.code = number(r, kind, i, record);
	} else if (kind == TRACE_WARP) {
		ev.warped = number(r, kind, i, record);
	} else if (kind == TRACE_MIGRATE) {
		ev.state = number(r, kind, i++, record);
		ev.prev = number(r, kind, i, record);
	} else if (kind != TRACE_TASK && kind != TRACE_SWITCH) {
		ev.state = number(r, kind, i++, record);
		ev.warped = number(r, kind, i, record);
	}
	if (trace_add_event(r->t, &ev, r->e)) {
		r->failed = true;
		return -1;
	}
	return 0;
}

static int find_fields(struct recorder *r)
{
	for (int kind = 0; kind < TRACE_KINDS; kind++) {
		struct tep_event *event = tep_find_event_by_name(r->tep, sources[kind].system,
								 sources[kind].name);

		if (!event)
			return fail(r->e, "the kernel has no tracepoint %s:%s; is lodge.ko loaded, and as new as this command?",
				    sources[kind].system, sources[kind].name);
		r->ids[kind] = event->id;
		for (int i = 0; i < FIELDS_MAX && sources[kind].fields[i]; i++) {
			r->fields[kind][i] = tep_find_field(event, sources[kind].fields[i]);
			if (!r->fields[kind][i])
				return fail(r->e, "the tracepoint %s has no field '%s'; is lodge.ko as new as this command?",
					    sources[kind].name, sources[kind].fields[i]);
		}
	}
	return 0;
}

/* ---- the instance ---- */

/* Of a command that was killed. */
static void remove_abandoned(void)
{
	char **names = tracefs_instances("^lodge-[0-9][0-9]*$");

	for (char **name = names; name && *name; name++) {
		struct tracefs_instance *old;

		if (!kill(atoi(*name + strlen("lodge-")), 0) || errno != ESRCH)
			continue;
		old = tracefs_instance_alloc(NULL, *name);
		if (!old)
			continue;
		tracefs_instance_destroy(old);
		tracefs_instance_free(old);
	}
	tracefs_list_free(names);
}

static int write_setting(struct recorder *r, const char *file, const char *text)
{
	if (tracefs_instance_file_write(r->instance, file, text) < 0)
		return fail(r->e, "cannot write '%s' to the trace instance's %s: %m; does the kernel allow tracing?",
			    text, file);
	return 0;
}

static int start(struct recorder *r, const struct trace_options *o)
{
	char name[32];

	remove_abandoned();
	snprintf(name, sizeof(name), "lodge-%d", getpid());
	r->instance = tracefs_instance_create(name);
	if (!r->instance)
		return fail(r->e, "cannot make a trace instance: %m; are you root, and is there memory?");
	if (write_setting(r, "tracing_on", "0") || write_setting(r, "trace_clock", "mono"))
		return -1;
	if (tracefs_instance_set_buffer_size(r->instance, o->buffer_bytes >> 10, -1) < 0)
		return fail(r->e, "cannot have trace buffers of %llu kB for each CPU: %m; is there memory?",
			    (unsigned long long)o->buffer_bytes >> 10);
	for (int kind = 0; kind < TRACE_KINDS; kind++)
		if ((kind != TRACE_EXIT || o->exits) &&
		    tracefs_event_enable(r->instance, sources[kind].system, sources[kind].name))
			return fail(r->e, "cannot enable the tracepoint %s: %m", sources[kind].name);
	return write_setting(r, "tracing_on", "1");
}

/*
 * Go to each CPU once: that takes it from the vCPU that runs there, so that the
 * trace tells of one that nothing else would stop.
 */
static void visit_cpus(void)
{
	const long nr = sysconf(_SC_NPROCESSORS_CONF);
	cpu_set_t *own = CPU_ALLOC(nr), *one = CPU_ALLOC(nr);
	const size_t size = CPU_ALLOC_SIZE(nr);

	if (own && one && !sched_getaffinity(0, size, own)) {
		for (long cpu = 0; cpu < nr; cpu++) {
			CPU_ZERO_S(size, one);
			CPU_SET_S(cpu, size, one);
			sched_setaffinity(0, size, one);	/* one that is offline has none */
		}
		sched_setaffinity(0, size, own);
	}
	if (own)
		CPU_FREE(own);
	if (one)
		CPU_FREE(one);
}

static int read_events(struct recorder *r)
{
	if (tracefs_iterate_raw_events(r->tep, r->instance, NULL, 0, take, r) < 0 && !r->failed)
		return fail(r->e, "cannot read the trace: %m");
	return r->failed ? -1 : 0;
}

/* All events that a CPU's buffer had no room for. */
static uint64_t count_lost(struct recorder *r, unsigned int cpu)
{
	static const char * const keys[] = { "\noverrun: ", "\ncommit overrun: ", "\ndropped events: " };
	uint64_t lost = 0;
	char file[48], *text, *at;

	snprintf(file, sizeof(file), "per_cpu/cpu%u/stats", cpu);
	text = tracefs_instance_file_read(r->instance, file, NULL);
	for (size_t i = 0; text && i < ARRAY_SIZE(keys); i++) {
		at = strstr(text, keys[i]);
		lost += at ? strtoull(at + strlen(keys[i]), NULL, 10) : 0;
	}
	free(text);
	return lost;
}

static int run(struct recorder *r, const struct trace_options *o)
{
	struct trace *t = r->t;
	uint64_t now, next_ns;

	t->begin_ns = now_ns();
	t->end_ns = t->begin_ns + o->duration_ns;
	visit_cpus();
	for (now = now_ns(); !r->off; now = now_ns()) {
		next_ns = t->end_ns < now + READ_NS ? t->end_ns : now + READ_NS;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){
			.tv_sec = next_ns / 1000000000, .tv_nsec = next_ns % 1000000000 }, NULL);
		stop_in_time(r, now_ns());
		if (read_events(r))
			return -1;
	}
	return 0;
}

/* What came while tracing was being switched on and off. */
static void trim(struct trace *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->nr_events; i++)
		if (t->events[i].ts_ns >= t->begin_ns && t->events[i].ts_ns < t->end_ns)
			t->events[kept++] = t->events[i];
	t->nr_events = kept;
}

/**
 * trace_record() - record for some time
 * @t: filled: events in order, times, lost
 * @o: what to record
 * @stop: becomes true when it is to end early
 * @e: why not
 *
 * Return: 0 or -1.
 */
int trace_record(struct trace *t, const struct trace_options *o,
		 const volatile sig_atomic_t *stop, struct errbuf *e)
{
	static const char * const systems[] = { "lodge", "sched", NULL };
	struct recorder r = { .t = t, .stop = stop, .e = e };
	int rc;

	t->nr_pcpus = sysconf(_SC_NPROCESSORS_CONF);
	if (!tracefs_tracing_dir())
		return fail(e, "there is no tracefs; are you root? Or mount it: mount -t tracefs tracefs /sys/kernel/tracing");
	r.tep = tracefs_local_events_system(NULL, systems);
	if (!r.tep)
		return fail(e, "cannot read the formats of the kernel's tracepoints: %m; are you root, and is lodge.ko loaded?");
	rc = find_fields(&r) || start(&r, o) || run(&r, o);
	for (unsigned int cpu = 0; !rc && cpu < t->nr_pcpus; cpu++)
		t->lost += count_lost(&r, cpu);
	if (r.instance) {
		tracefs_instance_destroy(r.instance);
		tracefs_instance_free(r.instance);
	}
	tep_free(r.tep);
	trace_sort(t);
	trim(t);
	return rc ? -1 : 0;
}
