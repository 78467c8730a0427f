// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c: run workloads under schedulers.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "sim.h"

static const struct model *const models[] = {
	&model_lodge, &model_credit2, &model_cfs, &model_eevdf, &model_oldbvt,
};

#define NR_MODELS (sizeof(models) / sizeof(models[0]))
#define RUNS_MAX 16

static struct {
	bool check, cost, table;
	const char *model, *svg, *seed;
	u64 plot_ns;
} opt = { .model = "lodge", .plot_ns = 100 * MS };

static void usage(FILE *out)
{
	fprintf(out,
		"Usage: sim [OPTION...] WORKLOAD...\n"
		"Runs each workload file in simulated time.\n\n"
		"  -m, --model NAME   lodge (default), credit2, cfs, eevdf, oldbvt, or all\n"
		"  -c, --check        check invariants all the time; exit status 1 if one failed\n"
		"  -C, --cost         measure what a pick or wake-up costs here (in real time)\n"
		"  -s, --seed N       another seed than the file's\n"
		"  -t, --table        a row for each run, in reStructuredText\n"
		"  -o, --svg FILE     draw shares over time, a panel for each run\n"
		"  -p, --step TIME    of the picture, 100ms by default\n"
		"Documentation/scheduling.rst describes workload files.\n");
}

static struct workload *read_file(const char *path)
{
	const char *base = strrchr(path, '/');
	FILE *file = fopen(path, "r");
	struct workload *w;
	char error[256], name[64];

	if (!file) {
		fprintf(stderr, "sim: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	snprintf(name, sizeof(name), "%s", base ? base + 1 : path);
	name[strcspn(name, ".")] = 0;
	w = workload_read(file, name, error, sizeof(error));
	fclose(file);
	if (!w)
		fprintf(stderr, "sim: %s: %s\n", path, error);
	else if (opt.seed)
		w->seed = strtoull(opt.seed, NULL, 0);
	return w;
}

static struct sim *run(const char *path, const struct model *model)
{
	struct workload *w = read_file(path);
	struct sim *s;

	if (!w)
		return NULL;
	if (w->needs_all && !model->offline) {
		fprintf(stderr, "sim: %s: model %s knows no affinity, hotplug or storms\n", path,
			model->name);
		workload_free(w);
		return NULL;
	}
	s = sim_new(w, model);
	s->check = opt.check;
	s->measure = opt.cost;
	s->plot_ns = opt.svg ? opt.plot_ns : 0;
	sim_run(s);
	if (opt.table)
		report_table_row(s, stdout);
	else
		report_text(s, stdout);
	fflush(stdout);
	return s;
}

/* 0; 1: an invariant failed; 2: a workload cannot be read */
static int run_all(char **paths, int nr_paths)
{
	struct sim *runs[RUNS_MAX];
	unsigned int nr = 0, i;
	int status = 0, path;

	if (opt.table)
		report_table_head(stdout);
	for (path = 0; path < nr_paths; path++)
		for (i = 0; i < NR_MODELS; i++) {
			struct sim *s;

			if (strcmp(opt.model, "all") && strcmp(opt.model, models[i]->name))
				continue;
			s = run(paths[path], models[i]);
			if (!s)
				return 2;
			status |= s->t.failures != 0;
			if (opt.svg && nr < RUNS_MAX) {
				runs[nr++] = s;
				continue;
			}
			workload_free(s->w);
			sim_free(s);
		}
	if (opt.table)
		report_table_end(stdout);
	if (opt.svg && plot_svg(runs, nr, opt.svg)) {
		fprintf(stderr, "sim: %s: %s\n", opt.svg, strerror(errno));
		status = 2;
	}
	for (i = 0; i < nr; i++) {
		workload_free(runs[i]->w);
		sim_free(runs[i]);
	}
	return status;
}

static bool known_model(void)
{
	unsigned int i;

	for (i = 0; i < NR_MODELS; i++)
		if (!strcmp(opt.model, models[i]->name))
			return true;
	return !strcmp(opt.model, "all");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "model", required_argument, NULL, 'm' }, { "check", no_argument, NULL, 'c' },
		{ "cost", no_argument, NULL, 'C' }, { "seed", required_argument, NULL, 's' },
		{ "table", no_argument, NULL, 't' }, { "svg", required_argument, NULL, 'o' },
		{ "step", required_argument, NULL, 'p' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "m:cCs:to:p:h", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			opt.model = optarg;
			break;
		case 'c':
			opt.check = true;
			break;
		case 'C':
			opt.cost = true;
			break;
		case 's':
			opt.seed = optarg;
			break;
		case 't':
			opt.table = true;
			break;
		case 'o':
			opt.svg = optarg;
			break;
		case 'p':
			if (parse_time(optarg, &opt.plot_ns) && opt.plot_ns)
				break;
			fprintf(stderr, "sim: --step needs a time such as 50ms\n");
			return 2;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (!known_model() || optind == argc) {
		usage(stderr);
		return 2;
	}
	return run_all(argv + optind, argc - optind);
}
