// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A trace as a picture
 *
 * One row for each lane, time from left to right, a colour for each domain.  The
 * size of the file depends on the picture's, not on the number of events: what
 * is narrower than a pixel is piled up with its neighbours, each as high as its
 * share of the time.
 */
#include <stdlib.h>
#include <string.h>

#include "trace_svg.h"

#define ROW		20	/* a lane's height */
#define GAP		6
#define PILE_PX		1.0	/* narrower than this is piled up */
#define PART		26	/* a heading above lanes */
#define AXIS		34
#define MARK_PX		5.0	/* between two marks on a lane */
#define TEXT_PX		6.7	/* a character at 11 px; most are narrower */

/* ---- colours ---- */

/* Okabe and Ito's, which people who do not see all colours can tell apart too. */
static const char * const palette[] = {
	"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800",
};

static int by_number(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - *(const uint16_t *)b;
}

/* All domains whose vCPUs have lanes, in order: a colour for each. */
static int find_domains(struct picture *p, struct errbuf *e)
{
	const struct trace_lanes *l = p->l;

	p->domids = calloc(l->nr + 1, sizeof(*p->domids));
	if (!p->domids)
		return fail(e, "no memory for the picture; free some");
	for (size_t i = l->nr_pcpus; i < l->nr; i++)
		if (!p->nr_domids || p->domids[p->nr_domids - 1] != l->lanes[i].domid)
			p->domids[p->nr_domids++] = l->lanes[i].domid;
	return 0;
}

/* Return: which colour, p->nr_domids if the domain has no lane. */
static size_t colour_of(const struct picture *p, uint16_t domid)
{
	const uint16_t *at = bsearch(&domid, p->domids, p->nr_domids, sizeof(domid), by_number);

	return at ? (size_t)(at - p->domids) : p->nr_domids;
}

/**
 * svg_colour() - the fill of an area
 * @p: the picture
 * @i: a domain's index; beyond them: others, then the host
 * @buf: for one that has to be made
 * @size: of @buf
 */
const char *svg_colour(const struct picture *p, size_t i, char *buf, size_t size)
{
	if (i == p->nr_domids)
		return OTHERS_COLOUR;
	if (i > p->nr_domids)
		return HOST_COLOUR;
	if (i < ARRAY_SIZE(palette))
		return palette[i];
	snprintf(buf, size, "hsl(%u,%u%%,%u%%)", (unsigned int)(i * 137 % 360),
		 50 + (unsigned int)(i % 3) * 15, 40 + (unsigned int)(i % 2) * 15);
	return buf;
}

/* ---- pens: all areas of one colour in a lane are one path ---- */

static void pen_open(struct picture *p, struct pen *pen, const char *fill, const char *opacity)
{
	*pen = (struct pen){ .opacity = opacity };
	snprintf(pen->fill, sizeof(pen->fill), "%s", fill);
	pen->path = open_memstream(&pen->text, &pen->size);
	p->failed |= !pen->path;
}

static void pen_area(struct pen *pen, double x, double y, double width, double height)
{
	if (pen->path)
		fprintf(pen->path, "M%.1f %.1fh%.1fv%.1fh-%.1fz", x, y, width, height, width);
}

static void pen_close(struct picture *p, struct pen *pen)
{
	if (!pen->path || fclose(pen->path))
		p->failed = true;
	else if (pen->size)
		fprintf(p->out, "<path fill=\"%s\"%s d=\"%s\"/>\n", pen->fill, pen->opacity, pen->text);
	free(pen->text);
}

/* ---- lanes ---- */

static double x_of(const struct picture *p, uint64_t ts_ns)
{
	const struct trace *t = p->l->trace;

	return PLOT_X + PLOT_WIDTH * (double)(ts_ns - t->begin_ns) / (t->end_ns - t->begin_ns);
}

/* Which pen draws a segment; -1: it is left blank, or is but a line. */
static int pen_of(const struct picture *p, const struct trace_lane *lane,
		  const struct trace_segment *s)
{
	if (!lane->is_pcpu)
		return s->use == USE_RUNS ? PEN_RUNS : s->use == USE_WAITS ? PEN_WAITS : -1;
	if (s->use == USE_RUNS)
		return colour_of(p, s->domid);
	return s->use == USE_HOST ? (int)p->nr_domids + 1 : -1;
}

static void pile_add(struct pile *pile, int pen, double x, double width)
{
	if (!pile->width)
		pile->x = x;
	pile->width += width;
	if (pen >= 0)
		pile->of_pen[pen] += width;
}

