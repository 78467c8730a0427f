// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What is around a trace's lanes
 *
 * Title, time axis with its unit, and the legend: a reader needs nothing else.
 */
#include <inttypes.h>
#include <string.h>

#include "trace_svg.h"

#define LEGEND_LINE	20
#define NAME_MAX_CHARS	12	/* in front of a lane, ".63" behind it */
#define CHAR_PX		6.9

/**
 * svg_text() - a text's characters, as XML wants them
 * @out: where to
 * @text: any
 */
void svg_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		default: fputc(*text, out);
		}
	}
}

/**
 * svg_text_short() - svg_text() of a name where there is not much room
 * @out: where to
 * @text: its middle is left out if it is long
 */
void svg_text_short(FILE *out, const char *text)
{
	char buf[2 * NAME_MAX_CHARS];
	size_t len = strlen(text);

	if (len <= NAME_MAX_CHARS) {
		svg_text(out, text);
		return;
	}
	snprintf(buf, sizeof(buf), "%.6s\xe2\x80\xa6%s", text, text + len - 5);
	svg_text(out, buf);
}

/* ---- title ---- */

static const char *unit_of(uint64_t step_ns, uint64_t *unit_ns)
{
	*unit_ns = step_ns >= 1000000000 ? 1000000000 : step_ns >= 1000000 ? 1000000 :
		   step_ns >= 1000 ? 1000 : 1;
	return *unit_ns == 1000000000 ? "s" : *unit_ns == 1000000 ? "ms" :
	       *unit_ns == 1000 ? "us" : "ns";
}

/**
 * svg_head() - the file's beginning, with the title
 * @p: the picture
 * @height: of all
 */
