// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_test.c: the unit tests of "lodge trace": lanes, the picture, the JSON.
 *
 * The picture is compared with golden.svg beside this file; after a change that
 * was meant, GOLDEN=write writes a new one: look at it.
 */
#include <string.h>

#include <cjson/cJSON.h>

#include "../ktap.h"
#include "trace.h"

#define MS	1000000ULL

static struct errbuf error;

static void add(struct trace *t, double ms, enum trace_kind kind, struct trace_event ev)
{
	ev.ts_ns = t->begin_ns + (uint64_t)(ms * MS + 0.5);
	ev.kind = kind;
	expect(!trace_add_event(t, &ev, &error), "%s", error.text);
}

static void add_vcpu(struct trace *t, uint16_t domid, uint16_t vcpu, const char *name,
		     uint8_t state)
{
	struct trace_vcpu v = { .domid = domid, .vcpu = vcpu, .state = state };

	snprintf(v.name, sizeof(v.name), "%s", name);
	expect(!trace_add_vcpu(t, &v, &error), "%s", error.text);
}

/* Domain @d runs on @p from @from to @to, then is in @state. */
static void slice(struct trace *t, double from, double to, int p, int d, int v, int state,
		  bool warped)
{
	add(t, from, TRACE_RUN, (struct trace_event){ .pcpu = p, .domid = d, .vcpu = v,
		.state = TRACE_RUNNABLE, .warped = warped });
	add(t, to, TRACE_LEAVE, (struct trace_event){ .pcpu = p, .domid = d, .vcpu = v,
		.state = state, .warped = warped });
}

static void task(struct trace *t, double ms, int p, uint32_t prev, uint32_t next)
{
	add(t, ms, TRACE_TASK, (struct trace_event){ .pcpu = p, .prev = prev, .code = next });
}

/* Two pCPUs and a little of everything. */
static void make_scene(struct trace *t)
{
	uint32_t idle, lodge0, lodge1, shell;

	*t = (struct trace){ .what = "all", .nr_pcpus = 2, .begin_ns = 7000 * MS,
			     .end_ns = 7100 * MS, .lost = 3 };
	trace_task(t, 0, "swapper/0", &idle, &error);
	trace_task(t, 50, "lodge/0", &lodge0, &error);
	trace_task(t, 51, "lodge/1", &lodge1, &error);
	trace_task(t, 99, "sh <&>\n", &shell, &error);
	add_vcpu(t, 1, 0, "web", TRACE_BLOCKED);
	add_vcpu(t, 2, 0, "a<&>name-that-is-long", TRACE_RUNNABLE);
	add_vcpu(t, 2, 1, "a<&>name-that-is-long", TRACE_RUNNABLE);
	add_vcpu(t, 3, 0, "paused", TRACE_STOPPED);

	/* pCPU 0: long slices, then the host, then many short ones. */
	slice(t, 0, 30, 0, 2, 0, TRACE_RUNNABLE, false);
	task(t, 30.5, 0, lodge0, shell);
	task(t, 40, 0, shell, lodge0);
	slice(t, 40.25, 60, 0, 2, 0, TRACE_RUNNABLE, false);
	for (int i = 0; i < 200; i++)
		slice(t, 60 + 0.05 * i, 60.04 + 0.05 * i, 0, 2, i % 4 ? 0 : 1, TRACE_RUNNABLE,
		      false);
	add(t, 71, TRACE_MIGRATE, (struct trace_event){ .prev = 0, .pcpu = 1, .domid = 2,
		.vcpu = 0, .state = TRACE_RUNNABLE });
	task(t, 72, 0, lodge0, idle);
	/* pCPU 1: one that wakes, warped, and one that does not. */
	task(t, 9, 1, idle, lodge1);
	for (int i = 0; i < 4; i++) {
		const double at = 10 + 20 * i;

		add(t, at, TRACE_WAKE, (struct trace_event){ .pcpu = 1, .domid = 1,
			.state = TRACE_RUNNABLE, .warped = i > 1 });
		slice(t, at + 0.5 * i, at + 10, 1, 1, 0, TRACE_BLOCKED, i > 1);
	}
	slice(t, 81, 99, 1, 2, 0, TRACE_RUNNABLE, false);
	trace_sort(t);
}

