/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares the file with the chip by MD5 in steps that grow where they agree, and reads in steps that
 * grow where they don't. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include "ek-flash-fetch.h"

#include "ek-bytes.h"
#include "ek-cost-model.h"
#include "ek-partition-table.h"

/* Most of a 16 MiB flash with EchoKit on it is blank: found out with few questions. */
#define MAX_PROBE 0x200000u
/* One read before the next question whether reading is still needed. */
#define MAX_PIECE 0x10000u
/* By how much a probe shrinks that found a difference. */
#define SHRINK 16

/* A read whose MD5 the chip doesn't confirm is read again so often. */
#define READ_ROUNDS 3

/* The EchoKit app, boot loader and settings, of 16 MiB. */
#define USED_SHARE 0.18

/**
 * Pass:
 *
 * One way over the whole range within one connection. After another one the chip may hold something
 * else: its firmware may have run meanwhile.
 */
typedef struct
{
  EkFlashFetch *fetch;
  EkRecovery *recovery;
  guint8 *buffer;             /* of MAX_PIECE bytes */
  guint32 at;                 /* all before it is proved */
  guint32 probe;              /* next comparison, where the last one was right */
  guint32 piece;              /* next read, where it was not; 0: comparing */
  EkPartitionTable *table;    /* (nullable): what begins where, once that is known */
  guint8 digest[EK_MD5_SIZE]; /* the chip's, of what was compared last */
} Pass;

static gboolean
file_is_right (Pass *pass, guint32 size, gboolean *right, GCancellable *cancellable, GError **error)
{
  EkFlashFetch *fetch = pass->fetch;
  guint8 ours[EK_MD5_SIZE];

  if (!ek_save_file_md5 (fetch->file, pass->at, size, ours, error) ||
      !ek_loader_md5 (fetch->loader, fetch->offset + pass->at, size, pass->digest, cancellable,
                      error))
    return FALSE;

  *right = memcmp (ours, pass->digest, sizeof ours) == 0;
  return TRUE;
}

static void
on_read (guint64 bytes_done, gpointer user_data)
{
  Pass *pass = user_data;

  ek_progress_advance (pass->fetch->progress, pass->at + bytes_done);
}

/* The stub ends each read with the MD5 of what it read off the flash, and the loader has compared it.
 * But a request has no checksum: one that was damaged on its way reads another place. So the first
 * sector has to be the one that was hashed before, by a request of its own. The ROM gives no MD5: there
 * the range is hashed. */
static gboolean
is_confirmed (Pass *pass,
              guint32 size,
              gboolean *confirmed,
              GCancellable *cancellable,
              GError **error)
{
  guint32 head = MIN (size, EK_FLASH_SECTOR_SIZE);
  guint8 digest[EK_MD5_SIZE];

  ek_bytes_md5 (pass->buffer, head, digest);
  *confirmed = memcmp (digest, pass->digest, sizeof digest) == 0;
  /* Which of the two went wrong is open: the hash is asked for again as well. */
  if (!*confirmed && !file_is_right (pass, head, confirmed, cancellable, error))
    return FALSE;
  if (!*confirmed || ek_loader_is_stub (pass->fetch->loader))
    return TRUE;

  return file_is_right (pass, size, confirmed, cancellable, error);
}

static gboolean
read_piece (Pass *pass, guint32 size, GCancellable *cancellable, GError **error)
{
  EkFlashFetch *fetch = pass->fetch;
  guint32 offset = fetch->offset + pass->at;

  for (guint i = 0; i < READ_ROUNDS; i++)
    {
      gboolean confirmed;

      if (!ek_loader_read (fetch->loader, offset, size, pass->buffer, on_read, pass, cancellable,
                           error) ||
          !ek_save_file_write (fetch->file, pass->at, pass->buffer, size, error) ||
          !is_confirmed (pass, size, &confirmed, cancellable, error))
        return FALSE;

      fetch->transferred += size;
      if (confirmed)
        return TRUE;
    }

  g_set_error (error, EK_ERROR, EK_ERROR_VERIFY_FAILED,
               "0x%x: what was read is not what the chip hashes", offset);
  return FALSE;
}

/* The flash says itself where something else begins, and its table is among what comes first. */
static void
learn_table (Pass *pass)
{
  EkFlashFetch *fetch = pass->fetch;
  g_autoptr (GBytes) contents = NULL;
  guint32 end = EK_PARTITION_TABLE_OFFSET + EK_PARTITION_TABLE_SIZE;
  const guint8 *bytes;

  if (pass->table != NULL || fetch->offset > EK_PARTITION_TABLE_OFFSET ||
      fetch->offset + pass->at < end || (contents = ek_save_file_map (fetch->file, NULL)) == NULL)
    return;

  bytes = g_bytes_get_data (contents, NULL);
  pass->table =
      ek_partition_table_new_from_binary (bytes + (EK_PARTITION_TABLE_OFFSET - fetch->offset),
                                          EK_PARTITION_TABLE_SIZE, NULL);
}

static gboolean
is_partition_start (Pass *pass, guint64 at)
{
  for (guint i = 0; pass->table != NULL && i < ek_partition_table_get_n_partitions (pass->table);
       i++)
    if (ek_partition_table_get_partition (pass->table, i)->offset == at)
      return TRUE;

  return FALSE;
}

/* What was blank so far may end where a partition begins: a comparison beyond that would be in vain, and
 * the next one begins small. */
