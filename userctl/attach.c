// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: A console on this terminal
 *
 * Copies both ways between a console of /dev/lodge and standard input and
 * output.  On a terminal: raw, and Ctrl-] detaches.  Otherwise plain copying,
 * and the end of the input is no end of the session.  The session ends at the
 * console's end of file, which comes after the last output.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli.h"

#define ESCAPE	0x1d	/* Ctrl-] */

static struct termios saved;
static volatile sig_atomic_t raw;

static void restore_terminal(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	raw = 0;
}

/* tcsetattr() is async-signal-safe; then die as without a handler. */
static void on_signal(int sig)
{
	restore_terminal();
	signal(sig, SIG_DFL);
	raise(sig);
}

static bool make_raw(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT };
	struct termios t;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], on_signal);
	atexit(restore_terminal);
	t = saved;
	cfmakeraw(&t);
	raw = 1;
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &t)) {
		raw = 0;
		return false;
	}
	return true;
}

static int write_all(const char *buf, size_t len, struct errbuf *e)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, buf, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

			poll(&p, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(e, "cannot write the console's output: %s; the domain goes on",
				    strerror(errno));
		buf += n;
		len -= n;
	}
	return 0;
}

/* Return: 1 while there may be more, 0 at the end, -1. */
static int copy_output(int console, struct errbuf *e)
{
	char buf[16384];
	ssize_t n = read(console, buf, sizeof(buf));

	if (!n)
		return 0;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 :
		       fail(e, "cannot read the console: %s; 'dmesg' may tell more",
			    strerror(errno));
	return write_all(buf, n, e) ? -1 : 1;
}

struct input {
	char buf[4096];
	size_t len;
	bool open;
	bool tty;
	bool detach;
};

/*
 * A file or pipe waits for the guest.  A terminal does not, or a guest that
 * takes no input would keep us from seeing Ctrl-]: what does not fit is lost,
 * as on a serial line.
 */
static bool wants_input(const struct input *in)
{
	return in->open && (in->tty || !in->len);
}

static void read_input(struct input *in)
{
	char text[1024], *escape;
	ssize_t n = read(STDIN_FILENO, text, sizeof(text));
	size_t room = sizeof(in->buf) - in->len;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		in->open = false;
		return;
	}
	escape = in->tty ? memchr(text, ESCAPE, n) : NULL;
	if (escape) {
		n = escape - text;
		in->detach = true;
		in->open = false;
	}
	if ((size_t)n > room)
		n = room;
	memcpy(in->buf + in->len, text, n);
	in->len += n;
}

static void send_input(int console, struct input *in)
{
	ssize_t n = write(console, in->buf, in->len);

	if (n > 0) {
		in->len -= n;
		memmove(in->buf, in->buf + n, in->len);
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		in->len = 0;	/* it ended; its output may have more */
	}
}

static int session(int console, struct input *in, struct errbuf *e)
{
	int more = 1;

	while (more > 0 && !in->detach) {
		struct pollfd p[] = {
			{ .fd = console, .events = POLLIN | (in->len ? POLLOUT : 0) },
			{ .fd = wants_input(in) ? STDIN_FILENO : -1, .events = POLLIN },
		};

		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return fail(e, "cannot wait for the console: %s; try again",
				    strerror(errno));
		}
		if (p[1].revents)
			read_input(in);
		if (in->len)
			send_input(console, in);
		if (p[0].revents & ~POLLOUT && !in->detach)
			more = copy_output(console, e);
	}
	return more < 0 ? -1 : 0;
}

/**
 * attach() - be a domain's console until it ends or the user detaches
 * @console: from device_console(); becomes non-blocking
 * @name: of the domain, for the user
 * @detached: filled
 * @e: why not
 *
 * Return: 0 or -1.
 */
int attach(int console, const char *name, bool *detached, struct errbuf *e)
{
	struct input in = { .open = true };
	int rc;

	fcntl(console, F_SETFL, fcntl(console, F_GETFL) | O_NONBLOCK);
	signal(SIGPIPE, SIG_IGN);
	if (isatty(STDIN_FILENO))
		fprintf(stderr, "lodge: console of %s; Ctrl-] detaches\n", name);
	in.tty = make_raw();
	rc = session(console, &in, e);
	restore_terminal();
	*detached = in.detach;
	if (in.detach)
		fprintf(stderr, "\nlodge: detached from %s, which goes on\n", name);
	return rc;
}

/**
 * copy_log() - print all that a console file has
 * @console: from device_console() with log_only
 * @e: why not
 *
 * Return: 0 or -1.
 */
int copy_log(int console, struct errbuf *e)
{
	int more;

	do
		more = copy_output(console, e);
	while (more > 0);
	return more;
}
