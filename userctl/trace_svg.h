/* SPDX-License-Identifier: GPL-2.0-only */
/* DOC: The picture under way: trace_svg.c draws lanes, trace_svg_frame.c what is around */
#ifndef LODGE_TRACE_SVG_H
#define LODGE_TRACE_SVG_H

#include "trace.h"

/* All in pixels. */
#define PICTURE_WIDTH	960
#define PLOT_X		120
#define PLOT_WIDTH	730
#define FIRST_NUMBER_X	898
#define SECOND_NUMBER_X	948
#define HEAD_HEIGHT	58

#define HOST_COLOUR	"#8a8a8a"
#define OTHERS_COLOUR	"#c9d3dc"
#define SLEEPS_COLOUR	"#9a9a9a"
#define WAITS_OPACITY	" fill-opacity=\"0.27\""

enum { PEN_RUNS, PEN_WAITS, PEN_SLEEPS, PEN_WARPED, NR_VCPU_PENS };

struct pen {
	char fill[32];
	const char *opacity;	/* an attribute, or "" */
	FILE *path;
	char *text;
	size_t size;
};

/* Neighbours that are too narrow to be seen one by one. */
struct pile {
	double x, width;
	double *of_pen;
};

struct picture {
	FILE *out;
	const struct trace_lanes *l;
	uint16_t *domids;	/* with lanes; the index is the colour */
	size_t nr_domids;
	struct pen *pens;	/* of the lane under way */
	size_t nr_pens;
	struct pile pile;
	bool failed;		/* no memory */
};

const char *svg_colour(const struct picture *p, size_t i, char *buf, size_t size);
void svg_text(FILE *out, const char *text);
void svg_text_short(FILE *out, const char *text);
void svg_head(const struct picture *p, double height);
void svg_axis(const struct picture *p, double top, double bottom);
void svg_legend(const struct picture *p, double y);
double svg_legend_height(const struct picture *p);

#endif
