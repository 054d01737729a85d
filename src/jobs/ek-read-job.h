/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a range of a device's flash into a file. */
#pragma once

#include "ek-device-job.h"

G_BEGIN_DECLS

/**
 * EkReadJobOptions:
 * @device: how to talk
 * @path: the file to make
 * @offset: first byte
 * @size: bytes; 0: to the end of the flash
 * @partition: (nullable): read this one instead, by its label in the device's table
 */
typedef struct
{
  EkDeviceJobOptions device;
  const char *path;
  guint32 offset;
  guint32 size;
  const char *partition;
} EkReadJobOptions;

#define EK_TYPE_READ_JOB (ek_read_job_get_type ())
G_DECLARE_DERIVABLE_TYPE (EkReadJob, ek_read_job, EK, READ_JOB, EkDeviceJob)

/**
 * EkReadJobClass:
 * @before_commit: (nullable): all bytes are there, the file doesn't have its name yet
 * @after_commit: (nullable): it has
 */
struct _EkReadJobClass
{
  EkDeviceJobClass parent_class;

  gboolean (*before_commit) (EkReadJob *self, GBytes *contents, GError **error);
  gboolean (*after_commit) (EkReadJob *self, GError **error);
};

EkReadJob *ek_read_job_new (EkPort *port, const EkReadJobOptions *options);
void ek_read_job_set_options (EkReadJob *self, EkPort *port, const EkReadJobOptions *options);

const char *ek_read_job_get_path (EkReadJob *self);
const char *ek_read_job_get_partition (EkReadJob *self);
guint32 ek_read_job_get_offset (EkReadJob *self);
guint32 ek_read_job_get_size (EkReadJob *self);
const char *ek_read_job_get_sha256 (EkReadJob *self);
const char *ek_read_job_get_part_path (EkReadJob *self);
guint64 ek_read_job_get_bytes_transferred (EkReadJob *self);
gboolean ek_read_job_was_resumed (EkReadJob *self);
guint ek_read_job_get_n_recoveries (EkReadJob *self);

G_END_DECLS