/* A lane begins and ends with the trace, and has neither holes nor overlaps. */
static void check_lane(const struct trace_lanes *l, const struct trace_lane *lane)
{
	uint64_t at_ns = l->trace->begin_ns, sum_ns = 0;

	for (size_t i = 0; i < lane->nr; i++) {
		expect(lane->segments[i].start_ns == at_ns, "segment %zu", i);
		expect(lane->segments[i].end_ns > at_ns, "segment %zu", i);
		at_ns = lane->segments[i].end_ns;
	}
	expect(at_ns == l->trace->end_ns, "the end");
	for (int use = 0; use <= USE_OFF; use++)
		sum_ns += lane->use_ns[use];
	expect(sum_ns == l->trace->end_ns - l->trace->begin_ns, "the sum");
}

static bool make_lanes(struct trace_lanes *l, const struct trace *t, int only_domid)
{
	bool made = expect(!trace_lanes_make(l, t, only_domid, &error), "%s", error.text);

	for (size_t i = 0; made && i < l->nr; i++)
		check_lane(l, &l->lanes[i]);
	return made;
}

static char *text_of(const struct trace_lanes *l, bool json)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	expect(!(json ? trace_write_json : trace_write_svg)(l, out, &error), "%s", error.text);
	fclose(out);
	return text;
}

/* ---- lanes ---- */

static void numbers(void)
{
	struct trace_lanes l;
	struct trace t;

	make_scene(&t);
	make_lanes(&l, &t, -1);
	expect(l.nr == 6 && l.nr_pcpus == 2, "%zu lanes", l.nr);
	/* Segments of pCPU 0: 30 + 19.75 + 200 * 0.04 of guests */
	expect(l.lanes[0].use_ns[USE_RUNS] == 57750000, "%llu",
	       (unsigned long long)l.lanes[0].use_ns[USE_RUNS]);
	expect(l.lanes[0].use_ns[USE_IDLE] == 28 * MS, "idle at the end");
	expect(l.lanes[1].use_ns[USE_IDLE] == 9 * MS, "idle at the beginning");
	/* web: 4 wake-ups, the waits sorted */
	expect(l.lanes[2].wakes == 4 && l.lanes[2].nr_waits == 4, "wakes");
	for (size_t i = 0; i < l.lanes[2].nr_waits; i++)
		expect(l.lanes[2].waits_ns[i] == i * MS / 2, "wait %zu", i);
	expect(l.lanes[2].use_ns[USE_RUNS] == 37 * MS, "web runs");
	expect(l.lanes[2].use_ns[USE_WAITS] == 3 * MS, "web waits");
	expect(l.lanes[3].migrations == 1, "migrations");
	/* paused: no event, the state that it had */
	expect(l.lanes[5].use_ns[USE_OFF] == 100 * MS, "paused");
	trace_lanes_free(&l);
	make_lanes(&l, &t, 1);
	expect(l.nr == 3 && l.lanes[2].domid == 1, "only web");
	trace_lanes_free(&l);
	trace_free(&t);
}

