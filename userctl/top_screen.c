// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: lodge top, the terminal
 *
 * ncurses draws; this file says what is where, and obeys keys.  However it ends,
 * the terminal is as it was before.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ncurses.h>

#include "top.h"

#define SOON_MS		300	/* after rows of another kind were asked for */
#define LINE_MAX_CHARS	512

struct screen {
	struct top *top;
	unsigned int first;	/* row at the top of the list */
	unsigned int drawn;	/* rows that there was room for */
	unsigned int left;	/* iterations; 0: no end */
	bool help, all_cpus, quit;
};

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught = sig;
}

/* Without SA_RESTART, so that waiting for a key ends. */
static void catch_signals(struct sigaction old[2])
{
	struct sigaction sa = { .sa_handler = on_signal };

	caught = 0;
	sigaction(SIGINT, &sa, &old[0]);
	sigaction(SIGTERM, &sa, &old[1]);
}

static void restore_signals(const struct sigaction old[2])
{
	sigaction(SIGINT, &old[0], NULL);
	sigaction(SIGTERM, &old[1], NULL);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* A line of the screen, cut where it ends; below the last one nothing happens. */
static void put_line(int y, attr_t attr, const char *text)
{
	if (y >= LINES)
		return;
	attrset(attr);
	mvaddnstr(y, 0, text, COLS);
	if (attr & A_REVERSE)
		mvchgat(y, 0, -1, attr, 0, NULL);
	attrset(A_NORMAL);
}

static const char * const help[] = {
	"Up Down PgUp PgDn Home End   move in the list",
	"v     domains, or their vCPUs",
	"p     all pCPUs, or as many as leave room for the list",
	"+ -   a longer or a shorter delay",
	"space look again now",
	"r     the other way round",
	"< >   sort by the column to the left, to the right",
	"q     quit",
	"",
	"Per cent are of one pCPU.  %STEAL: a vCPU could run and had no pCPU.",
	"HCALL: hypercalls. SYSC: system calls. FAULT: page faults, EMUL: instructions,",
	"IRQ: interrupts that left the guest. EVENT: upcalls. domain-0: the host.",
};

static void draw_help(void)
{
	char line[LINE_MAX_CHARS] = "Sort by:";
	unsigned int y = 0;

	put_line(y, A_REVERSE, "lodge top: keys (any key goes back)");
	y += 2;
	for (size_t i = 0; i < ARRAY_SIZE(help); i++)
		put_line(y++, A_NORMAL, help[i]);
	for (unsigned int i = 0; i < nr_top_columns; i++) {
		size_t used = strlen(line);

		if (!top_columns[i].press)
			continue;
		if (used + strlen(top_columns[i].heading) + 4 > (size_t)COLS) {
			put_line(++y, A_NORMAL, line);
			used = snprintf(line, sizeof(line), "        ");
		}
		snprintf(line + used, sizeof(line) - used, " %c %s", top_columns[i].press,
			 top_columns[i].heading);
	}
	put_line(++y, A_NORMAL, line);
}

static int draw_cpus(const struct screen *s, int y)
{
	const struct top_rows *rows = &s->top->rows;
	unsigned int room = LINES > 12 ? LINES / 4 : 0;
	char line[LINE_MAX_CHARS];
	unsigned int i;

	for (i = 0; i < rows->nr_cpus && (s->all_cpus || i < room); i++) {
		top_cpu_line(line, sizeof(line), &rows->cpus[i]);
		put_line(y++, A_NORMAL, line);
	}
	if (i < rows->nr_cpus && room) {
		snprintf(line, sizeof(line), "(%u more pCPUs: p)", rows->nr_cpus - i);
		put_line(y++, A_NORMAL, line);
	}
	return y;
}

/* The heading of the column that sorts stands out. */
static void draw_headings(const struct screen *s, int y, uint64_t columns)
{
	const struct top_order *order = &s->top->order;
	char line[LINE_MAX_CHARS];
	int x = 0;

	if (y >= LINES)
		return;
	top_line(line, sizeof(line), columns, NULL);
	put_line(y, A_REVERSE, line);
	for (unsigned int i = 0; i < order->column; i++)
		if (columns >> i & 1)
			x += abs(top_columns[i].width) + 1;
	if (columns >> order->column & 1 && x < COLS)
		mvchgat(y, x, abs(top_columns[order->column].width), A_BOLD | A_UNDERLINE, 0, NULL);
}

static void draw_rows(struct screen *s, int y)
{
	const struct top_rows *rows = &s->top->rows;
	uint64_t columns = top_choose(rows->vcpus, COLS);
	char line[LINE_MAX_CHARS];

	draw_headings(s, y++, columns);
	s->drawn = y < LINES ? LINES - y : 0;
	if (s->first + s->drawn > rows->nr)
		s->first = rows->nr > s->drawn ? rows->nr - s->drawn : 0;
	for (unsigned int i = s->first; i < rows->nr && i < s->first + s->drawn; i++) {
		top_line(line, sizeof(line), columns, &rows->rows[i]);
		put_line(y++, rows->rows[i].cpu >= 50 ? A_BOLD : A_NORMAL, line);
	}
}

static void draw(struct screen *s)
{
	char line[LINE_MAX_CHARS];

	erase();
	if (s->help) {
		draw_help();
	} else {
		top_heading(line, sizeof(line), &s->top->rows);
		put_line(0, A_BOLD, line);
		draw_rows(s, draw_cpus(s, 1) + (LINES > 12));
	}
	refresh();
}

/* ---- keys ---- */

static void sort_by(struct screen *s, unsigned int column)
{
	s->top->order.column = column;
	top_sort(&s->top->rows, &s->top->order);
}

/* The next column that is on the screen, to the left or to the right. */
static void sort_beside(struct screen *s, int step)
{
	uint64_t columns = top_choose(s->top->rows.vcpus, COLS);
	int i = s->top->order.column;

	do
		i += step;
	while (i >= 0 && i < (int)nr_top_columns && !(columns >> i & 1));
	if (i >= 0 && i < (int)nr_top_columns)
		sort_by(s, i);
}

static void move_by(struct screen *s, long rows)
{
	long first = (long)s->first + rows;

	s->first = first < 0 ? 0 : first;	/* draw_rows() bounds it */
}

static void change_delay(struct screen *s, bool longer)
{
	uint64_t ns = s->top->delay_ns;

	ns = longer ? ns * 2 : ns / 2;
	if (ns >= 100000000ULL && ns <= 3600000000000ULL)
		s->top->delay_ns = ns;
}

static bool press_column(struct screen *s, int key)
{
	for (unsigned int i = 0; i < nr_top_columns; i++) {
		if (key && top_columns[i].press == key) {
			sort_by(s, i);
			return true;
		}
	}
	return false;
}

/* Return: when to look again, in ms from now; -1: as planned. */
static int press(struct screen *s, int key)
{
	if (s->help && key != KEY_RESIZE) {
		s->help = false;
		return -1;
	}
	switch (key) {
	case 'q': case 'Q': s->quit = true; break;
	case 'h': case '?': s->help = true; break;
	case 'p': s->all_cpus = !s->all_cpus; break;
	case 'v': s->top->vcpus = !s->top->vcpus; s->first = 0; return 0;
	case ' ': return 0;
	case 'r': s->top->order.reverse = !s->top->order.reverse;
		  sort_by(s, s->top->order.column); break;
	case '<': case ',': sort_beside(s, -1); break;
	case '>': case '.': sort_beside(s, 1); break;
	case '+': change_delay(s, true); break;
	case '-': change_delay(s, false); return 0;
	case KEY_UP: move_by(s, -1); break;
	case KEY_DOWN: move_by(s, 1); break;
	case KEY_PPAGE: move_by(s, -(long)s->drawn); break;
	case KEY_NPAGE: move_by(s, s->drawn); break;
	case KEY_HOME: s->first = 0; break;
	case KEY_END: s->first = s->top->rows.nr; break;
	default: press_column(s, key);
	}
	return -1;
}

/* Draw, and obey keys until it is time to look again. */
static void wait_and_press(struct screen *s, uint64_t until_ms)
{
	int key, again_ms;
	uint64_t now;

	while (!s->quit && !caught && (now = now_ms()) < until_ms) {
		draw(s);
		timeout(until_ms - now > 3600000 ? 3600000 : (int)(until_ms - now));
		key = getch();
		if (key == ERR)
			continue;
		again_ms = press(s, key);
		if (again_ms >= 0)
			until_ms = now + again_ms;
	}
}

static int loop(struct screen *s, struct errbuf *e)
{
	bool first = true;

	while (!s->quit && !caught) {
		bool other = s->top->after.vcpus != s->top->vcpus;

		if (top_refresh(s->top, e))
			return -1;
		/* The first numbers, and those of another kind, need a second look soon. */
		wait_and_press(s, now_ms() + (first || other ? SOON_MS :
					      s->top->delay_ns / 1000000));
		if (!first && s->left && !--s->left)
			break;
		first = false;
	}
	return 0;
}

/**
 * top_screen() - live, on this terminal, until q or a signal
 * @t: top, not refreshed yet
 * @e: why not
 *
 * Return: 0 or -1; the terminal is as it was.
 */
int top_screen(struct top *t, struct errbuf *e)
{
	struct screen s = { .top = t, .left = t->iterations };
	struct sigaction old[2];
	SCREEN *terminal;
	int rc;

	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return fail(e, "the terminal's type, TERM=%s, is not known here; set TERM, or use --batch",
			    getenv("TERM") ?: "");
	catch_signals(old);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	rc = loop(&s, e);
	endwin();
	delscreen(terminal);
	restore_signals(old);
	return rc;
}