/* The first pen is at the bottom. */
static void pile_draw(struct picture *p, struct pile *pile, double y)
{
	double height, bottom = y + ROW;

	for (size_t i = 0; pile->width && i < p->nr_pens; i++) {
		height = ROW * pile->of_pen[i] / pile->width;
		bottom -= height;
		if (height >= 0.1)
			pen_area(&p->pens[i], pile->x, bottom, pile->width, height);
		pile->of_pen[i] = 0;
	}
	pile->width = 0;
}

static void draw_areas(struct picture *p, const struct trace_lane *lane, double y)
{
	for (size_t i = 0; i < lane->nr; i++) {
		const struct trace_segment *s = &lane->segments[i];
		const int pen = pen_of(p, lane, s);
		double x = x_of(p, s->start_ns), width = x_of(p, s->end_ns) - x;

		if (width < PILE_PX) {
			pile_add(&p->pile, pen, x, width);
			if (p->pile.width >= PILE_PX)
				pile_draw(p, &p->pile, y);
			continue;
		}
		pile_draw(p, &p->pile, y);
		if (pen >= 0)
			pen_area(&p->pens[pen], x, y, width, ROW);
		else if (s->use == USE_BLOCKED)
			pen_area(&p->pens[PEN_SLEEPS], x, y + ROW / 2 - 0.5, width, 1);
		if (s->warped && pen >= 0)
			pen_area(&p->pens[PEN_WARPED], x, y, width, 3);
	}
	pile_draw(p, &p->pile, y);
}

/* Black or white, whichever is easier to read on it. */
static const char *text_on(const char *fill)
{
	unsigned int rgb = *fill == '#' ? strtoul(fill + 1, NULL, 16) : 0;
	unsigned int light = 299 * (rgb >> 16) + 587 * (rgb >> 8 & 255) + 114 * (rgb & 255);

	return light > 140000 ? "#000" : "#fff";
}

/* What an area is, where there is room to say it. */
static void draw_texts(struct picture *p, const struct trace_lane *lane, double y)
{
	const struct trace *t = p->l->trace;
	char text[TRACE_NAME_MAX + 8], buf[24];

	for (size_t i = 0; i < lane->nr; i++) {
		const struct trace_segment *s = &lane->segments[i];
		const int pen = pen_of(p, lane, s);
		double x = x_of(p, s->start_ns), width = x_of(p, s->end_ns) - x;

		if (s->use == USE_RUNS && lane->is_pcpu)
			snprintf(text, sizeof(text), "%s.%u",
				 trace_domain_name(t, s->domid, buf, sizeof(buf)), s->vcpu);
		else if (s->use == USE_RUNS && p->l->nr_pcpus > 1)
			snprintf(text, sizeof(text), "%u", s->pcpu);
		else
			continue;
		if (width < TEXT_PX * strlen(text) + 4)
			continue;
		fprintf(p->out, "<text class=\"in\" x=\"%.1f\" y=\"%.1f\" fill=\"%s\">",
			x + width / 2, y + 14, text_on(p->pens[pen].fill));
		svg_text(p->out, text);
		fprintf(p->out, "</text>\n");
	}
}

/* Where a vCPU came from another pCPU. */
static void draw_moves(struct picture *p, const struct trace_lane *lane, double y)
{
	const struct trace *t = p->l->trace;
	double last = -MARK_PX;

	if (lane->is_pcpu || !lane->migrations)
		return;
	fprintf(p->out, "<path d=\"");
	for (size_t i = 0; i < t->nr_events; i++) {
		const struct trace_event *ev = &t->events[i];
		double x = x_of(p, ev->ts_ns);

		if (ev->kind != TRACE_MIGRATE || ev->domid != lane->domid ||
		    ev->vcpu != lane->vcpu || x < last + MARK_PX)
			continue;
		fprintf(p->out, "M%.1f %.1fl3.5 3.5l-3.5 3.5l-3.5 -3.5z", x, y - 5);
		last = x;
	}
	fprintf(p->out, "\"/>\n");
}

static void open_pens(struct picture *p, const struct trace_lane *lane)
{
	char buf[32];
	const char *fill;

	if (lane->is_pcpu) {
		p->nr_pens = p->nr_domids + 2;
		for (size_t i = 0; i < p->nr_pens; i++)
			pen_open(p, &p->pens[i], svg_colour(p, i, buf, sizeof(buf)), "");
		return;
	}
	fill = svg_colour(p, colour_of(p, lane->domid), buf, sizeof(buf));
	p->nr_pens = NR_VCPU_PENS;
	pen_open(p, &p->pens[PEN_RUNS], fill, "");
	pen_open(p, &p->pens[PEN_WAITS], fill, WAITS_OPACITY);
	pen_open(p, &p->pens[PEN_SLEEPS], SLEEPS_COLOUR, "");
	pen_open(p, &p->pens[PEN_WARPED], "#000", "");
}