static guint32
limit_probe (Pass *pass, guint32 left)
{
  guint64 at = (guint64) pass->fetch->offset + pass->at;
  guint32 size;

  if (is_partition_start (pass, at))
    pass->probe = EK_FLASH_SECTOR_SIZE;
  size = MIN (pass->probe, left);
  for (guint i = 0; pass->table != NULL && i < ek_partition_table_get_n_partitions (pass->table);
       i++)
    {
      guint32 start = ek_partition_table_get_partition (pass->table, i)->offset;

      if (start > at && start < at + size)
        size = (guint32) (start - at);
    }

  return size;
}

static gboolean
compare_step (Pass *pass, guint32 left, GCancellable *cancellable, GError **error)
{
  guint32 size = limit_probe (pass, left);
  gboolean right;

  if (!file_is_right (pass, size, &right, cancellable, error))
    return FALSE;

  if (right)
    {
      pass->at += size;
      pass->probe = MIN (2 * pass->probe, MAX_PROBE);
    }
  else if (size > EK_FLASH_SECTOR_SIZE)
    {
      pass->probe = EK_ALIGN_UP (MAX (size / SHRINK, EK_FLASH_SECTOR_SIZE), EK_FLASH_SECTOR_SIZE);
    }
  else
    {
      pass->piece = EK_FLASH_SECTOR_SIZE;
    }

  return TRUE;
}

static gboolean
read_step (Pass *pass, guint32 left, GCancellable *cancellable, GError **error)
{
  guint32 size = MIN (pass->piece, left);
  gboolean right = FALSE;

  /* The first time it was just found out that there is something to read. */
  if (pass->piece > EK_FLASH_SECTOR_SIZE &&
      !file_is_right (pass, MIN (EK_FLASH_SECTOR_SIZE, left), &right, cancellable, error))
    return FALSE;
  if (right)
    {
      pass->at += MIN (EK_FLASH_SECTOR_SIZE, left);
      pass->piece = 0;
      pass->probe = 2 * EK_FLASH_SECTOR_SIZE;
      return TRUE;
    }

  if (!read_piece (pass, size, cancellable, error))
    return FALSE;
  pass->at += size;
  pass->piece = MIN (2 * pass->piece, MAX_PIECE);
  return TRUE;
}

static gboolean
run_pass (Pass *pass, guint32 *furthest, GCancellable *cancellable, GError **error)
{
  while (pass->at < pass->fetch->size)
    {
      guint32 left = pass->fetch->size - pass->at;

      if (!(pass->piece > 0 ? read_step (pass, left, cancellable, error)
                            : compare_step (pass, left, cancellable, error)))
        return FALSE;
      learn_table (pass);
      if (pass->at > *furthest)
        {
          *furthest = pass->at;
          ek_recovery_step_forward (pass->recovery);
        }
      ek_progress_advance (pass->fetch->progress, pass->at);
    }

  return TRUE;
}

static void
start_pass (Pass *pass)
{
  pass->at = 0;
  pass->probe = EK_FLASH_SECTOR_SIZE;
  pass->piece = 0;
  g_clear_object (&pass->table);
}

/* Over a UART nothing protects the questions either: one that was damaged may have got another place's
 * hash. There the whole is asked for once more, which is little beside what reading takes. USB and TCP
 * have checksums of their own. */
static gboolean
check_whole (Pass *pass, GCancellable *cancellable, GError **error)
{
  EkFlashFetch *fetch = pass->fetch;
  gboolean right;

  if (!ek_port_has_baud (ek_loader_get_port (fetch->loader)))
    return TRUE;

  pass->at = 0;
  if (!file_is_right (pass, fetch->size, &right, cancellable, error))
    return FALSE;
  if (right)
    return TRUE;

  start_pass (pass);
  g_set_error (error, EK_ERROR, EK_ERROR_NOISE, "the chip's MD5 of the whole differs");
  return FALSE;
}

/**
 * ek_flash_fetch_estimate:
 *
 * Returns: seconds that fetching @size bytes may take, if it is used like an EchoKit's flash
 */
double
ek_flash_fetch_estimate (EkLoader *loader, guint32 size)
{
  EkCostModel cost;

  ek_cost_model_init (&cost, ek_port_has_baud (ek_loader_get_port (loader)),
                      ek_loader_get_baud (loader), ek_loader_is_stub (loader));
  return ek_cost_model_hash (&cost, size) + size * USED_SHARE / cost.wire_rate;
}

/**
 * ek_flash_fetch_run:
 *
 * Makes the file equal to the flash. Every byte of it is then covered by an MD5 that the chip made
 * within one connection; over a UART also by one of the whole. When the device goes away it is waited for, and what was fetched before is
 * proved anew, because its firmware may have run meanwhile.
 *
 * Returns: %FALSE with %EK_ERROR_VERIFY_FAILED, %EK_ERROR_DISK_FULL, %EK_ERROR_FILE_WRITE,
 *   %EK_ERROR_CANCELLED or an error of the link
 */
gboolean
ek_flash_fetch_run (EkFlashFetch *self, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (MAX_PIECE);
  EkRecovery recovery;
  Pass pass = { .fetch = self, .recovery = &recovery, .buffer = buffer };
  GError *problem = NULL;
  guint32 furthest = 0;

  self->transferred = 0;
  self->n_recoveries = 0;
  ek_recovery_init (&recovery, self->loader, self->progress);
  ek_progress_begin (self->progress, EK_PHASE_READ, self->size);
  start_pass (&pass);

  while (!run_pass (&pass, &furthest, cancellable, &problem) ||
         !check_whole (&pass, cancellable, &problem))
    {
      if (!ek_recovery_try (&recovery, g_steal_pointer (&problem), cancellable, error))
        {
          g_clear_object (&pass.table);
          return FALSE;
        }
      if (recovery.n_recoveries > self->n_recoveries)
        start_pass (&pass);
      self->n_recoveries = recovery.n_recoveries;
    }
  g_clear_object (&pass.table);

  return TRUE;
}
