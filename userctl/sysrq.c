// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: SysRq
 *
 * Linux takes Ctrl-O on its hvc console, and then a key, for a SysRq: that
 * reaches a kernel whose user space does nothing for us.  It listens while
 * something in the guest has the console open; /proc/sys/kernel/sysrq of the
 * guest says which keys it obeys (Debian: s, u, o, b and a few more).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

#define SYSRQ		0x0f	/* Ctrl-O */
#define ROOM_MS		3000	/* wait so long for room in the ring */
#define BETWEEN_MS	700	/* from one key to the next: the work of s and u is not instant */

static int send_key(int console, const char *name, char key, struct errbuf *e)
{
	char text[2] = { SYSRQ, key };
	struct pollfd p = { .fd = console, .events = POLLOUT };
	size_t done = 0;
	ssize_t n;

	while (done < sizeof(text)) {
		n = write(console, text + done, sizeof(text) - done);
		if (n > 0) {
			done += n;
			continue;
		}
		if (errno == EPIPE)
			return fail(e, "%s has ended; 'lodge show %s' tells why", name, name);
		if (errno != EAGAIN && errno != EINTR)
			return fail(e, "cannot write to the console of %s: %s; 'dmesg' may tell more",
				    name, strerror(errno));
		if (!poll(&p, 1, ROOM_MS))
			return fail(e, "%s does not read its console, so SysRq cannot reach it; 'lodge destroy %s' ends it",
				    name, name);
	}
	return 0;
}

/**
 * sysrq_send() - send SysRq keys by the console
 * @info: of the domain
 * @keys: one after the other, with time between them
 * @e: why not
 *
 * Return: 0 when the guest can read them (whether it does, nobody tells), or -1.
 */
int sysrq_send(const struct domain_info *info, const char *keys, struct errbuf *e)
{
	const struct timespec between = { .tv_nsec = BETWEEN_MS * 1000000 };
	int console, rc = 0;

	if (info->state != LODGE_DOMAIN_STATE_RUNNING)
		return fail(e, "%s is %s, so it cannot hear of it; %s", info->name,
			    state_name(info->state),
			    info->state == LODGE_DOMAIN_STATE_PAUSED ? "'lodge unpause' it first" :
			    "'lodge show' tells more");
	console = device_console(info->id, false, e);
	if (console < 0)
		return -1;
	fcntl(console, F_SETFL, fcntl(console, F_GETFL) | O_NONBLOCK);
	while (!rc && *keys) {
		rc = send_key(console, info->name, *keys++, e);
		if (!rc && *keys)
			nanosleep(&between, NULL);
	}
	close(console);
	return rc;
}