static void draw_numbers(struct picture *p, const struct trace_lane *lane, double y)
{
	const uint64_t all = p->l->trace->end_ns - p->l->trace->begin_ns;
	const uint64_t second = lane->use_ns[lane->is_pcpu ? USE_HOST : USE_WAITS];

	fprintf(p->out, "<text class=\"num\" x=\"%d\" y=\"%.0f\">%.1f</text>\n"
		"<text class=\"num\" x=\"%d\" y=\"%.0f\">%.1f</text>\n",
		FIRST_NUMBER_X, y + 14, 100.0 * lane->use_ns[USE_RUNS] / all,
		SECOND_NUMBER_X, y + 14, 100.0 * second / all);
}

static void draw_lane(struct picture *p, const struct trace_lane *lane, double y)
{
	char buf[24];

	fprintf(p->out, "<text class=\"lane\" x=\"%d\" y=\"%.0f\">", PLOT_X - 8, y + 14);
	if (lane->is_pcpu) {
		fprintf(p->out, "pCPU %u", lane->pcpu);
	} else {
		svg_text_short(p->out, trace_domain_name(p->l->trace, lane->domid, buf,
							 sizeof(buf)));
		fprintf(p->out, ".%u", lane->vcpu);
	}
	fprintf(p->out, "</text>\n");
	open_pens(p, lane);
	draw_areas(p, lane, y);
	for (size_t i = 0; i < p->nr_pens; i++)
		pen_close(p, &p->pens[i]);
	draw_texts(p, lane, y);
	draw_moves(p, lane, y);
	draw_numbers(p, lane, y);
}

static double draw_part(struct picture *p, size_t first, size_t nr, const char *heading,
			const char *one, const char *other, double y)
{
	if (!nr)
		return y;
	fprintf(p->out, "<text class=\"part\" x=\"12\" y=\"%.0f\">%s</text>\n"
		"<text class=\"num\" x=\"%d\" y=\"%.0f\">%s</text>\n"
		"<text class=\"num\" x=\"%d\" y=\"%.0f\">%s</text>\n", y + 16, heading,
		FIRST_NUMBER_X, y + 16, one, SECOND_NUMBER_X, y + 16, other);
	y += PART;
	for (size_t i = first; i < first + nr; i++) {
		draw_lane(p, &p->l->lanes[i], y);
		y += ROW + GAP;
	}
	return y;
}

/**
 * trace_write_svg() - the picture
 * @l: what to draw
 * @out: where to
 * @e: why not
 *
 * Whether all was written, ferror() and fclose() tell.
 *
 * Return: 0 or -1.
 */
int trace_write_svg(const struct trace_lanes *l, FILE *out, struct errbuf *e)
{
	struct picture p = { .out = out, .l = l };
	const size_t nr_vcpus = l->nr - l->nr_pcpus;
	double bottom, y = HEAD_HEIGHT;
	size_t pens;

	if (find_domains(&p, e))
		return -1;
	pens = p.nr_domids + 2 > NR_VCPU_PENS ? p.nr_domids + 2 : NR_VCPU_PENS;
	p.pens = calloc(pens, sizeof(*p.pens));
	p.pile.of_pen = calloc(pens, sizeof(*p.pile.of_pen));
	if (p.pens && p.pile.of_pen) {
		bottom = y + PART + l->nr_pcpus * (ROW + GAP) +
			 (nr_vcpus ? PART + nr_vcpus * (ROW + GAP) : 0);
		svg_head(&p, bottom + AXIS + svg_legend_height(&p) + 8);
		svg_axis(&p, y + PART - 4, bottom);
		y = draw_part(&p, 0, l->nr_pcpus, "pCPUs", "guests %", "host %", y);
		draw_part(&p, l->nr_pcpus, nr_vcpus, "vCPUs", "runs %", "waits %", y);
		svg_legend(&p, bottom + AXIS);
		fprintf(out, "</svg>\n");
	} else {
		p.failed = true;
	}
	free(p.pile.of_pen);
	free(p.domids);
	free(p.pens);
	return p.failed ? fail(e, "no memory for the picture; free some") : 0;
}
