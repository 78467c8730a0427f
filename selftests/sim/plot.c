// SPDX-License-Identifier: GPL-2.0-only
/*
 * plot.c: shares over time, as SVG.
 */
#include <math.h>
#include "sim.h"

/**
 * DOC: plot
 *
 * A panel for each run, one below the other, with one time axis: a line for each
 * kind of domain, and where it should be as a thin one.
 */

#define WIDTH	640
#define LEFT	44
#define RIGHT	96
#define PANEL	120
#define GAP	34
#define TOP	26

static const char *const colours[] = {
	"#0b6e99", "#d9730d", "#0f7b6c", "#ad1a72", "#6940a5", "#8a6d00", "#64473a", "#e03e3e",
};

#define NR_COLOURS (sizeof(colours) / sizeof(colours[0]))

static double x_of(const struct sim *s, double i)
{
	return LEFT + i / s->nr_plot * (WIDTH - LEFT - RIGHT);
}

static double y_of(double top, double share)
{
	return top + PANEL - share * PANEL;
}

static double max_share(const struct sim *s)
{
	double max = 0;
	unsigned int i, j;

	for (i = 0; i < s->w->nr_classes; i++)
		for (j = 0; j < s->nr_plot; j++)
			if (s->w->classes[i].plot[j] > max)
				max = s->w->classes[i].plot[j];
	max = max / s->nr_cpus;
	return max > 0.51 ? 1 : max > 0.26 ? 0.5 : 0.25;
}

static void draw_frame(const struct sim *s, double top, double max, FILE *out)
{
	unsigned int i;

	fprintf(out, "<text x='%d' y='%.0f' class='t'>%s, %s: share of %u pCPU%s</text>\n", LEFT,
		top - 6, s->w->name, s->model->name, s->nr_cpus, s->nr_cpus == 1 ? "" : "s");
	for (i = 0; i <= 2; i++) {
		double y = y_of(top, i / 2.0);

		fprintf(out, "<path d='M%d %.1fH%d' class='g'/><text x='%d' y='%.1f' class='r'>%.4g %%</text>\n",
			LEFT, y, WIDTH - RIGHT, LEFT - 4, y + 4, max * 50 * i);
	}
}

static double ideal_of(const struct class *k)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < k->nr_domains; i++)
		sum += k->domains[i].ideal_rate;
	return sum;
}

static void draw_class(const struct sim *s, unsigned int nr, double top, double max, FILE *out)
{
	const struct class *k = &s->w->classes[nr];
	const char *colour = colours[nr % NR_COLOURS];
	double y = y_of(top, ideal_of(k) / s->nr_cpus / max);
	unsigned int i;

	/* With a script ideals change: only their last values are known here. */
	if (!s->w->nr_actions && !s->w->no_fair)
		fprintf(out, "<path d='M%d %.1fH%d' stroke='%s' class='i'/>", LEFT, y,
			WIDTH - RIGHT, colour);
	fprintf(out, "<path stroke='%s' d='", colour);
	for (i = 0; i < s->nr_plot; i++)
		fprintf(out, "%s%.0f %.1f", i ? " " : "M", x_of(s, i + 0.5),
			y_of(top, k->plot[i] / s->nr_cpus / max));
	fprintf(out, "'/>\n<text x='%d' y='%.0f' fill='%s'>%s</text>\n", WIDTH - RIGHT + 6,
		top + 12 + 14 * nr, colour, k->name);
}

static void draw_axis(const struct sim *s, double y, FILE *out)
{
	unsigned int i;

	for (i = 0; i <= 4; i++)
		fprintf(out, "<text x='%.0f' y='%.0f' class='m'>%.3g s</text>\n",
			x_of(s, s->nr_plot * i / 4.0), y, (double)s->w->time_ns * i / 4e9);
}

/**
 * plot_svg() - draw some runs
 * @runs: simulations that are over, with plot_ns set
 * @nr: of runs, not 0
 * @path: of the file
 *
 * Return: 0; -1: errno says why it could not be written.
 */
int plot_svg(struct sim **runs, unsigned int nr, const char *path)
{
	FILE *out = fopen(path, "w");
	unsigned int i, j;
	double top = TOP, max = 0;

	if (!out)
		return -1;
	fprintf(out, "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='11'>\n"
		"<style>path{fill:none;stroke-width:1.5}.g{stroke:#ddd;stroke-width:1}.i{stroke-width:.8;stroke-dasharray:2 3}"
		".r{text-anchor:end}.m{text-anchor:middle}.t{font-weight:bold}</style>\n"
		"<rect width='100%%' height='100%%' fill='#fff'/>\n",
		WIDTH, TOP + (PANEL + GAP) * nr + 4);
	for (i = 0; i < nr; i++)
		max = fmax(max, max_share(runs[i]));
	for (i = 0; i < nr; i++, top += PANEL + GAP) {
		draw_frame(runs[i], top, max, out);
		for (j = 0; j < runs[i]->w->nr_classes; j++)
			draw_class(runs[i], j, top, max, out);
	}
	draw_axis(runs[nr - 1], top - GAP + 14, out);
	fprintf(out, "</svg>\n");
	if (ferror(out)) {
		fclose(out);
		return -1;
	}
	return fclose(out) ? -1 : 0;
}