void svg_head(const struct picture *p, double height)
{
	const struct trace *t = p->l->trace;
	const uint64_t all_ns = t->end_ns - t->begin_ns;
	uint64_t unit_ns;
	const char *unit = unit_of(all_ns, &unit_ns);

	fprintf(p->out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<!-- made by lodge trace -->\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
		"viewBox=\"0 0 %d %.0f\">\n"
		"<style>text{font:12px \"DejaVu Sans\",Arial,sans-serif}"
		"text.title{font-size:16px;font-weight:bold}"
		"text.part{font-weight:bold;fill:#555}text.lane{text-anchor:end}"
		"text.num{text-anchor:end;font-size:11px}text.tick{text-anchor:middle;fill:#555}"
		"text.in{text-anchor:middle;font-size:11px}</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		PICTURE_WIDTH, height, PICTURE_WIDTH, height);
	fprintf(p->out, "<text class=\"title\" x=\"12\" y=\"24\">lodge trace ");
	svg_text(p->out, t->what);
	fprintf(p->out, "</text>\n<text x=\"12\" y=\"43\">%g %s, %zu pCPU%s, %zu vCPU%s of %zu domain%s, %zu events",
		(double)all_ns / unit_ns, unit, p->l->nr_pcpus, p->l->nr_pcpus == 1 ? "" : "s",
		p->l->nr - p->l->nr_pcpus, p->l->nr - p->l->nr_pcpus == 1 ? "" : "s",
		p->nr_domids, p->nr_domids == 1 ? "" : "s", t->nr_events);
	if (t->lost)
		fprintf(p->out, ", <tspan fill=\"#c00\">and %" PRIu64 " lost</tspan>", t->lost);
	fprintf(p->out, "</text>\n");
}

/* ---- axis ---- */

/* 1, 2 or 5 times a power of ten, so that there are about eight. */
static uint64_t tick_ns(uint64_t all_ns)
{
	static const unsigned int factors[] = { 1, 2, 5 };
	uint64_t ten = 1;

	for (;; ten *= 10)
		for (size_t i = 0; i < ARRAY_SIZE(factors); i++)
			if (ten * factors[i] >= all_ns / 10)
				return ten * factors[i];
}

/**
 * svg_axis() - the lines of time, and what they mean
 * @p: the picture
 * @top: where the lines begin
 * @bottom: and end
 */
void svg_axis(const struct picture *p, double top, double bottom)
{
	const uint64_t all_ns = p->l->trace->end_ns - p->l->trace->begin_ns;
	const uint64_t step_ns = tick_ns(all_ns);
	uint64_t unit_ns;
	const char *unit = unit_of(step_ns, &unit_ns);

	for (uint64_t at = 0; at <= all_ns; at += step_ns) {
		double x = PLOT_X + PLOT_WIDTH * (double)at / all_ns;

		fprintf(p->out, "<path stroke=\"#ddd\" d=\"M%.1f %.0fV%.0f\"/>\n"
			"<text class=\"tick\" x=\"%.1f\" y=\"%.0f\">%" PRIu64 "</text>\n",
			x, top, bottom + 4, x, bottom + 18, at / unit_ns);
	}
	fprintf(p->out, "<path stroke=\"#888\" d=\"M%d %.0fh%d\"/>\n"
		"<text class=\"lane\" x=\"%d\" y=\"%.0f\">time, %s</text>\n",
		PLOT_X, bottom, PLOT_WIDTH, PLOT_X - 20, bottom + 18, unit);
}

/* ---- legend ---- */

/* A running position; @draw: or only measure. */
struct legend {
	const struct picture *p;
	double x, y;
	bool draw;
};

/* Room for a sign of 22 px and its text; a new line if this one is full. */
static void place(struct legend *g, const char *text)
{
	double width = 30 + CHAR_PX * strlen(text) + 14;

	if (g->x + width > PICTURE_WIDTH && g->x > PLOT_X) {
		g->x = PLOT_X;
		g->y += LEGEND_LINE;
	}
	if (g->draw) {
		fprintf(g->p->out, "<text x=\"%.1f\" y=\"%.0f\">", g->x + 28, g->y + 11);
		svg_text(g->p->out, text);
		fprintf(g->p->out, "</text>\n");
	}
}

static void advance(struct legend *g, const char *text)
{
	g->x += 30 + CHAR_PX * strlen(text) + 14;
}

static void area(struct legend *g, const char *fill, const char *opacity, const char *text)
{
	place(g, text);
	if (g->draw)
		fprintf(g->p->out, "<rect x=\"%.1f\" y=\"%.0f\" width=\"22\" height=\"14\" fill=\"%s\"%s/>\n",
			g->x, g->y, fill, opacity);
	advance(g, text);
}

/* @d: a path from the sign's upper left corner */
static void sign(struct legend *g, const char *d, const char *text)
{
	place(g, text);
	if (g->draw)
		fprintf(g->p->out, "<path d=\"M%.1f %.0f%s\"/>\n", g->x, g->y, d);
	advance(g, text);
}

static bool any_segment(const struct trace_lanes *l, bool (*is)(const struct trace_lane *lane,
								const struct trace_segment *s))
{
	for (size_t i = l->nr_pcpus; i < l->nr; i++)
		for (size_t k = 0; k < l->lanes[i].nr; k++)
			if (is(&l->lanes[i], &l->lanes[i].segments[k]))
				return true;
	return false;
}

static bool is_warped(const struct trace_lane *lane, const struct trace_segment *s)
{
	(void)lane;
	return s->warped && (s->use == USE_RUNS || s->use == USE_WAITS);
}

static bool has_moved(const struct trace_lane *lane, const struct trace_segment *s)
{
	(void)s;
	return lane->migrations;
}

/* Is part of a pCPU of a domain that has no lane? */
static bool others_run(const struct picture *p)
{
	uint64_t pcpus_ns = 0, vcpus_ns = 0;

	for (size_t i = 0; i < p->l->nr; i++)
		*(i < p->l->nr_pcpus ? &pcpus_ns : &vcpus_ns) += p->l->lanes[i].use_ns[USE_RUNS];
	return pcpus_ns > vcpus_ns;
}

static double legend(const struct picture *p, double y, bool draw)
{
	struct legend g = { .p = p, .x = PLOT_X, .y = y, .draw = draw };
	const char *grey = "#555";
	char buf[24], fill[32];

	for (size_t i = 0; i < p->nr_domids; i++)
		area(&g, svg_colour(p, i, fill, sizeof(fill)), "",
		     trace_domain_name(p->l->trace, p->domids[i], buf, sizeof(buf)));
	if (others_run(p))
		area(&g, OTHERS_COLOUR, "", "other domains");
	area(&g, HOST_COLOUR, "", "domain 0");
	g.x = PLOT_X;
	g.y += LEGEND_LINE;
	area(&g, grey, "", "runs");
	area(&g, grey, WAITS_OPACITY, "waits");
	sign(&g, "m0 6.5h22v1h-22z", "sleeps");
	area(&g, "none", " stroke=\"#ccc\"", "idle, paused or down");
	if (any_segment(p->l, is_warped))
		sign(&g, "h22v3h-22z", "warped");
	if (any_segment(p->l, has_moved))
		sign(&g, "m11 3.5l3.5 3.5l-3.5 3.5l-3.5 -3.5z", "changes pCPUs");
	return g.y + LEGEND_LINE;
}

/**
 * svg_legend() - what colours and signs mean
 * @p: the picture
 * @y: its top
 */
void svg_legend(const struct picture *p, double y)
{
	legend(p, y, true);
}

/**
 * svg_legend_height() - how much room svg_legend() needs
 * @p: the picture
 */
double svg_legend_height(const struct picture *p)
{
	return legend(p, 0, false);
}