/* What a vCPU did before its first event. */
static void before_the_first(void)
{
	static const struct {
		enum trace_kind kind;
		uint8_t state;
		enum trace_use before, after;
	} cases[] = {
		{ TRACE_RUN, TRACE_RUNNABLE, USE_WAITS, USE_RUNS },
		{ TRACE_LEAVE, TRACE_RUNNABLE, USE_RUNS, USE_WAITS },
		{ TRACE_LEAVE, TRACE_BLOCKED, USE_RUNS, USE_BLOCKED },
		{ TRACE_WAKE, TRACE_RUNNABLE, USE_BLOCKED, USE_WAITS },
		{ TRACE_BLOCK, TRACE_STOPPED, USE_WAITS, USE_OFF },
		{ TRACE_MIGRATE, TRACE_BLOCKED, USE_BLOCKED, USE_BLOCKED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace t = { .what = "all", .nr_pcpus = 1, .end_ns = 10 * MS };
		struct trace_lanes l;

		add_vcpu(&t, 1, 0, "x", TRACE_DOWN);
		add(&t, 4, cases[i].kind, (struct trace_event){ .domid = 1,
			.state = cases[i].state });
		if (make_lanes(&l, &t, -1)) {
			expect(l.lanes[1].segments[0].use == cases[i].before, "case %zu", i);
			expect(l.lanes[1].segments[l.lanes[1].nr - 1].use == cases[i].after,
			       "case %zu", i);
		}
		trace_lanes_free(&l);
		trace_free(&t);
	}
}

static void order(void)
{
	struct trace t = { .what = "all" };

	for (int i = 0; i < 1000; i++)
		add(&t, i % 10, TRACE_RUN, (struct trace_event){ .vcpu = i % 50 });
	trace_sort(&t);
	for (size_t i = 1; i < t.nr_events; i++)
		expect(t.events[i - 1].ts_ns < t.events[i].ts_ns ||
		       (t.events[i - 1].ts_ns == t.events[i].ts_ns &&
			t.events[i - 1].seq < t.events[i].seq), "event %zu", i);
	trace_free(&t);
}

/* ---- the picture ---- */

static char *golden(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *in = fopen(GOLDEN, "r");

	if (!in || getdelim(&text, &size, '\0', in) < 0)
		expect(false, "no " GOLDEN);
	if (in)
		fclose(in);
	return text;
}

static void compare(const char *got, const char *want)
{
	unsigned int line = 1;
	size_t same = 0;

	while (want && got[same] && got[same] == want[same])
		line += got[same++] == '\n';
	expect(want && got[same] == want[same], "line %u is: %.60s", line, got + same);
}

static void picture(void)
{
	struct trace_lanes l;
	struct trace t;
	char *got, *want;

	make_scene(&t);
	make_lanes(&l, &t, -1);
	got = text_of(&l, false);
	if (getenv("GOLDEN")) {
		FILE *out = fopen(GOLDEN, "w");

		fputs(got, out);
		fclose(out);
	}
	want = golden();
	compare(got, want);
	free(want);
	free(got);
	trace_lanes_free(&l);
	trace_free(&t);
}

/* A million events do not make a large file. */
static void small_picture(void)
{
	struct trace t = { .what = "all", .nr_pcpus = 1, .end_ns = 1000 * MS };
	struct trace_lanes l;
	char *text;

	add_vcpu(&t, 1, 0, "a", TRACE_RUNNABLE);
	add_vcpu(&t, 2, 0, "b", TRACE_RUNNABLE);
	for (int i = 0; i < 200000; i++)
		slice(&t, i * 0.005, i * 0.005 + 0.004, 0, 1 + i % 2, 0, TRACE_RUNNABLE, false);
	make_lanes(&l, &t, -1);
	text = text_of(&l, false);
	expect(strlen(text) < 200000, "%zu bytes", strlen(text));
	free(text);
	trace_lanes_free(&l);
	trace_free(&t);
}

/* ---- JSON: the rules of Chrome's trace format ---- */

static double number_in(const cJSON *o, const char *key)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, key);

	return cJSON_IsNumber(n) ? n->valuedouble : -1;
}

static const char *string_in(const cJSON *o, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));

	return s ? s : "";
}

/* Does an event of ph M with this name name this thread (or process: tid -1)? */
static bool named(const cJSON *events, const char *what, double pid, double tid)
{
	const cJSON *o;

	cJSON_ArrayForEach(o, events)
		if (!strcmp(string_in(o, "ph"), "M") && !strcmp(string_in(o, "name"), what) &&
		    number_in(o, "pid") == pid && (tid < 0 || number_in(o, "tid") == tid) &&
		    *string_in(cJSON_GetObjectItem(o, "args"), "name"))
			return true;
	return false;
}

