/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loader at a simulated chip, for the tests of the loader. */
#pragma once

#include "ek-loader.h"
#include "ek-test.h"

/* Away from the demo's contents: erased at first */
#define BLANK_PLACE         0xa00000u
#define SECOND              G_USEC_PER_SEC
#define EK_TEST_WORDS(size) (((size) + 3) / 4)

typedef struct
{
  EkPort *port;
  EkSimulator *sim; /* (unowned) */
  EkLoader *loader;
} Bench;

static inline void
bench_init (Bench *bench, const char *options, const EkLoaderOptions *loader_options)
{
  bench->port = ek_test_port_new (options, &bench->sim);
  bench->loader = ek_loader_new (bench->port, loader_options);
}

static inline void
bench_connect (Bench *bench, const char *options, const EkLoaderOptions *loader_options)
{
  g_autoptr (GError) error = NULL;

  bench_init (bench, options, loader_options);
  ek_loader_connect (bench->loader, NULL, &error);
  g_assert_no_error (error);
}

static inline void
assert_connect_error (Bench *bench, EkError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ek_loader_connect (bench->loader, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, EK_ERROR, (int) code);
}

static inline void
bench_clear (Bench *bench)
{
  g_clear_object (&bench->loader);
  g_clear_object (&bench->port);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

static inline EkSimulatorStats
bench_stats (Bench *bench)
{
  EkSimulatorStats stats;

  ek_simulator_get_stats (bench->sim, &stats);
  return stats;
}

static inline guint8 *
bench_flash (Bench *bench)
{
  gsize size;

  return ek_simulator_get_flash (bench->sim, &size);
}

/* Bytes that nothing compresses */
static inline GBytes *
random_bytes (gsize size)
{
  guint32 *words = g_malloc (EK_TEST_WORDS (size) * 4);

  for (gsize i = 0; i < EK_TEST_WORDS (size); i++)
    words[i] = (guint32) g_test_rand_int ();

  return g_bytes_new_take (words, size);
}

/* Bytes that compress to about a third */
static inline GBytes *
plain_bytes (gsize size)
{
  guint8 *bytes = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    bytes[i] = i % 4 == 0 ? (guint8) g_test_rand_int () : (guint8) (i >> 8);

  return g_bytes_new_take (bytes, size);
}

/* As a job does it: after a lost frame the conversation goes on, and the range is sent again. */
static inline void
write_bytes (Bench *bench, guint32 offset, GBytes *data, gboolean compress)
{
  g_autoptr (EkFlashStream) stream = ek_flash_stream_new (offset, data, compress);

  for (guint i = 0; TRUE; i++)
    {
      g_autoptr (GError) error = NULL;

      if (ek_loader_write (bench->loader, stream, NULL, NULL, NULL, &error))
        return;
      if (i >= 2 || !ek_loader_error_is_recoverable (error))
        g_assert_no_error (error);
      g_clear_error (&error);
      ek_loader_resync (bench->loader, NULL, &error);
      g_assert_no_error (error);
    }
}

static inline void
assert_on_flash (Bench *bench, guint32 offset, GBytes *data)
{
  g_assert_cmpmem (bench_flash (bench) + offset, g_bytes_get_size (data),
                   g_bytes_get_data (data, NULL), g_bytes_get_size (data));
}
