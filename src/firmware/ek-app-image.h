/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ESP-IDF image (boot loader or application): header, segments, checksum, hash, description. */
#pragma once

#include "ek-error.h"

G_BEGIN_DECLS

#define EK_IMAGE_MAGIC        0xe9
#define EK_IMAGE_MAX_SEGMENTS 16
#define EK_IMAGE_HEADER_SIZE  24
#define EK_APP_DESC_OFFSET    0x20 /* in an app image: 24-byte header, 8-byte segment header */
#define EK_APP_DESC_SIZE      256
#define EK_APP_DESC_MAGIC     0xabcd5432u

/**
 * EkAppDescription:
 *
 * The first 256 bytes of an app's first segment (esp_app_desc_t). Texts are valid UTF-8 and end with NUL.
 */
typedef struct
{
  char version[33];
  char project[33];
  char time[17];
  char date[17];
  char idf_version[33];
  guint8 elf_sha256[32];
  guint32 secure_version;
} EkAppDescription;

typedef struct
{
  guint32 address; /* where the loader puts it */
  guint32 size;    /* bytes */
  guint32 offset;  /* of its data in the image */
} EkImageSegment;

/**
 * EkAppImage:
 *
 * What a checked image says of itself. A value without pointers.
 */
typedef struct
{
  guint32 size; /* bytes from the magic to the end of the hash */
  guint32 entry;
  guint16 chip_id;        /* EkChip.image_chip_id; 0 is the ESP32 */
  guint16 min_revision;   /* major * 100 + minor */
  guint16 max_revision;   /* 65535: no limit */
  guint8 flash_mode;      /* 0 QIO, 1 QOUT, 2 DIO, 3 DOUT */
  guint8 flash_frequency; /* nibble */
  guint32 flash_size;     /* bytes, as the header says; 0 for an unknown nibble */
  guint8 n_segments;
  EkImageSegment segments[EK_IMAGE_MAX_SEGMENTS];
  gboolean has_hash;
  gboolean has_description;
  EkAppDescription description;
} EkAppImage;

gboolean ek_app_image_parse (const guint8 *data, gsize size, EkAppImage *image, GError **error);
gboolean ek_app_image_is_candidate (const guint8 *data, gsize size);
gboolean ek_app_description_parse (const guint8 *data, gsize size, EkAppDescription *description);

/**
 * EkImageSection:
 * @address: where the bytes belong in the chip's address space
 *
 * One piece of a program for ek_app_image_build().
 */
typedef struct
{
  guint32 address;
  GBytes *data;
} EkImageSection;

/**
 * EkImageOptions:
 *
 * What ek_app_image_build() writes into the headers.
 */
typedef struct
{
  guint16 chip_id;
  guint32 entry;
  guint8 flash_mode;
  guint8 flash_frequency;
  guint32 flash_size;
  guint16 min_revision;
  guint16 max_revision;
  guint32
      mapped_start; /* addresses in [mapped_start, mapped_end) and [mapped2_…) are read from flash */
  guint32 mapped_end;
  guint32 mapped2_start;
  guint32 mapped2_end;
  guint32 mmu_page_size; /* bytes; 0x10000 on the S3 */
} EkImageOptions;

GBytes *ek_app_image_build (const EkImageSection *sections,
                            guint n_sections,
                            const EkImageOptions *options,
                            GError **error);

GBytes *ek_app_image_set_flash_size (GBytes *bytes, guint32 flash_size, GError **error);

G_END_DECLS