static void check_event(const cJSON *events, const cJSON *o)
{
	const char *ph = string_in(o, "ph");
	const double pid = number_in(o, "pid"), tid = number_in(o, "tid");

	expect(strlen(ph) == 1 && strchr("MXi", *ph), "ph '%s'", ph);
	expect(*string_in(o, "name"), "a name");
	expect(pid >= 1 && tid >= 1, "pid %g tid %g", pid, tid);
	if (*ph == 'M')
		return;
	expect(number_in(o, "ts") >= 0, "ts");
	expect(*string_in(o, "cat"), "cat");
	expect(named(events, "process_name", pid, -1), "process %g has a name", pid);
	expect(named(events, "thread_name", pid, tid), "thread %g has a name", tid);
	if (*ph == 'X')
		expect(number_in(o, "dur") > 0, "dur");
	else
		expect(!strcmp(string_in(o, "s"), "t"), "scope");
}

static void check_json(const struct trace_lanes *l)
{
	char *text = text_of(l, true);
	cJSON *json = cJSON_ParseWithOpts(text, NULL, true), *o;
	const cJSON *events = cJSON_GetObjectItem(json, "traceEvents"), *last = NULL;

	expect(cJSON_IsArray(events) && cJSON_GetArraySize(events), "traceEvents");
	cJSON_ArrayForEach(o, events) {
		check_event(events, o);
		if (strcmp(string_in(o, "ph"), "X"))
			continue;
		/* One thread's stretches follow each other. */
		if (last && number_in(last, "tid") == number_in(o, "tid"))
			expect(number_in(last, "ts") + number_in(last, "dur") <=
			       number_in(o, "ts") + 0.0005, "overlap");
		last = o;
	}
	cJSON_Delete(json);
	free(text);
}

static void json(void)
{
	struct trace_lanes l;
	struct trace t;

	make_scene(&t);
	make_lanes(&l, &t, -1);
	check_json(&l);
	trace_lanes_free(&l);
	trace_free(&t);
}

/* ---- anything at all: events may be lost, so any order is possible ---- */

static void random_events(void)
{
	for (int round = 0; round < 300; round++) {
		struct trace t = { .what = "all", .nr_pcpus = 2, .begin_ns = 5, .end_ns = 1005 };
		struct trace_lanes l;
		uint32_t none;

		trace_task(&t, 0, "idle", &none, &error);
		trace_task(&t, 7, "x", &none, &error);
		for (unsigned int i = ktap_random_below(60); i; i--) {
			struct trace_event ev = {
				.ts_ns = 5 + ktap_random_below(1000),
				.kind = ktap_random_below(TRACE_KINDS),
				.pcpu = ktap_random_below(4), .domid = ktap_random_below(4),
				.vcpu = ktap_random_below(3), .state = ktap_random_below(4),
				.warped = ktap_random_below(2), .vector = ktap_random_log(),
			};

			if (ev.kind == TRACE_TASK) {
				ev.code = ktap_random_below(2);
				ev.prev = ktap_random_below(2);
			}
			trace_add_event(&t, &ev, &error);
		}
		trace_sort(&t);
		expect(!trace_name_all(&t, &error), "%s", error.text);
		if (make_lanes(&l, &t, ktap_random_below(3) ? -1 : 2)) {
			check_json(&l);
			free(text_of(&l, false));
		}
		trace_lanes_free(&l);
		trace_free(&t);
	}
}

static const struct ktap_test tests[] = {
	{ "lanes and their sums", numbers },
	{ "what was before the first event", before_the_first },
	{ "events at one moment keep their order", order },
	{ "the picture is the golden one", picture },
	{ "many events make no large picture", small_picture },
	{ "the JSON keeps the format's rules", json },
	{ "lanes have no holes, whatever the events", random_events },
};

KTAP_MAIN(tests)
