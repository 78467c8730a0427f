// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: xenstore, from a guest's user space
 *
 * Speaks the store's protocol through /dev/xen/xenbus of the guest kernel, so
 * that a shell can see and set nodes as the guest may:
 *
 *   xenstore read PATH | list PATH | write PATH VALUE | rm PATH
 *
 * PATH without a leading / is below the guest's own directory.  Exit status 0,
 * or 1 with the store's error (EACCES, ENOENT...) on standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { XS_DIRECTORY = 1, XS_READ = 2, XS_WRITE = 11, XS_RM = 13, XS_ERROR = 16 };

struct header {
	uint32_t type, req_id, tx_id, len;
};

static int read_all(int fd, void *buf, size_t len)
{
	char *at = buf;

	while (len) {
		ssize_t n = read(fd, at, len);

		if (n <= 0)
			return -1;
		at += n;
		len -= n;
	}
	return 0;
}

/* The answer's bytes are in @buf, ended by a NUL. */
static int request(uint32_t type, const void *data, uint32_t len, char *buf, uint32_t size,
		   uint32_t *got)
{
	struct header h = { .type = type, .len = len };
	char message[sizeof(h) + 4096];
	int fd = open("/dev/xen/xenbus", O_RDWR);

	if (fd < 0) {
		perror("/dev/xen/xenbus");
		return -1;
	}
	memcpy(message, &h, sizeof(h));
	memcpy(message + sizeof(h), data, len);
	if (write(fd, message, sizeof(h) + len) != (ssize_t)(sizeof(h) + len) ||
	    read_all(fd, &h, sizeof(h)) || h.len >= size || read_all(fd, buf, h.len)) {
		perror("/dev/xen/xenbus");
		return -1;
	}
	close(fd);
	buf[h.len] = '\0';
	*got = h.len;
	if (h.type != XS_ERROR)
		return 0;
	puts(buf);
	return -1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint32_t type;
		int args;
	} commands[] = {
		{ "read", XS_READ, 1 }, { "list", XS_DIRECTORY, 1 },
		{ "write", XS_WRITE, 2 }, { "rm", XS_RM, 1 },
	};
	char data[2048], answer[4097];
	uint32_t len, got = 0;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (argc < 3 || strcmp(argv[1], commands[i].name) || argc != 2 + commands[i].args)
			continue;
		/* A value goes without its NUL. */
		len = snprintf(data, sizeof(data), "%s%c%s", argv[2], 0, argc > 3 ? argv[3] : "");
		if (len >= sizeof(data) ||
		    request(commands[i].type, data, len, answer, sizeof(answer), &got))
			return 1;
		for (uint32_t at = 0; at < got; at += strlen(answer + at) + 1)
			if (commands[i].type == XS_READ || commands[i].type == XS_DIRECTORY)
				puts(answer + at);
		return 0;
	}
	fprintf(stderr, "usage: xenstore read|list|rm PATH, xenstore write PATH VALUE\n");
	return 2;
}
