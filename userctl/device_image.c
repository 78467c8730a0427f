// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The file of a disk
 *
 * A raw file or a block device is opened and given to the module.  Other formats
 * go through qemu-nbd, which makes them a block device.  The format is what the
 * user says, or what the file's name says: never what is in it, which a guest
 * may have written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices.h"
#include "run.h"

#define NBD_DEVICES	256

static const char *format_of(const struct disk_spec *d)
{
	static const char * const suffixes[][2] = {
		{ ".qcow2", "qcow2" }, { ".qcow", "qcow" }, { ".qed", "qed" }, { ".vmdk", "vmdk" },
		{ ".vdi", "vdi" }, { ".vhd", "vpc" }, { ".vhdx", "vhdx" },
	};
	size_t len = strlen(d->target), n;

	if (d->format[0])
		return d->format;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		n = strlen(suffixes[i][0]);
		if (len > n && !strcasecmp(d->target + len - n, suffixes[i][0]))
			return suffixes[i][1];
	}
	return "raw";
}

static int open_target(const char *path, bool read_only, struct errbuf *e)
{
	int fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_LARGEFILE);
	struct stat st;

	if (fd < 0)
		return fail(e, "cannot open %s: %s%s", path, strerror(errno),
			    errno == EROFS || errno == EACCES ? "; ',ro' needs no more than reading" : "");
	if (fstat(fd, &st) || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))) {
		close(fd);
		return fail(e, "%s is neither a file nor a block device", path);
	}
	return fd;
}

/* Something that says that it is an image, but nobody else does. */
static int check_raw(int fd, const struct disk_spec *d, struct errbuf *e)
{
	static const struct { const char *magic, *format; } known[] = {
		{ "QFI\xfb", "qcow2" }, { "KDMV", "vmdk" }, { "vhdxfile", "vhdx" }, { "QED", "qed" },
	};
	char head[8] = "";

	if (d->format[0] || pread(fd, head, sizeof(head), 0) != sizeof(head))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!memcmp(head, known[i].magic, strlen(known[i].magic)))
			return fail(e, "%s looks like a %s image; say format=%s, or format=raw if it is the guest that wrote so",
				    d->target, known[i].format, known[i].format);
	return 0;
}

static bool nbd_free(unsigned int i)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/nbd%u", i);
	if (access(path, F_OK))
		return false;
	snprintf(path, sizeof(path), "/sys/block/nbd%u/pid", i);
	return access(path, F_OK);
}

/* qemu-nbd returns when the device is there, and leaves a process that serves it. */
static int nbd_connect(const struct disk_spec *d, const char *format, char *dev, size_t size,
		       struct errbuf *e)
{
	static char * const modprobe[] = { "modprobe", "nbd", NULL };
	char connect[80], format_option[40], said[160];
	char *argv[] = { "qemu-nbd", connect, format_option, "--cache=none", "--discard=unmap",
			 (char *)d->target, d->read_only ? "--read-only" : NULL, NULL };
	int rc;

	if (access("/dev/nbd0", F_OK))
		run_program(modprobe, NULL, said, sizeof(said));	/* or it is missed below */
	if (access("/dev/nbd0", F_OK))
		return fail(e, "a %s image needs the kernel's network block device: 'modprobe nbd'",
			    format);
	for (unsigned int i = 0; i < NBD_DEVICES; i++) {
		if (!nbd_free(i))
			continue;
		snprintf(dev, size, "/dev/nbd%u", i);
		snprintf(connect, sizeof(connect), "--connect=%s", dev);
		snprintf(format_option, sizeof(format_option), "--format=%s", format);
		rc = run_program(argv, NULL, said, sizeof(said));
		if (!rc)
			return 0;
		if (rc == RUN_MISSING)
			return fail(e, "a %s image needs qemu-nbd; install it (Debian: qemu-utils), or convert the image to raw",
				    format);
		/* Somebody else was faster: the next one. */
		if (nbd_free(i))
			return fail(e, "qemu-nbd cannot serve %s: %s", d->target, said);
	}
	return fail(e, "all network block devices are in use; load the module nbd with more (nbds_max)");
}

/**
 * image_open() - open what a disk is made of
 * @d: the disk
 * @r: source and nbd filled; image_close() ends what was started
 * @e: why not
 *
 * Return: a file descriptor for the module, or -1.
 */
int image_open(const struct disk_spec *d, struct device_record *r, struct errbuf *e)
{
	const char *format = format_of(d);
	char *full = realpath(d->target, NULL);
	int fd;

	r->nbd[0] = '\0';
	snprintf(r->source, sizeof(r->source), "%s", full ?: d->target);
	free(full);
	fd = open_target(d->target, d->read_only, e);
	if (fd < 0)
		return -1;
	if (!strcmp(format, "raw")) {
		if (!check_raw(fd, d, e))
			return fd;
		close(fd);
		return -1;
	}
	close(fd);
	if (nbd_connect(d, format, r->nbd, sizeof(r->nbd), e)) {
		r->nbd[0] = '\0';
		return -1;
	}
	fd = open_target(r->nbd, d->read_only, e);
	if (fd < 0)
		image_close(r);
	return fd;
}

/**
 * image_close() - end what image_open() started, if it did
 * @r: what it filled
 */
void image_close(const struct device_record *r)
{
	char *argv[] = { "qemu-nbd", "--disconnect", (char *)r->nbd, NULL };
	char said[160];

	if (r->nbd[0])
		run_program(argv, NULL, said, sizeof(said));
}
