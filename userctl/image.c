// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Kernel files
 *
 * Reads a file and takes the wrapping off until an ELF is there: a bzImage
 * holds a compressed ELF; an ELF may be compressed as a whole.  Called by the
 * create command.  It knows nothing of guests or memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asm/bootparam.h>
#include <elf.h>

#include "image.h"

#define SECTOR			512
#define BOOT_FLAG		0xaa55
#define HEADER_MAGIC		0x53726448	/* "HdrS" */
#define PROTOCOL_WITH_PAYLOAD	0x0208		/* payload_offset exists since */

/* A bzImage is an EFI program as well; its 64-bit (PE32+) header: */
#define MZ_MAGIC		0x5a4d
#define PE_OFFSET		0x3c		/* offset of the PE header */
#define PE_MAGIC		0x4550		/* "PE" */
#define PE_OPTIONAL		0x18		/* its second part, with a magic */
#define PE32_PLUS		0x20b
#define PE_SIGNATURE		0xa8		/* file offset and size of signatures */

/**
 * blob_read_file() - get all of a file
 * @b: filled; free with blob_free()
 * @path: a regular file
 * @what: "kernel" or "initrd", for the message
 * @e: why not
 *
 * Read into memory of our own, so that a file that shrinks meanwhile cannot
 * raise SIGBUS.
 *
 * Return: 0 or -1.
 */
int blob_read_file(struct blob *b, const char *path, const char *what, struct errbuf *e)
{
	struct stat st;
	size_t done = 0;
	int fd;

	*b = (struct blob){ 0 };
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail(e, "cannot open %s %s: %s; check the path", what, path,
			    strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		fail(e, "cannot use %s %s: it is not a regular file; name a file", what, path);
		goto err;
	}
	if (!st.st_size || (uint64_t)st.st_size > IMAGE_MAX_FILE) {
		fail(e, "cannot use %s %s: its size is %lld bytes; at least 1 and at most %lu MiB are possible",
		     what, path, (long long)st.st_size, IMAGE_MAX_FILE >> 20);
		goto err;
	}
	b->data = malloc(st.st_size);
	if (!b->data) {
		fail(e, "cannot read %s %s: no memory for %lld bytes; free some memory", what,
		     path, (long long)st.st_size);
		goto err;
	}
	b->size = st.st_size;
	while (done < b->size) {
		ssize_t n = read(fd, b->data + done, b->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail(e, "cannot read %s %s: %s; try again", what, path,
			     n ? strerror(errno) : "it became shorter meanwhile");
			goto err;
		}
		done += n;
	}
	close(fd);
	return 0;
err:
	close(fd);
	blob_free(b);
	return -1;
}

/**
 * blob_free() - free the bytes; the blob is empty then
 * @b: may be empty
 */
void blob_free(struct blob *b)
{
	free(b->data);
	*b = (struct blob){ 0 };
}

static bool is_elf(const uint8_t *data, size_t size)
{
	return size >= SELFMAG && !memcmp(data, ELFMAG, SELFMAG);
}

static uint32_t get32(const uint8_t *file, size_t size, uint64_t at)
{
	uint32_t v = 0;

	if (at <= size && size - at >= sizeof(v))
		memcpy(&v, file + at, sizeof(v));
	return v;
}

/* Where a Secure Boot signature ends, which lies behind all else; 0: none. */
static uint64_t signature_end(const uint8_t *file, size_t size)
{
	uint64_t pe = get32(file, size, PE_OFFSET);

	if ((get32(file, size, 0) & 0xffff) != MZ_MAGIC || get32(file, size, pe) != PE_MAGIC ||
	    (get32(file, size, pe + PE_OPTIONAL) & 0xffff) != PE32_PLUS)
		return 0;
	return (uint64_t)get32(file, size, pe + PE_SIGNATURE) +
	       get32(file, size, pe + PE_SIGNATURE + 4);
}

/*
 * Find the payload of a bzImage.
 * Return: 1 found, 0 not a bzImage, -1 a broken one.
 */
