// SPDX-License-Identifier: GPL-2.0-only
/* DOC: lodge trace: record what the scheduler does, and draw it */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "trace.h"

#define DURATION_NS	5000000000ULL
#define DURATION_MIN_NS	1000000ULL		/* 1 ms */
#define DURATION_MAX_NS	600000000000ULL		/* 10 min */
#define BUFFER_BYTES	(4ULL << 20)
#define BUFFER_MAX	(1ULL << 30)

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* An end that was asked for is an end: what there is gets written. */
static void catch_signals(void)
{
	const struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
}

/* ---- who is who ---- */

struct naming {
	struct client *c;
	struct trace *t;
	struct domain_info *domains;
	size_t nr;
	const struct domain_info *domain;	/* whose vCPUs come */
	struct errbuf *e;
	int rc;
};

static void take_domain(const struct reply *r, void *data)
{
	struct naming *n = data;
	void *more = realloc(n->domains, (n->nr + 1) * sizeof(*n->domains));

	if (!more) {
		n->rc = fail(n->e, "no memory for the list of domains; free some");
		return;
	}
	n->domains = more;
	domain_info_read(&n->domains[n->nr++], r->attrs);
}

static void take_vcpu(const struct reply *r, void *data)
{
	struct naming *n = data;
	struct trace_vcpu vcpu = {
		.domid = n->domain->id,
		.vcpu = attr_u64(r->attrs[LODGE_A_VCPU_INDEX]),
		.state = attr_u64(r->attrs[LODGE_A_VCPU_STATE]),
	};

	_Static_assert(TRACE_STOPPED == (int)LODGE_VCPU_STATE_STOPPED, "netlink has the same states");
	snprintf(vcpu.name, sizeof(vcpu.name), "%s", n->domain->name);
	if (trace_add_vcpu(n->t, &vcpu, n->e))
		n->rc = -1;
}

/* All domains' vCPUs; those that are known keep the state that they had. */
static int name_vcpus(struct client *c, struct trace *t, struct errbuf *e)
{
	struct naming n = { .c = c, .t = t, .e = e };
	struct errbuf gone;

	if (client_dump(c, LODGE_CMD_DOMAIN_GET, NULL, take_domain, &n, e))
		n.rc = -1;
	for (size_t i = 0; !n.rc && i < n.nr; i++) {
		struct domain_ref ref = { .id = n.domains[i].id };

		/* One that has ended has none, and one may be forgotten meanwhile. */
		n.domain = &n.domains[i];
		client_dump(c, LODGE_CMD_VCPU_GET, &ref, take_vcpu, &n, &gone);
	}
	free(n.domains);
	return n.rc;
}

/* ---- what is written ---- */

static bool ends_in(const char *file, const char *suffix)
{
	size_t len = strlen(file), n = strlen(suffix);

	return len > n && !strcmp(file + len - n, suffix);
}

static int write_file(const struct trace_lanes *l, const char *file, struct errbuf *e)
{
	FILE *out = fopen(file, "w");
	int rc;

	if (!out)
		return fail(e, "cannot write '%s': %m; is the directory there and writable?", file);
	rc = ends_in(file, ".svg") ? trace_write_svg(l, out, e) : trace_write_json(l, out, e);
	if (ferror(out) | fclose(out) && !rc)
		rc = fail(e, "cannot write '%s': %m; is the disk full?", file);
	return rc;
}

static int show(const struct trace *t, int only_domid, const char *file, bool json,
		struct errbuf *e)
{
	struct trace_lanes l;
	int rc = trace_lanes_make(&l, t, only_domid, e);

	if (!rc && file)
		rc = write_file(&l, file, e);
	if (!rc && json)
		print_json(trace_summary_json(&l));
	else if (!rc)
		trace_print_summary(&l);
	trace_lanes_free(&l);
	return rc;
}

static int record(struct trace *t, const struct trace_options *o, int *only_domid,
		  struct errbuf *e)
{
	struct domain_ref ref = { .name = t->what };
	struct domain_info info;
	struct client c = { 0 };
	int rc = client_open(&c, e);

	if (!rc && strcmp(t->what, "all")) {
		rc = client_get(&c, &ref, &info, e);
		*only_domid = rc ? -1 : (int)info.id;
	}
	rc = rc || name_vcpus(&c, t, e) || trace_record(t, o, &interrupted, e) ||
	     name_vcpus(&c, t, e) || trace_name_all(t, e);
	client_close(&c);
	return rc ? -1 : 0;
}

int cmd_trace(int argc, char **argv)
{
	static const struct option options[] = {
		{ "duration", required_argument, NULL, 'd' },
		{ "output", required_argument, NULL, 'o' },
		{ "buffer", required_argument, NULL, 'b' },
		{ "exits", no_argument, NULL, 'e' },
		{ "json", no_argument, NULL, 'j' },
		{ }
	};
	struct trace_options o = { .duration_ns = DURATION_NS, .buffer_bytes = BUFFER_BYTES };
	struct trace t = { 0 };
	int option, rc, only_domid = -1;
	const char *file = NULL;
	bool json = false;
	struct errbuf e;

	while ((option = next_option(argc, argv, options)) != -1) {
		if (option == 'd')
			o.duration_ns = parse_time("--duration", optarg, DURATION_MIN_NS,
						   DURATION_MAX_NS);
		else if (option == 'b')
			o.buffer_bytes = parse_size("--buffer", optarg);
		else if (option == 'o')
			file = optarg;
		else if (option == 'e')
			o.exits = true;
		else
			json = true;
	}
	if (o.buffer_bytes > BUFFER_MAX)
		usage_error("--buffer takes at most 1G");
	if (file && !ends_in(file, ".svg") && !ends_in(file, ".json"))
		usage_error("'%s' ends in neither .svg nor .json", file);
	t.what = name_argument(argc, argv);
	catch_signals();
	rc = record(&t, &o, &only_domid, &e);
	if (!rc)
		rc = show(&t, only_domid, file, json, &e);
	if (!rc && t.lost)
		fprintf(stderr, "lodge: %llu events were lost: there is less in this trace than happened; a larger --buffer helps\n",
			(unsigned long long)t.lost);
	trace_free(&t);
	return rc ? report(&e) : EXIT_OK;
}
