// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Decompression of kernel payloads
 *
 * One function per format, each over the format's own library, all with the
 * same contract: append to an output that is bounded, never read past the
 * input.  image.c calls decompress(); nothing here knows what is inside.
 */
#include <stdlib.h>
#include <string.h>

#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#ifdef HAVE_BZIP2
#include <bzlib.h>
#endif

#include "image.h"

#define LZ4_LEGACY_BLOCK	(8UL << 20)
#define LZMA_MEMORY_MAX		(512UL << 20)
#define ZSTD_WINDOW_LOG_MAX	27	/* what zstd -22 --ultra uses */

struct output {
	struct blob *blob;
	size_t capacity;
};

/* Make room for at least one byte more.  Return: bytes free, 0 at the limit. */
static size_t output_room(struct output *o, size_t at_least, struct errbuf *e)
{
	size_t want = o->capacity;
	uint8_t *p;

	if (o->capacity - o->blob->size >= at_least)
		return o->capacity - o->blob->size;
	if (at_least > IMAGE_MAX_KERNEL - o->blob->size) {
		fail(e, "it decompresses to more than %lu MiB, which no kernel does; is the file intact?",
		     IMAGE_MAX_KERNEL >> 20);
		return 0;
	}
	while (want - o->blob->size < at_least)
		want = want < (1UL << 20) ? 1UL << 20 : want * 2;
	if (want > IMAGE_MAX_KERNEL)
		want = IMAGE_MAX_KERNEL;
	p = realloc(o->blob->data, want);
	if (!p) {
		fail(e, "no memory for %zu MiB; free some memory", want >> 20);
		return 0;
	}
	o->blob->data = p;
	o->capacity = want;
	return o->capacity - o->blob->size;
}

static int corrupt(struct errbuf *e, const char *format)
{
	return fail(e, "its %s data is truncated or corrupt; get a fresh copy of the file", format);
}

static int unzip_gzip(struct output *o, const uint8_t *data, size_t size, struct errbuf *e)
{
	z_stream z = { .next_in = (Bytef *)data, .avail_in = size };
	int rc;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return fail(e, "zlib cannot start; is there enough memory?");
	do {
		size_t room = output_room(o, 1, e);

		if (!room) {
			inflateEnd(&z);
			return -1;
		}
		z.next_out = o->blob->data + o->blob->size;
		z.avail_out = room;
		rc = inflate(&z, Z_NO_FLUSH);
		o->blob->size += room - z.avail_out;
	} while (rc == Z_OK && (z.avail_in || !z.avail_out));
	inflateEnd(&z);
	return rc == Z_STREAM_END ? 0 : corrupt(e, "gzip");
}

static int unzip_lzma(struct output *o, const uint8_t *data, size_t size, bool xz,
		      struct errbuf *e)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret rc;

	rc = xz ? lzma_stream_decoder(&s, LZMA_MEMORY_MAX, 0) :
		  lzma_alone_decoder(&s, LZMA_MEMORY_MAX);
	if (rc != LZMA_OK)
		return fail(e, "liblzma cannot start; is there enough memory?");
	s.next_in = data;
	s.avail_in = size;
	do {
		size_t room = output_room(o, 1, e);

		if (!room) {
			lzma_end(&s);
			return -1;
		}
		s.next_out = o->blob->data + o->blob->size;
		s.avail_out = room;
		rc = lzma_code(&s, LZMA_FINISH);
		o->blob->size += room - s.avail_out;
	} while (rc == LZMA_OK);
	lzma_end(&s);
	return rc == LZMA_STREAM_END ? 0 : corrupt(e, xz ? "xz" : "lzma");
}

static int unzip_xz(struct output *o, const uint8_t *data, size_t size, struct errbuf *e)
{
	return unzip_lzma(o, data, size, true, e);
}

static int unzip_lzma_alone(struct output *o, const uint8_t *data, size_t size,
			    struct errbuf *e)
{
	return unzip_lzma(o, data, size, false, e);
}

