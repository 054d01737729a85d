/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of jobs that read and write bytes share. */
#pragma once

#include <glib/gstdio.h>

#include "ek-job.h"
#include "ek-test.h"

/* The demo's layout A, as facts/echokit 3.3 has it. */
#define NVS_OFFSET 0x9000u
#define NVS_SIZE   0x200000u
#define APP_OFFSET 0x210000u
#define FLASH_SIZE (16u << 20)

/* A file in a folder of its own, gone when the test is over. */
static inline char *
job_test_path (const char *name)
{
  g_autofree char *folder = g_dir_make_tmp ("ek-jobs-XXXXXX", NULL);

  g_assert_nonnull (folder);
  return g_build_filename (folder, name, NULL);
}

static inline void
job_test_remove (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);

      g_unlink (file);
    }
  g_rmdir (folder);
}

static inline char *
job_test_file (const char *name, const guint8 *data, gsize size)
{
  char *path = job_test_path (name);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, (const char *) data, (gssize) size, &error);
  g_assert_no_error (error);
  return path;
}

static inline void
job_test_assert_file (const char *path, const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = ek_test_read_file (path);
  gsize n;
  const guint8 *found = g_bytes_get_data (bytes, &n);

  g_assert_cmpuint (n, ==, size);
  g_assert_true (memcmp (found, data, size) == 0);
}

typedef struct
{
  EkPhase phase;
  GCancellable *cancellable;
  GMainLoop *loop;
  gboolean ok;
  GError *error;
} JobTestCancel;

static inline void
job_test_on_phase (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  JobTestCancel *cancel = user_data;
  EkProgressInfo info;

  ek_job_get_progress (EK_JOB (object), &info);
  if (info.phase == cancel->phase)
    g_cancellable_cancel (cancel->cancellable);
}

static inline void
job_test_on_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  JobTestCancel *cancel = user_data;

  cancel->ok = ek_job_run_finish (EK_JOB (source), result, &cancel->error);
  g_main_loop_quit (cancel->loop);
}

/* Runs a job and stops it in a phase; the device has to keep step with real time (pace=). */
static inline void
job_test_cancel_in (EkJob *job, EkPhase phase)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  JobTestCancel cancel = { .phase = phase, .cancellable = cancellable, .loop = loop };
  gulong handler = g_signal_connect (job, "notify::phase", G_CALLBACK (job_test_on_phase), &cancel);

  ek_job_run_async (job, cancellable, job_test_on_finished, &cancel);
  g_main_loop_run (loop);
  g_signal_handler_disconnect (job, handler);
  g_assert_false (cancel.ok);
  g_assert_error (cancel.error, EK_ERROR, EK_ERROR_CANCELLED);
  g_clear_error (&cancel.error);
}
