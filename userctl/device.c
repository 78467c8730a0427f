// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: /dev/lodge
 *
 * Opening it, with the errors a user can do something about.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

#define DEVICE	"/dev/lodge"

/**
 * device_open() - a fresh file of /dev/lodge
 * @e: why not
 *
 * Return: a file descriptor, or -1.
 */
int device_open(struct errbuf *e)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	switch (errno) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return fail(e, "the lodge module is not loaded (there is no " DEVICE "); load it with 'modprobe lodge' or 'insmod lodge.ko'");
	case EACCES:
	case EPERM:
		return fail(e, "no permission to use " DEVICE "; run lodge as root");
	default:
		return fail(e, "cannot open " DEVICE ": %s; 'dmesg' may tell more",
			    strerror(errno));
	}
}

/**
 * device_console() - open a domain's console
 * @domid: the domain; it may have ended
 * @log_only: end of file comes after the kept log
 * @e: why not
 *
 * Return: a file descriptor, or -1.
 */
int device_console(uint32_t domid, bool log_only, struct errbuf *e)
{
	struct lodge_console arg = {
		.domid = domid, .flags = log_only ? LODGE_CONSOLE_LOG : 0,
	};
	int fd = device_open(e);

	if (fd < 0)
		return -1;
	if (!ioctl(fd, LODGE_CONSOLE, &arg))
		return fd;
	fail(e, errno == ENOENT ? "the domain is gone, and its console log with it; 'lodge list' shows what there is" :
	     "cannot open the console: %m; 'dmesg' may tell more");
	close(fd);
	return -1;
}
