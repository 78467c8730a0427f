// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Descriptions of disks
 *
 * FILE[,WORD]..., where a word is ro, rw, cdrom, no-discard, a format, a name like
 * xvda, or KEY=VALUE.  xl's positional form (target,format,vdev,access) consists
 * of such words, too.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "spec.h"

#define XVD_MAJOR	202
#define XVD_EXTENDED	(1U << 28)	/* disks beyond the 16th: 256 parts each */
#define XVD_DISKS	(1U << 20)

static const char * const formats[] = {
	"raw", "qcow2", "qcow", "qed", "vmdk", "vdi", "vhd", "vpc", "vhdx",
};

/**
 * disk_name_parse() - the ABI's number of a disk's name
 * @name: xvda, xvdb, ... xvdaa, ...; a partition's number may follow
 * @handle: filled
 *
 * Return: 0 or -1 if this is no such name.
 */
int disk_name_parse(const char *name, uint32_t *handle)
{
	uint32_t disk = 0, part = 0;
	const char *s = name + 3;

	if (strncmp(name, "xvd", 3) || !islower((unsigned char)*s))
		return -1;
	for (; islower((unsigned char)*s) && disk < XVD_DISKS; s++)
		disk = disk * 26 + (*s - 'a' + 1);
	disk--;
	if (*s == '0')
		return -1;
	for (; isdigit((unsigned char)*s) && part < 256; s++)
		part = part * 10 + (*s - '0');
	if (*s || disk >= XVD_DISKS || part > 255)
		return -1;
	if (disk < 16 && part < 16)
		*handle = XVD_MAJOR << 8 | disk << 4 | part;
	else
		*handle = XVD_EXTENDED | disk << 8 | part;
	return 0;
}

/**
 * disk_name_format() - the opposite of disk_name_parse()
 * @name: filled
 * @size: of @name
 * @handle: the number; one that is no xvd is printed as it is
 */
void disk_name_format(char *name, size_t size, uint32_t handle)
{
	char letters[8], number[8] = "";
	unsigned int n = sizeof(letters);
	uint32_t disk, part;

	if (handle & XVD_EXTENDED) {
		disk = (handle & ~XVD_EXTENDED) >> 8;
		part = handle & 255;
	} else {
		disk = handle >> 4 & 15;
		part = handle & 15;
	}
	if (handle >> 29 || (!(handle & XVD_EXTENDED) && handle >> 8 != XVD_MAJOR)) {
		snprintf(name, size, "%u", handle);
		return;
	}
	letters[--n] = '\0';
	for (disk++; disk && n; disk = (disk - 1) / 26)
		letters[--n] = 'a' + (disk - 1) % 26;
	if (part)
		snprintf(number, sizeof(number), "%u", part);
	snprintf(name, size, "xvd%s%s", letters + n, number);
}

static int set_name(struct disk_spec *d, const char *name, struct errbuf *e)
{
	if (spec_copy(d->name, sizeof(d->name), "the disk's name", name, e))
		return -1;
	if (disk_name_parse(name, &d->handle))
		return fail(e, "'%s' is no name for a guest's disk; use xvda, xvdb and so on", name);
	return 0;
}

static int set_format(struct disk_spec *d, const char *format, struct errbuf *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(format, formats[i])) {
			/* qemu calls it by another name. */
			strcpy(d->format, strcmp(format, "vhd") ? format : "vpc");
			return 0;
		}
	return fail(e, "'%.40s' is no format of an image; raw, qcow2, vmdk, vdi, vhd and vhdx are",
		    format);
}

/* A word that stands for itself. Return: 0, 1 if it is none, -1. */
static int set_flag(struct disk_spec *d, const char *word)
{
	if (!strcmp(word, "ro") || !strcmp(word, "r"))
		d->read_only = true;
	else if (!strcmp(word, "rw") || !strcmp(word, "w"))
		d->read_only = false;
	else if (!strcmp(word, "cdrom") || !strcmp(word, "devtype=cdrom"))
		d->cdrom = d->read_only = true;
	else if (!strcmp(word, "no-discard") || !strcmp(word, "nodiscard"))
		d->no_discard = true;
	else if (!strcmp(word, "discard"))
		d->no_discard = false;
	else
		return 1;
	return 0;
}

static int set_access(struct disk_spec *d, const char *value, struct errbuf *e)
{
	static const char * const words[] = { "ro", "r", "rw", "w" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(value, words[i]))
			return set_flag(d, value);
	return fail(e, "access=%.40s is neither ro nor rw", value);
}

static int set_key(struct disk_spec *d, const char *key, const char *value, struct errbuf *e)
{
	if (!strcmp(key, "target"))
		return spec_copy(d->target, sizeof(d->target), "target=", value, e);
	if (!strcmp(key, "name") || !strcmp(key, "vdev"))
		return set_name(d, value, e);
	if (!strcmp(key, "format"))
		return set_format(d, value, e);
	if (!strcmp(key, "access"))
		return set_access(d, value, e);
	if (!strcmp(key, "limit-iops"))
		return spec_number("limit-iops", value, 1, 1000000000, &d->limit_iops, e);
	if (!strcmp(key, "limit-bps"))
		return spec_rate("limit-bps", value, &d->limit_bps, e);
	if (!strcmp(key, "devtype") && !strcmp(value, "disk"))
		return 0;
	return fail(e, "'%.40s=%.40s' says nothing about a disk; 'man lodge' lists what can be said",
		    key, value);
}

/* xl's old prefixes: phy:/dev/sdb, file:/disk.img */
static const char *without_prefix(const char *target)
{
	if (!strncmp(target, "phy:", 4))
		return target + 4;
	if (!strncmp(target, "file:", 5))
		return target + 5;
	return target;
}

static bool is_key(const char *word)
{
	static const char * const keys[] = {
		"target", "name", "vdev", "format", "access", "limit-iops", "limit-bps",
	};
	size_t len = strcspn(word, "= \t");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strlen(keys[i]) == len && !strncmp(word, keys[i], len))
			return strchr(word, '=') != NULL;
	return false;
}

static int set_word(struct disk_spec *d, char *word, struct errbuf *e)
{
	uint32_t handle;
	char *value;

	if (!d->target[0] && !is_key(word))
		return spec_copy(d->target, sizeof(d->target), "the disk's file",
				 without_prefix(word), e);
	if (!set_flag(d, word))
		return 0;
	value = spec_value(word);
	if (value)
		return set_key(d, word, value, e);
	if (!disk_name_parse(word, &handle))
		return set_name(d, word, e);
	return set_format(d, word, e);
}

/**
 * disk_parse() - read a disk's description
 * @d: filled
 * @text: the description
 * @e: why not
 *
 * Return: 0 or -1.
 */
int disk_parse(struct disk_spec *d, const char *text, struct errbuf *e)
{
	char piece[SPEC_PATH_MAX + 16];
	const char *rest = text, *start;

	*d = (struct disk_spec){ 0 };
	if (strlen(text) >= SPEC_PATH_MAX)
		return fail(e, "the disk's description is too long");
	while (start = rest, spec_next(&rest, piece, sizeof(piece))) {
		/* xl: what follows target= is the file, commas and all. */
		if (!strncmp(piece, "target=", 7)) {
			start = strchr(start, '=') + 1;
			rest = NULL;
			if (spec_copy(d->target, sizeof(d->target), "target=", start, e))
				return -1;
		} else if (piece[0] && set_word(d, piece, e)) {
			return -1;
		}
	}
	if (!d->target[0])
		return fail(e, "the disk's file or block device is missing");
	return 0;
}
