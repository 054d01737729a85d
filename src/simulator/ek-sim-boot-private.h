/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A start of the simulated chip: what ROM, boot loader and app share while they print. Private to
 * the ek-sim-boot files. */
#pragma once

#include "ek-simulator-private.h"

#include "ek-app-image.h"
#include "ek-partition-table.h"

G_BEGIN_DECLS

/* The enumeration of the private header names the reasons that the core has use for. */
#define EK_SIM_RESET_TG0_WDT ((EkSimReset) 0x07)

/**
 * EkSimBoot:
 * @start: model time of the reset, microseconds
 * @now: microseconds since @start; the log's stamps
 * @line: microseconds that a log line takes
 * @flash_size: bytes, as the boot loader's header has it
 * @partitions: (element-type EkPartition): in the table's order
 * @app: the image that was started
 * @app_offset: where it is on the flash
 */
typedef struct
{
  EkSimulator *self;
  gint64 start;
  gint64 now;
  gint64 line;
  guint32 flash_size;
  GArray *partitions;
  EkAppImage app;
  guint32 app_offset;
} EkSimBoot;

/**
 * EkSimImageState:
 *
 * The first thing that is wrong with an image.
 */
typedef enum
{
  EK_SIM_IMAGE_SOUND,
  EK_SIM_IMAGE_NO_MAGIC,
  EK_SIM_IMAGE_SEGMENT_COUNT,
  EK_SIM_IMAGE_SEGMENT_LENGTH, /* of segment n_segments */
  EK_SIM_IMAGE_CUT_OFF,        /* the flash ends first */
  EK_SIM_IMAGE_CHECKSUM,
  EK_SIM_IMAGE_HASH,
} EkSimImageState;

/**
 * EkSimImage:
 * @n_segments: that are whole
 * @size: bytes up to the end of what could be read
 *
 * An image as a loader sees it while it works through it.
 */
typedef struct
{
  EkSimImageState state;
  guint8 n_segments, said_segments;
  EkImageSegment segments[EK_IMAGE_MAX_SEGMENTS];
  guint32 bad_length;
  guint8 checksum, stored_checksum;
  guint8 hash[32], stored_hash[32];
  guint32 size;
} EkSimImage;

void ek_sim_image_read (const guint8 *data, gsize size, EkSimImage *image);

void ek_sim_boot_say (EkSimBoot *boot, const char *format, ...) G_GNUC_PRINTF (2, 3);
void ek_sim_boot_log (EkSimBoot *boot, char level, const char *tag, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void ek_sim_boot_restart (EkSimBoot *boot, gint64 delay, EkSimReset reason);
const guint8 *ek_sim_boot_flash (EkSimBoot *boot, guint32 offset, guint32 size);
gboolean ek_sim_boot_is_ram (EkSimBoot *boot, guint32 address);

void ek_sim_boot_second_stage (EkSimBoot *boot);
void ek_sim_boot_app (EkSimBoot *boot);

G_END_DECLS