/* Streaming: the frame of "cat | zstd" does not say its size. */
static int unzip_zstd(struct output *o, const uint8_t *data, size_t size, struct errbuf *e)
{
	ZSTD_inBuffer in = { .src = data, .size = size };
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	size_t rc = 1;

	if (!ctx)
		return fail(e, "zstd cannot start; is there enough memory?");
	ZSTD_DCtx_setParameter(ctx, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	while (rc) {
		size_t room = output_room(o, 1, e), before = in.pos;
		ZSTD_outBuffer out;

		if (!room) {
			ZSTD_freeDCtx(ctx);
			return -1;
		}
		out = (ZSTD_outBuffer){ .dst = o->blob->data + o->blob->size, .size = room };
		rc = ZSTD_decompressStream(ctx, &out, &in);
		if (ZSTD_isError(rc))
			break;
		o->blob->size += out.pos;
		if (rc && !out.pos && in.pos == before)
			break;
	}
	ZSTD_freeDCtx(ctx);
	return rc ? corrupt(e, "zstd") : 0;
}

/* What lz4 -l writes: a magic, then blocks of 8 MiB, each after its length. */
static int unzip_lz4(struct output *o, const uint8_t *data, size_t size, struct errbuf *e)
{
	static const uint8_t magic[4] = { 0x02, 0x21, 0x4c, 0x18 };
	size_t pos = 0;

	while (size - pos >= 4) {
		uint32_t len;
		size_t room;
		int got;

		if (!memcmp(data + pos, magic, 4)) {
			pos += 4;
			continue;
		}
		len = data[pos] | data[pos + 1] << 8 | data[pos + 2] << 16 |
		      (uint32_t)data[pos + 3] << 24;
		pos += 4;
		if (!len || len > size - pos)
			return corrupt(e, "lz4");
		room = IMAGE_MAX_KERNEL - o->blob->size;
		room = output_room(o, room < LZ4_LEGACY_BLOCK ? room + !room : LZ4_LEGACY_BLOCK, e);
		if (!room)
			return -1;
		got = LZ4_decompress_safe((const char *)data + pos,
					  (char *)o->blob->data + o->blob->size, len,
					  room < LZ4_LEGACY_BLOCK ? room : LZ4_LEGACY_BLOCK);
		if (got < 0)
			return corrupt(e, "lz4");
		o->blob->size += got;
		pos += len;
	}
	return pos == size ? 0 : corrupt(e, "lz4");
}

#ifdef HAVE_BZIP2
static int unzip_bzip2(struct output *o, const uint8_t *data, size_t size, struct errbuf *e)
{
	bz_stream z = { .next_in = (char *)data, .avail_in = size };
	int rc;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return fail(e, "libbz2 cannot start; is there enough memory?");
	do {
		size_t room = output_room(o, 1, e);

		if (!room) {
			BZ2_bzDecompressEnd(&z);
			return -1;
		}
		z.next_out = (char *)o->blob->data + o->blob->size;
		z.avail_out = room;
		rc = BZ2_bzDecompress(&z);
		o->blob->size += room - z.avail_out;
	} while (rc == BZ_OK && (z.avail_in || !z.avail_out));
	BZ2_bzDecompressEnd(&z);
	return rc == BZ_STREAM_END ? 0 : corrupt(e, "bzip2");
}
#else
#define unzip_bzip2 NULL
#endif

static const struct format {
	const char *name;
	uint8_t magic[4];
	uint8_t magic_len;
	int (*unzip)(struct output *o, const uint8_t *data, size_t size, struct errbuf *e);
} formats[] = {
	{ "gzip",  { 0x1f, 0x8b },		2, unzip_gzip },
	{ "xz",    { 0xfd, '7', 'z', 'X' },	4, unzip_xz },
	{ "zstd",  { 0x28, 0xb5, 0x2f, 0xfd },	4, unzip_zstd },
	{ "lz4",   { 0x02, 0x21, 0x4c, 0x18 },	4, unzip_lz4 },
	{ "lzma",  { 0x5d, 0x00, 0x00 },	3, unzip_lzma_alone },
	{ "bzip2", { 'B', 'Z', 'h' },		3, unzip_bzip2 },
	{ "lzo",   { 0x89, 'L', 'Z', 'O' },	4, NULL },
};

static const struct format *find_format(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (size >= formats[i].magic_len &&
		    !memcmp(data, formats[i].magic, formats[i].magic_len))
			return &formats[i];
	return NULL;
}

/**
 * compression_name() - tell the format of compressed bytes
 * @data: the bytes
 * @size: how many
 *
 * Return: its name, or NULL if it is none that is known.
 */
const char *compression_name(const uint8_t *data, size_t size)
{
	const struct format *f = find_format(data, size);

	return f ? f->name : NULL;
}

/**
 * decompress() - decompress all of it
 * @out: filled; the caller frees it with blob_free(), after a failure too
 * @data: of a format that compression_name() knows
 * @size: of @data in bytes
 * @expected: size of the result if the caller was told it, else 0; a result
 *	of another size is an error
 * @e: why not
 *
 * Return: 0 or -1.
 */
int decompress(struct blob *out, const uint8_t *data, size_t size, size_t expected,
	       struct errbuf *e)
{
	const struct format *f = find_format(data, size);
	struct output o = { .blob = out };

	*out = (struct blob){ 0 };
	if (!f)
		return fail(e, "its compression is of an unknown kind; use gzip, xz, zstd, lz4 or lzma");
	if (!f->unzip)
		return fail(e, "it is compressed with %s, which this lodge was built without; use a kernel compressed with gzip, xz, zstd, lz4 or lzma",
			    f->name);
	if (expected > IMAGE_MAX_KERNEL)
		return fail(e, "it claims to decompress to %zu MiB, more than any kernel; is the file intact?",
			    expected >> 20);
	/* One byte more, so that decoders can see the end without growing. */
	if (expected && !output_room(&o, expected + 1, e))
		return -1;
	if (f->unzip(&o, data, size, e))
		return -1;
	if (expected && out->size != expected)
		return fail(e, "it decompresses to %zu bytes but promised %zu; get a fresh copy of the file",
			    out->size, expected);
	return 0;
}