static int bzimage_payload(const uint8_t *file, size_t size, const uint8_t **payload,
			   size_t *payload_size, struct errbuf *e)
{
	struct setup_header h;
	uint64_t start, end;

	if (size < 0x1f1 + sizeof(h))
		return 0;
	memcpy(&h, file + 0x1f1, sizeof(h));
	if (h.boot_flag != BOOT_FLAG || h.header != HEADER_MAGIC)
		return 0;
	if (h.version < PROTOCOL_WITH_PAYLOAD)
		return fail(e, "its boot protocol is %u.%02u, older than 2.08; use a kernel from 2.6.24 or later",
			    h.version >> 8, h.version & 0xff);
	start = ((h.setup_sects ?: 4) + 1ULL) * SECTOR + h.payload_offset;
	if (start > size || h.payload_length > size - start || h.payload_length < 8)
		return fail(e, "it is shorter than its header says (%zu bytes, the payload needs %llu); get a fresh copy of the file",
			    size, (unsigned long long)(start + h.payload_length));
	/* syssize: all behind the setup code, in units of 16 bytes. */
	end = ((h.setup_sects ?: 4) + 1ULL) * SECTOR + h.syssize * 16ULL;
	if (end < signature_end(file, size))
		end = signature_end(file, size);
	if (end > size)
		return fail(e, "it is shorter than its header says (%zu bytes, not %llu); get a fresh copy of the file",
			    size, (unsigned long long)end);
	*payload = file + start;
	*payload_size = h.payload_length;
	return 1;
}

/* The kernel's build appends the size, little-endian; gzip ends in it anyway. */
static size_t trailing_size(const uint8_t *data, size_t size)
{
	const uint8_t *p = data + size - 4;

	return p[0] | p[1] << 8 | p[2] << 16 | (size_t)p[3] << 24;
}

static int copy_blob(struct blob *out, const uint8_t *data, size_t size, struct errbuf *e)
{
	out->data = malloc(size);
	if (!out->data)
		return fail(e, "no memory for %zu bytes; free some memory", size);
	memcpy(out->data, data, size);
	out->size = size;
	return 0;
}

static int unwrap(struct image *img, const uint8_t *file, size_t size, struct errbuf *e)
{
	const uint8_t *payload = file;
	size_t payload_size = size, expected = 0;
	int is_bzimage;

	img->compression = "none";
	if (is_elf(file, size))
		return copy_blob(&img->elf, file, size, e);
	is_bzimage = bzimage_payload(file, size, &payload, &payload_size, e);
	if (is_bzimage < 0)
		return -1;
	img->compression = compression_name(payload, payload_size);
	if (!img->compression) {
		if (!is_bzimage)
			return fail(e, "it is neither a bzImage nor an ELF file; give the path of a Linux kernel for x86-64");
		if (is_elf(payload, payload_size)) {
			img->compression = "none";
			return copy_blob(&img->elf, payload, payload_size, e);
		}
	}
	if (is_bzimage) {
		expected = trailing_size(payload, payload_size);
		if (!expected)
			return fail(e, "its payload has the size 0; get a fresh copy of the file");
		if (!img->compression || strcmp(img->compression, "gzip"))
			payload_size -= 4;
	}
	if (decompress(&img->elf, payload, payload_size, expected, e))
		return -1;
	if (!is_elf(img->elf.data, img->elf.size))
		return fail(e, "there is no ELF file inside; give the path of a Linux kernel for x86-64");
	return 0;
}

/**
 * image_parse() - read a kernel that is in memory
 * @img: filled; free with image_free(), needed after success only
 * @file: the bytes of the file; not needed afterwards
 * @size: how many
 * @e: why not, without the name of the file
 *
 * Return: 0 or -1.
 */
int image_parse(struct image *img, const uint8_t *file, size_t size, struct errbuf *e)
{
	memset(img, 0, sizeof(*img));
	if (unwrap(img, file, size, e) || elf_kernel_parse(img, e)) {
		image_free(img);
		return -1;
	}
	return 0;
}

/**
 * image_load() - read a kernel file
 * @img: filled; free with image_free(), needed after success only
 * @path: the file
 * @e: why not
 *
 * Return: 0 or -1.
 */
int image_load(struct image *img, const char *path, struct errbuf *e)
{
	struct errbuf why;
	struct blob file;
	int rc;

	if (blob_read_file(&file, path, "kernel", e))
		return -1;
	rc = image_parse(img, file.data, file.size, &why);
	blob_free(&file);
	return rc ? fail(e, "cannot load kernel %.200s: %.300s", path, why.text) : 0;
}

/**
 * image_free() - free what an image owns
 * @img: may be all zero
 */
void image_free(struct image *img)
{
	blob_free(&img->elf);
	memset(img, 0, sizeof(*img));
}
